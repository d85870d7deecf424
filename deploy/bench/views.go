package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	store "github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"

	"github.com/takt-orders/takt/deploy/embedded"
)

// views measures how long each relation of metrics/view, the boards and their viewers
// take, over a year of visits of one process that the engine makes up itself.
func views(ctx context.Context, c *config, r *report, out io.Writer) (err error) {
	dir := c.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "takt-bench-views-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	engine, err := embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{Dir: filepath.Join(dir, "views")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	db, err := store.Open(ctx, store.Config{Addr: []string{engine.Addr}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now := time.Now()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	p := shop()
	if p.Zone, err = time.LoadLocation("Asia/Shanghai"); err != nil {
		return err
	}
	if err := db.SyncProcesses(ctx, order.At(now), []*process.Process{p}); err != nil {
		return err
	}
	if err := view.Apply(ctx, db, now); err != nil {
		return err
	}
	// A directory that is kept is filled once: what is asked again answers without the wait.
	var filled uint64
	if err := db.Conn().QueryRow(ctx, "SELECT count() FROM takt_store.visits").Scan(&filled); err != nil {
		return fmt.Errorf("count visits: %w", err)
	}
	statements := fillViews(c.Visits)
	if filled > 0 {
		statements = nil
	}
	for i, s := range statements {
		began := time.Now()
		if err := db.Conn().Exec(ctx, s); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
		fmt.Fprintf(c.progress, "fill %d took %.0f s\n", i+1, time.Since(began).Seconds())
	}
	began, used := time.Now(), engineCPU(engine.Pid())
	parts, err := view.Roll(ctx, db.Conn())
	if err != nil {
		return err
	}
	if parts > 0 {
		fmt.Fprintf(c.progress, "roll-up of %d parts took %.1f s, %.1f s of CPU\n", parts, time.Since(began).Seconds(), engineCPU(engine.Pid())-used)
	}
	if c.names("views") {
		if err := askViews(ctx, db, engine, c, r, out); err != nil {
			return err
		}
		if c.View == "" {
			if err := askBoards(ctx, engine, c, r, out); err != nil {
				return err
			}
		}
	}
	if !c.names("viewers") {
		return nil
	}
	return askViewers(ctx, engine, c, r, out)
}

// fillViews returns the statements that make a year of orders up: five stages each,
// one in a hundred open, three in a hundred of the visits over their limit.
func fillViews(visits int) []string {
	orders := visits / 5
	times := fmt.Sprintf(`
    number AS n, concat('SO-', leftPad(toString(n), 12, '0')) AS order_id,
    now64(3, 'UTC') - toIntervalSecond(intDiv(31536000 * (%d - n), %d)) AS opened,
    arrayMap(i -> toUInt32(600 + cityHash64(n, i) %% (7200 * (i + 1)) + if(cityHash64(n, i, 'slow') %% 33 = 0, 86400, 0)), range(5)) AS took,
    arrayCumSum(took) AS ends, opened + toIntervalSecond(ends[5]) AS done,
    ['east', 'west', 'south', 'north'][1 + cityHash64(n, 'w') %% 4] AS house, ['tmall', 'jd', 'douyin', 'web'][1 + cityHash64(n, 'c') %% 4] AS chan,
    ['华东', '华北', '华南', '西南', '东北'][1 + cityHash64(n, 'r') %% 5] AS area, toDecimal64(20 + cityHash64(n, 'a') %% 900, 2) AS money`, orders, orders)
	const names = "['review', 'pay', 'pick', 'ship', 'transit']"
	limits := "[14400., 86400., 14400., 28800., 259200.]"
	return []string{
		`INSERT INTO takt_store.orders (process, order_id, status, opened_at, closed_at, stage_now, promised_at, promise_due_at, promised_first_at, promise_first_due_at, amount, currency,
			region, channel, product, stages, open, applied_offset)
		SELECT '` + processName + `', order_id, if(done > now64(3, 'UTC'), 'open', 'completed'), opened, if(done > now64(3, 'UTC'), NULL, done), at_stage, due, due, due, due, money, 'CNY',
			area, chan, concat('P', toString(n % 300)), arraySlice(` + names + `, 1, least(5, reached)),
			if(at_stage = '', [], [('', at_stage, 1, opened + toIntervalSecond(reached = 1 ? 0 : ends[reached - 1]), opened + toIntervalSecond((reached = 1 ? 0 : ends[reached - 1]) + toUInt32(` + limits + `[reached])),
				` + limits + `[reached], NULL, concat(house, '-', toString(n % 7)), house, '', true)]), n
		FROM (SELECT *, least(5, arrayCount(e -> opened + toIntervalSecond(e) <= now64(3, 'UTC'), ends) + 1) AS reached, if(done > now64(3, 'UTC'), ` + names + `[reached], '') AS at_stage,
			opened + INTERVAL 4 DAY AS due FROM (SELECT ` + times + ` FROM numbers(` + fmt.Sprint(orders) + `)))`,
		`INSERT INTO takt_store.visits (process, order_id, unit, stage, visit, entered_at, left_at, due_at, working_seconds, limit_seconds, breached, outcome, owner, owner_team, channel, region,
			warehouse, product, amount, currency, applied_offset)
		SELECT '` + processName + `', order_id, '', ` + names + `[i], 1, begun, begun + toIntervalSecond(took[i]), begun + toIntervalSecond(toUInt32(` + limits + `[i])), took[i] / 3, ` + limits + `[i], took[i] > ` + limits + `[i],
			'finished', concat(house, '-', toString(n % 7)), house, chan, area, house, concat('P', toString(n % 300)), money, 'CNY', n
		FROM (SELECT *, arrayJoin(range(1, 6)) AS i, opened + toIntervalSecond(i = 1 ? 0 : ends[i - 1]) AS begun FROM (SELECT ` + times + ` FROM numbers(` + fmt.Sprint(orders) + `)))
		WHERE begun + toIntervalSecond(took[i]) <= now64(3, 'UTC')`,
		`INSERT INTO takt_store.exceptions (process, order_id, id, stage, visit, kind, severity, owner, owner_team, amount, currency, opened_at, resolved_at)
		SELECT process, order_id, cityHash64(order_id, stage), stage, 1, 'overdue', 'warning', owner, owner_team, amount, currency, due_at, left_at FROM takt_store.visits WHERE breached`,
		`INSERT INTO takt_store.promises (process, order_id, event, kind, given_at, promised_at, due_at)
		SELECT process, order_id, 1, 'first', opened_at, promised_at, promise_due_at FROM takt_store.orders`,
		`INSERT INTO takt_store.events (event_id, order_id, process, source, channel, activity, occurred_at, recorded_at)
		SELECT reinterpretAsFixedString(sipHash128(order_id, stage)), order_id, process, 'shop', channel, concat('order.', stage), entered_at, entered_at + toIntervalSecond(cityHash64(order_id) % 100)
		FROM takt_store.visits`,
	}
}

// askViews asks each relation what a board asks: one process, the last 30 days, one dimension.
func askViews(ctx context.Context, db *store.DB, engine *embedded.ClickHouse, c *config, r *report, out io.Writer) error {
	rows, err := db.Conn().Query(ctx, "SELECT table, concat(if(max(name = 'dimension'), ' AND dimension = ''channel''', ''), if(max(name = 'day'), ' AND day >= today() - 30', '')) FROM system.columns WHERE database = 'takt'"+
		" AND table IN (SELECT name FROM takt_store.views FINAL WHERE NOT dropped) AND NOT endsWith(table, '_at') GROUP BY table")
	if err != nil {
		return fmt.Errorf("list views: %w", err)
	}
	asked := map[string]string{}
	for rows.Next() {
		var name, condition string
		if err := rows.Scan(&name, &condition); err != nil {
			return err
		}
		asked[name] = condition
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	var lines [][]string
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if c.View != "" && !strings.HasPrefix(name, c.View) {
			continue
		}
		query := "SELECT * FROM takt." + name + " WHERE process = '" + processName + "'" + asked[name]
		// Every column is made and counted here, not sent.
		cells, a, err := askOften(ctx, engine, "SELECT count() FROM ("+query+") WHERE NOT ignore(*)")
		if err != nil {
			lines = append(lines, []string{name, "", "", "", brief(err)})
			r.add("views/"+name+"/failed", 1, "", "0")
			continue
		}
		r.add("views/"+name+"/p95", a.wall, "s", "<= 1")
		r.add("views/"+name+"/CPU", a.cpu, "s", "")
		r.add("views/"+name+"/rows", float64(a.rows), "", "")
		lines = append(lines, append([]string{name}, cells...))
		fmt.Fprintf(c.progress, "%s %.2f s\n", name, a.wall)
	}
	table(out, fmt.Sprintf("Views over %s visits of one process in a year; the last 30 days asked where there are days, one dimension where there are several; goal: p95 <= 1 s", view.Thousands(int64(c.Visits))),
		[]string{"", "p50 s", "p95 s", "CPU s", "rows read"}, lines)
	return nil
}

// repeats is how often each view, panel and board is asked.
const repeats = 5

// askOften asks a query several times and returns its cells of a table, and what it
// cost: the 95th percentile of the time, the mean of the CPU.
func askOften(ctx context.Context, engine *embedded.ClickHouse, sql string) ([]string, asked, error) {
	var took []float64
	var all asked
	for range repeats {
		a, err := askEngine(ctx, engine, sql)
		if err != nil {
			return nil, a, err
		}
		took = append(took, a.wall)
		all.cpu += a.cpu / repeats
		all.rows = a.rows
	}
	var p50 float64
	p50, all.wall = quantiles(took)
	return []string{decimals(p50, 2), decimals(all.wall, 2), decimals(all.cpu, 2), view.Thousands(int64(all.rows))}, all, nil
}

// brief is an error's first line.
func brief(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text[:min(len(text), 90)]
}
