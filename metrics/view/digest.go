package view

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/metrics/process"
)

// Digest returns how the process stands at now for a team; an empty team is the
// process as a whole. The day before is that of the process's zone.
func Digest(ctx context.Context, conn driver.Conn, p *process.Process, team string, now time.Time) (notify.Report, error) {
	local := now.In(p.Zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, p.Zone)
	r := notify.Report{Process: p.Name, Team: team, Day: today.AddDate(0, 0, -1)}
	for _, step := range []func(context.Context, driver.Conn, *notify.Report, time.Time, time.Time) error{
		digestDone, digestOpen, digestExceptions, digestFirst,
	} {
		if err := step(ctx, conn, &r, today, now); err != nil {
			return r, err
		}
	}
	f, found, err := Bottleneck(ctx, conn, p, now)
	if err != nil {
		return r, err
	}
	if i := p.StageIndex(f.Stage); found && (team == "" || i >= 0 && p.Stages[i].Owner.Team == team) {
		r.Bottleneck = process.Text{EN: f.Sentence(), ZH: f.SentenceZH()}
	}
	return r, nil
}

// Orders of the process, visits of a team.
const (
	doneOrdersSQL = `
SELECT count(), countIf(promise_kept = 0)
FROM takt.orders
WHERE process = ? AND ? = '' AND status = 'completed' AND toUnixTimestamp64Milli(assumeNotNull(closed_at)) >= ? AND toUnixTimestamp64Milli(assumeNotNull(closed_at)) < ?`
	doneVisitsSQL = `
SELECT count(), countIf(breached = 1)
FROM takt.visits
WHERE process = ? AND owner_team = ? AND outcome = 'finished' AND toUnixTimestamp64Milli(assumeNotNull(left_at)) >= ? AND toUnixTimestamp64Milli(assumeNotNull(left_at)) < ?`
)

func digestDone(ctx context.Context, conn driver.Conn, r *notify.Report, today, _ time.Time) error {
	query := doneVisitsSQL
	if r.Team == "" {
		query = doneOrdersSQL
	}
	var done, late uint64
	if err := conn.QueryRow(ctx, query, r.Process, r.Team, milliseconds(r.Day), milliseconds(today)).Scan(&done, &late); err != nil {
		return fmt.Errorf("query what was done: %w", err)
	}
	r.Completed, r.Late = int(done), int(late)
	return nil
}

// The share of a limit after which a visit is at risk is in the stage's file; where
// the tracker has said so there is an exception.
const digestOpenSQL = `
WITH toInt64(?) AS now
SELECT currency, count(), countIf(over), countIf(risk AND NOT over), sum(money), sumIf(money, over), sumIf(money, risk AND NOT over)
FROM
(
    SELECT order_id, toString(anyLast(currency)) AS currency, max(toFloat64(ifNull(amount, 0))) AS money,
        max(due_at IS NOT NULL AND toUnixTimestamp64Milli(assumeNotNull(due_at)) < now) AS over,
        order_id IN (SELECT order_id FROM takt.exceptions WHERE process = ? AND kind = 'at_risk' AND state = 'open' AND (owner_team = ? OR ? = '')) AS risk
    FROM takt.visits
    WHERE process = ? AND left_at IS NULL AND (owner_team = ? OR ? = '')
    GROUP BY order_id
)
GROUP BY currency`

func digestOpen(ctx context.Context, conn driver.Conn, r *notify.Report, _, now time.Time) error {
	rows, err := conn.Query(ctx, digestOpenSQL, milliseconds(now), r.Process, r.Team, r.Team, r.Process, r.Team, r.Team)
	if err != nil {
		return fmt.Errorf("query open orders: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var currency string
		var open, over, risk uint64
		var money, overMoney, riskMoney float64
		if err := rows.Scan(&currency, &open, &over, &risk, &money, &overMoney, &riskMoney); err != nil {
			return fmt.Errorf("read open orders: %w", err)
		}
		r.Open.Add(int(open), notify.Money{Amount: money, Currency: currency})
		r.Overdue.Add(int(over), notify.Money{Amount: overMoney, Currency: currency})
		r.AtRisk.Add(int(risk), notify.Money{Amount: riskMoney, Currency: currency})
	}
	return rows.Err()
}

const digestExceptionsSQL = `
WITH toUnixTimestamp64Milli(opened_at) AS opened
SELECT countIf(NOT withdrawn AND opened >= ?), countIf(state = 'open'), minIf(opened, state = 'open'),
    argMinIf(order_id, opened, state = 'open'), toString(argMinIf(kind, opened, state = 'open'))
FROM takt.exceptions
WHERE process = ? AND (owner_team = ? OR ? = '') AND opened <= ?`

func digestExceptions(ctx context.Context, conn driver.Conn, r *notify.Report, _, now time.Time) error {
	var fresh, open uint64
	var opened int64
	var id, kind string
	row := conn.QueryRow(ctx, digestExceptionsSQL, milliseconds(r.Day), r.Process, r.Team, r.Team, milliseconds(now))
	if err := row.Scan(&fresh, &open, &opened, &id, &kind); err != nil {
		return fmt.Errorf("query exceptions of the day: %w", err)
	}
	r.New, r.Unsettled = int(fresh), int(open)
	if open > 0 {
		r.Oldest, r.OldestKind = &notify.Order{ID: id, OpenedAt: time.UnixMilli(opened).UTC()}, kind
	}
	return nil
}

// Of the orders past a limit those with the most money come first, then the oldest.
const digestFirstSQL = `
SELECT order_id, toString(argMin(stage, entered_at)), min(toUnixTimestamp64Milli(entered_at)) AS entered,
    max(toFloat64(ifNull(amount, 0))) AS money, toString(anyLast(currency)), toString(argMin(owner, entered_at))
FROM takt.visits
WHERE process = ? AND (owner_team = ? OR ? = '') AND left_at IS NULL AND due_at IS NOT NULL AND toUnixTimestamp64Milli(assumeNotNull(due_at)) < ?
GROUP BY order_id
ORDER BY money DESC, entered, order_id
LIMIT 3`

func digestFirst(ctx context.Context, conn driver.Conn, r *notify.Report, _, now time.Time) error {
	rows, err := conn.Query(ctx, digestFirstSQL, r.Process, r.Team, r.Team, milliseconds(now))
	if err != nil {
		return fmt.Errorf("query orders to look at first: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o notify.Order
		var stage string
		var entered int64
		if err := rows.Scan(&o.ID, &stage, &entered, &o.Amount.Amount, &o.Amount.Currency, &o.Owner); err != nil {
			return fmt.Errorf("read orders to look at first: %w", err)
		}
		o.Entered = time.UnixMilli(entered).UTC()
		r.First, r.Stages = append(r.First, o), append(r.Stages, stage)
	}
	return rows.Err()
}
