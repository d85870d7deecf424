package view

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// Bottleneck returns the stage that holds the process's orders up at now; ok is
// false if nothing is abnormal. verdict defines "abnormal".
func Bottleneck(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) (f Finding, ok bool, err error) {
	local := now.In(p.Zone)
	medians, err := stageMedians(ctx, conn, p, local)
	if err != nil {
		return Finding{}, false, err
	}
	crowds, days, err := stageCrowds(ctx, conn, p, local, medians)
	if err != nil {
		return Finding{}, false, err
	}
	verdicts := make([]verdict, len(p.Stages))
	for i := range crowds {
		if _, known := medians[p.Stages[i].Name]; known {
			verdicts[i] = crowds[i].judge(local, days)
		}
	}
	i := choose(verdicts)
	if i < 0 {
		return Finding{}, false, nil
	}
	f = Finding{
		Stage: p.Stages[i].Name,
		Title: p.Stages[i].Title,
		Now:   local,
		Since: local.Add(-time.Duration(verdicts[i].since) * step).Truncate(time.Minute),
		Score: verdicts[i].score, Normal: int(verdicts[i].openNormal + 0.5),
		Limit: p.Stages[i].Limit.Within, LimitOf: p.Stages[i].Limit.Of,
	}
	if err := waiting(ctx, conn, p, i, local, &f); err != nil {
		return Finding{}, false, err
	}
	if err := counterfactual(ctx, conn, p, local, &f); err != nil {
		return Finding{}, false, err
	}
	return f, true, nil
}

const mediansSQL = `
SELECT toString(stage), quantileExact(0.5)(wall_seconds)
FROM takt.visits
WHERE process = ? AND outcome = 'finished'
  AND arrayExists(w -> toUnixTimestamp64Milli(assumeNotNull(left_at)) >= w.1 AND toUnixTimestamp64Milli(assumeNotNull(left_at)) < w.2,
      arrayZip(?, ?))
GROUP BY stage`

// stageMedians returns each stage's median time, over the visits finished on the
// last four weekdays like today, those of the last 28 days where there are none.
func stageMedians(ctx context.Context, conn driver.Conn, p *process.Process, local time.Time) (map[string]time.Duration, error) {
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())
	medians := map[string]time.Duration{}
	ask := func(from, to []int64) error {
		rows, err := conn.Query(ctx, mediansSQL, p.Name, from, to)
		if err != nil {
			return fmt.Errorf("query stage medians: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var stage string
			var seconds *float64
			if err := rows.Scan(&stage, &seconds); err != nil {
				return fmt.Errorf("read stage medians: %w", err)
			}
			if seconds != nil {
				medians[stage] = time.Duration(*seconds * float64(time.Second))
			}
		}
		return rows.Err()
	}
	var from, to []int64
	for week := 1; week <= weeks; week++ {
		from = append(from, milliseconds(today.AddDate(0, 0, -7*week)))
		to = append(to, milliseconds(today.AddDate(0, 0, -7*week+1)))
	}
	if err := ask(from, to); err != nil || len(medians) > 0 {
		return medians, err
	}
	err := ask([]int64{milliseconds(today.AddDate(0, 0, -7*weeks))}, []int64{milliseconds(local)})
	return medians, err
}

// A visit adds to its stage's load when it begins, to the old ones once it has
// lasted longer than the median, and leaves both when it ends: k steps before
// now, so that the load at now - j*step is the sum over k >= j.
const crowdsSQL = `
SELECT toString(stage), toInt64(least(intDiv(now - change.1, step), last)) AS k, sum(change.2), sum(change.3), min(first)
FROM
(
    WITH
        toUnixTimestamp64Milli(entered_at) AS entered,
        if(left_at IS NULL, 9000000000000, toUnixTimestamp64Milli(assumeNotNull(left_at))) AS left,
        transform(stage, ?, ?, toInt64(9000000000000)) AS median,
        toInt8(left > entered + median) AS old
    SELECT
        stage, entered AS first, toInt64(?) AS now, toInt64(?) AS step, toInt64(?) AS last,
        arrayJoin([(entered, toInt64(1), toInt64(0)), (entered + median, toInt64(0), toInt64(old)), (left, toInt64(-1), toInt64(-old))]) AS change
    FROM takt.visits
    WHERE process = ?
)
WHERE change.1 <= now
GROUP BY stage, k`

// stageCrowds returns the loads of all stages and the number of whole days for
// which there is history.
func stageCrowds(ctx context.Context, conn driver.Conn, p *process.Process, local time.Time, medians map[string]time.Duration) ([]crowd, int, error) {
	var names []string
	var lengths []int64
	for name, m := range medians {
		names, lengths = append(names, name), append(lengths, m.Milliseconds())
	}
	crowds := make([]crowd, len(p.Stages))
	if len(names) == 0 {
		return crowds, 0, nil
	}
	rows, err := conn.Query(ctx, crowdsSQL, names, lengths, milliseconds(local), step.Milliseconds(), int64(steps-1), p.Name)
	if err != nil {
		return nil, 0, fmt.Errorf("query stage loads: %w", err)
	}
	defer rows.Close()
	first := milliseconds(local)
	for rows.Next() {
		var stage string
		var k, open, old, from int64
		if err := rows.Scan(&stage, &k, &open, &old, &from); err != nil {
			return nil, 0, fmt.Errorf("read stage loads: %w", err)
		}
		first = min(first, from)
		if i := p.StageIndex(stage); i >= 0 {
			crowds[i].open[k] += float64(open)
			crowds[i].old[k] += float64(old)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("read stage loads: %w", err)
	}
	for i := range crowds {
		crowds[i].accumulate()
	}
	return crowds, int(local.Sub(time.UnixMilli(first)) / (24 * time.Hour)), nil
}
