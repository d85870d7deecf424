package view

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/metrics/process"
)

// Open tells which exceptions are open, for alerts. It may be used from several
// goroutines.
type Open struct {
	Conn      driver.Conn
	Processes []*process.Process
	// Each reports whether every exception of a kind is told by itself.
	Each func(p *process.Process, kind string) bool

	mu      sync.Mutex // guards what follows
	normals normals
}

var _ notify.Source = (*Open)(nil)

// An order counts once in its group, with its greatest amount, however many of its
// units are concerned.
const openSQL = `
WITH toInt64(?) AS now, toInt64(?) AS since
SELECT toString(process), toString(stage), toString(kind), toString(owner_team), count(), countIf(opened >= since), max(opened),
    mapKeys(sumMap(map(currency, money)) AS sums), mapValues(sums), toString(topKIf(1)(owner, owner != '')[1]),
    arrayMap(o -> o.1, groupArraySorted(10)((opened, order_id, money, currency, owner)) AS worst),
    arrayMap(o -> o.2, worst), arrayMap(o -> o.3, worst), arrayMap(o -> o.4, worst), arrayMap(o -> o.5, worst),
    arrayFirst((t, n) -> t.1 != '' AND n > 1 AND t.2 >= 0.6 * count(),
        [topK(1, 3, 'counts')(warehouse)[1], topK(1, 3, 'counts')(carrier)[1], topK(1, 3, 'counts')(supplier)[1], topK(1, 3, 'counts')(region)[1]],
        [uniqExact(warehouse), uniqExact(carrier), uniqExact(supplier), uniqExact(region)]).1
FROM
(
    SELECT process, stage, kind, owner_team, order_id, min(toUnixTimestamp64Milli(opened_at)) AS opened,
        toString(anyLast(currency)) AS currency, max(toFloat64(ifNull(amount, 0))) AS money, toString(anyLast(owner)) AS owner,
        toString(anyLast(warehouse)) AS warehouse, toString(anyLast(carrier)) AS carrier, toString(anyLast(supplier)) AS supplier, toString(anyLast(region)) AS region
    FROM takt.exceptions
    WHERE state = 'open' AND toUnixTimestamp64Milli(opened_at) <= now
    GROUP BY process, stage, kind, owner_team, order_id
)
GROUP BY process, stage, kind, owner_team
ORDER BY process, stage, kind, owner_team`

// Open is notify.Source's.
func (o *Open) Open(ctx context.Context, now, since time.Time) ([]notify.Group, error) {
	groups, err := o.groups(ctx, now, since)
	if err != nil {
		return nil, err
	}
	if err := o.enter(ctx, groups); err != nil {
		return nil, err
	}
	if err := o.take(ctx, groups); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(groups) > 0 && now.Sub(o.normals.at) > normalsEvery {
		if o.normals, err = o.readNormals(ctx, now); err != nil {
			return nil, err
		}
	}
	for i := range groups {
		g := &groups[i]
		p := o.process(g.Process)
		if p == nil {
			continue
		}
		g.Normal = o.normals.of(g)
		g.Cause = o.normals.cause(p, g)
		if o.Each != nil && o.Each(p, g.Kind) {
			if g.Each, err = o.each(ctx, g, now); err != nil {
				return nil, err
			}
		}
	}
	return groups, nil
}

func (o *Open) process(name string) *process.Process {
	i := slices.IndexFunc(o.Processes, func(p *process.Process) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return o.Processes[i]
}

func (o *Open) groups(ctx context.Context, now, since time.Time) ([]notify.Group, error) {
	rows, err := o.Conn.Query(ctx, openSQL, milliseconds(now), milliseconds(since))
	if err != nil {
		return nil, fmt.Errorf("query open exceptions: %w", err)
	}
	defer rows.Close()
	var all []notify.Group
	for rows.Next() {
		g := notify.Group{Normal: -1}
		var orders, fresh uint64
		var latest int64
		var opened []int64
		var currencies, ids, units, owners []string
		var sums, money []float64
		if err := rows.Scan(&g.Process, &g.Stage, &g.Kind, &g.Team, &orders, &fresh, &latest, &currencies, &sums, &g.Owner,
			&opened, &ids, &money, &units, &owners, &g.Focus); err != nil {
			return nil, fmt.Errorf("read open exceptions: %w", err)
		}
		g.Orders, g.New, g.Latest = int(orders), int(fresh), time.UnixMilli(latest).UTC()
		var t notify.Tally
		for i := range sums {
			t.Add(1, notify.Money{Amount: sums[i], Currency: currencies[i]})
		}
		g.Amounts = t.Amounts
		for i := range ids {
			g.Worst = append(g.Worst, notify.Order{
				ID: ids[i], OpenedAt: time.UnixMilli(opened[i]).UTC(), Owner: owners[i], Amount: notify.Money{Amount: money[i], Currency: units[i]},
			})
		}
		if o.process(g.Process) != nil { // one that is configured no more alerts nobody
			all = append(all, g)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read open exceptions: %w", err)
	}
	return all, nil
}

const enteredSQL = `
SELECT toString(process), order_id, toString(stage), min(toUnixTimestamp64Milli(entered_at))
FROM takt.visits
WHERE (process, order_id) IN (?) AND left_at IS NULL
GROUP BY process, order_id, stage`

// enter adds when the worst orders entered their stages.
func (o *Open) enter(ctx context.Context, groups []notify.Group) error {
	var wanted []clickhouse.GroupSet
	for i := range groups {
		for j := range groups[i].Worst {
			wanted = append(wanted, clickhouse.GroupSet{Value: []any{groups[i].Process, groups[i].Worst[j].ID}})
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	rows, err := o.Conn.Query(ctx, enteredSQL, wanted)
	if err != nil {
		return fmt.Errorf("query visits of exceptions: %w", err)
	}
	defer rows.Close()
	entered := map[[3]string]int64{}
	for rows.Next() {
		var process, id, stage string
		var at int64
		if err := rows.Scan(&process, &id, &stage, &at); err != nil {
			return fmt.Errorf("read visits of exceptions: %w", err)
		}
		entered[[3]string{process, id, stage}] = at
	}
	for i := range groups {
		g := &groups[i]
		for j := range g.Worst {
			if at, ok := entered[[3]string{g.Process, g.Worst[j].ID, g.Stage}]; ok {
				g.Worst[j].Entered = time.UnixMilli(at).UTC()
			}
		}
	}
	return rows.Err()
}

// An exception is taken once a person has answered, whatever came after.
const takenSQL = `
SELECT toString(process), toString(stage), toString(kind), toString(owner_team), uniqExact(order_id)
FROM takt.exceptions
WHERE state = 'open' AND id IN (SELECT id FROM takt.exception_changes WHERE NOT refused AND step IN ('acknowledge', 'note', 'resolve'))
GROUP BY process, stage, kind, owner_team`

// take adds how many orders of a group somebody has taken.
func (o *Open) take(ctx context.Context, groups []notify.Group) error {
	rows, err := o.Conn.Query(ctx, takenSQL)
	if err != nil {
		return fmt.Errorf("query taken exceptions: %w", err)
	}
	defer rows.Close()
	taken := map[notify.Scope]int{}
	for rows.Next() {
		var s notify.Scope
		var n uint64
		if err := rows.Scan(&s.Process, &s.Stage, &s.Kind, &s.Team, &n); err != nil {
			return fmt.Errorf("read taken exceptions: %w", err)
		}
		taken[s] = int(n)
	}
	for i := range groups {
		g := &groups[i]
		g.Taken = taken[notify.Scope{Process: g.Process, Stage: g.Stage, Kind: g.Kind, Team: g.Team}]
	}
	return rows.Err()
}

const eachSQL = `
SELECT order_id, unit, toUnixTimestamp64Milli(opened_at), toString(owner), toFloat64(ifNull(amount, 0)), toString(currency)
FROM takt.exceptions
WHERE state = 'open' AND process = ? AND stage = ? AND kind = ? AND owner_team = ? AND toUnixTimestamp64Milli(opened_at) <= ?
ORDER BY opened_at DESC, order_id, unit
LIMIT 1 BY order_id
LIMIT ?`

// each returns the orders of a group, the youngest first.
func (o *Open) each(ctx context.Context, g *notify.Group, now time.Time) ([]notify.Order, error) {
	rows, err := o.Conn.Query(ctx, eachSQL, g.Process, g.Stage, g.Kind, g.Team, milliseconds(now), notify.EachMost)
	if err != nil {
		return nil, fmt.Errorf("query single exceptions: %w", err)
	}
	defer rows.Close()
	var all []notify.Order
	for rows.Next() {
		var e notify.Order
		var opened int64
		if err := rows.Scan(&e.ID, &e.Unit, &opened, &e.Owner, &e.Amount.Amount, &e.Amount.Currency); err != nil {
			return nil, fmt.Errorf("read single exceptions: %w", err)
		}
		e.OpenedAt = time.UnixMilli(opened).UTC()
		all = append(all, e)
	}
	return all, rows.Err()
}
