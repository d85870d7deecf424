package view

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// Overview is a process at a glance.
type Overview struct {
	Stages []StageRow // in process order
	Late   Lateness
}

// StageRow is one stage at a glance.
type StageRow struct {
	Stage  string
	Title  process.Text
	Open   int           // visits under way
	Left   int           // visits finished in the last 7 days
	P50    time.Duration // their median time, on the clock of the limit
	P90    time.Duration // their 90th percentile
	Limit  time.Duration // 0: none
	Of     process.Clock // which time the limit counts
	Over   int           // visits under way past their deadline
	AtRisk int           // visits under way that will soon be
	Oldest time.Duration // longest stay under way
	Owner  string        // who has the most of them; else the stage's team
	// OpenAmount, OverAmount and RiskAmount are the money of the orders that Open, Over
	// and AtRisk count, in Currency.
	OpenAmount, OverAmount, RiskAmount float64
	Currency                           string // ISO 4217; the most frequent one
}

// Money tells an amount of the stage for people.
func (r *StageRow) Money(amount float64) string { return money(amount, r.Currency) }

// Lateness is how the promises stand, its two halves.
type Lateness struct {
	Delivered  int     // orders completed in the last 7 days that had a promise
	Late       int     // of them after the promise in force
	OpenLate   int     // open orders past the promise in force
	OpenAmount float64 // money of those, in Currency
	Currency   string  // ISO 4217; the most frequent one
}

// Share is Late / Delivered, 0 without deliveries.
func (l Lateness) Share() float64 {
	if l.Delivered == 0 {
		return 0
	}
	return float64(l.Late) / float64(l.Delivered)
}

// Sentence says it in English.
func (l Lateness) Sentence() string {
	late := "nothing was delivered in 7 days"
	if l.Delivered > 0 {
		late = fmt.Sprintf("%.1f %% of delivered in 7 days", 100*l.Share())
	}
	if l.OpenLate == 0 {
		return "Late: " + late + "; no open order is past its promise."
	}
	orders := "orders past their"
	if l.OpenLate == 1 {
		orders = "order past its"
	}
	return fmt.Sprintf("Late: %s; %s open %s promise%s.", late, Thousands(int64(l.OpenLate)), orders, l.amount(" (", ")"))
}

// SentenceZH says it in Chinese.
func (l Lateness) SentenceZH() string {
	late := "近 7 天没有交付"
	if l.Delivered > 0 {
		late = fmt.Sprintf("近 7 天交付的 %.1f %%", 100*l.Share())
	}
	if l.OpenLate == 0 {
		return "延误：" + late + "；没有未交付的订单超过承诺时间。"
	}
	return fmt.Sprintf("延误：%s；另有 %s 单未交付且已过承诺时间%s。", late, Thousands(int64(l.OpenLate)), l.amount("（", "）"))
}

// amount tells the money of the open late orders, if any is known.
func (l Lateness) amount(before, after string) string {
	if l.OpenAmount == 0 {
		return ""
	}
	return before + money(l.OpenAmount, l.Currency) + after
}

// The clock of the stage's limit counts.
const cyclesSQL = `
SELECT toString(stage), count(), quantileExactInclusive(0.5)(seconds), quantileExactInclusive(0.9)(seconds)
FROM
(
    SELECT stage, if(has(?, toString(stage)), ifNull(working_seconds, 0), assumeNotNull(wall_seconds)) AS seconds
    FROM takt.visits
    WHERE process = ? AND outcome = 'finished' AND left_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC') AND left_at > fromUnixTimestamp64Milli(toInt64(?) - 7 * 86400000, 'UTC')
)
GROUP BY stage`

const standingSQL = `
SELECT toString(stage), open, at_risk, overdue, amount, at_risk_amount, overdue_amount, toString(currency), ifNull(oldest_seconds, 0), toString(owner)
FROM takt.open_by_stage_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
WHERE process = ?`

const lateSQL = `
WITH
    toInt64(?) AS now,
    if(closed_at IS NULL, 9000000000000, toUnixTimestamp64Milli(assumeNotNull(closed_at))) AS closed,
    status = 'completed' AND closed <= now AND closed > now - 7 * 86400000 AS recent,
    status = 'open' AND promise_due_at IS NOT NULL AND toUnixTimestamp64Milli(assumeNotNull(promise_due_at)) < now AS over
SELECT countIf(recent AND promise_kept IS NOT NULL), countIf(recent AND promise_kept = 0), countIf(over),
    toFloat64(sumIf(ifNull(amount, 0), over)), toString(topKIf(1)(currency, currency != '')[1])
FROM takt.orders
WHERE process = ?`

// Summary returns the process at a glance.
func Summary(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) (Overview, error) {
	o := Overview{Stages: make([]StageRow, len(p.Stages))}
	for i := range p.Stages {
		s := &p.Stages[i]
		o.Stages[i] = StageRow{Stage: s.Name, Title: s.Title, Limit: s.Limit.Within, Of: s.Limit.Of, Owner: ownerOf(s)}
	}
	if err := cycleRows(ctx, conn, p, now, o.Stages); err != nil {
		return Overview{}, err
	}
	if err := standingRows(ctx, conn, p, now, o.Stages); err != nil {
		return Overview{}, err
	}
	l := &o.Late
	var delivered, late, open uint64
	row := conn.QueryRow(ctx, lateSQL, milliseconds(now), p.Name)
	if err := row.Scan(&delivered, &late, &open, &l.OpenAmount, &l.Currency); err != nil {
		return Overview{}, fmt.Errorf("query lateness: %w", err)
	}
	l.Delivered, l.Late, l.OpenLate = int(delivered), int(late), int(open)
	for i := range o.Stages {
		o.Stages[i].Currency = cmp.Or(o.Stages[i].Currency, l.Currency)
	}
	return o, nil
}

// cycleRows tells the time of the visits finished in the last seven days.
func cycleRows(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time, stages []StageRow) error {
	working := []string{}
	for i := range p.Stages {
		if p.Stages[i].Limit.Of == process.Working {
			working = append(working, p.Stages[i].Name)
		}
	}
	rows, err := conn.Query(ctx, cyclesSQL, working, p.Name, milliseconds(now), milliseconds(now))
	if err != nil {
		return fmt.Errorf("query times of stages: %w", err)
	}
	return scan(rows, func() error {
		var stage string
		var left uint64
		var p50, p90 float64
		err := rows.Scan(&stage, &left, &p50, &p90)
		if i := p.StageIndex(stage); i >= 0 {
			r := &stages[i]
			r.Left, r.P50, r.P90 = int(left), time.Duration(p50*float64(time.Second)), time.Duration(p90*float64(time.Second))
		}
		return err
	})
}

// standingRows tells what is under way. The relation takt.open_by_stage defines it.
func standingRows(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time, stages []StageRow) error {
	rows, err := conn.Query(ctx, standingSQL, milliseconds(now), p.Name)
	if err != nil {
		return fmt.Errorf("query what is under way: %w", err)
	}
	return scan(rows, func() error {
		var r StageRow
		var open, risk, over uint64
		var oldest float64
		err := rows.Scan(&r.Stage, &open, &risk, &over, &r.OpenAmount, &r.RiskAmount, &r.OverAmount, &r.Currency, &oldest, &r.Owner)
		i := p.StageIndex(r.Stage)
		if i < 0 {
			return err
		}
		s := &stages[i]
		s.Open, s.AtRisk, s.Over = int(open), int(risk), int(over)
		s.OpenAmount, s.RiskAmount, s.OverAmount, s.Currency = r.OpenAmount, r.RiskAmount, r.OverAmount, r.Currency
		s.Oldest, s.Owner = time.Duration(oldest*float64(time.Second)), cmp.Or(r.Owner, s.Owner)
		return err
	})
}
