package view

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// Delays are the visits of each stage, in process order, that were under way for
// longer than the stage's median, hour by hour.
type Delays struct {
	Hours []time.Time // full hours, ascending
	Old   [][]int     // by stage of the process and hour
}

const delaysSQL = `
SELECT toString(stage), groupArray(hour), groupArray(old)
FROM (SELECT stage, hour, old FROM takt.delay_hourly WHERE process = ? ORDER BY hour)
GROUP BY stage`

// WeekDelays returns the last seven days. The relation takt.delay_hourly defines them.
func WeekDelays(ctx context.Context, conn driver.Conn, p *process.Process) (Delays, error) {
	rows, err := conn.Query(ctx, delaysSQL, p.Name)
	if err != nil {
		return Delays{}, fmt.Errorf("query delays: %w", err)
	}
	d := Delays{Old: make([][]int, len(p.Stages))}
	err = scan(rows, func() error {
		var stage string
		var hours []time.Time
		var old []uint64
		err := rows.Scan(&stage, &hours, &old)
		i := p.StageIndex(stage)
		if i < 0 {
			return err
		}
		d.Hours = hours
		for _, n := range old {
			d.Old[i] = append(d.Old[i], int(n))
		}
		return err
	})
	if err != nil {
		return Delays{}, fmt.Errorf("read delays: %w", err)
	}
	return d, nil
}

// LateDay is how promises stood on one day, in both halves.
type LateDay struct {
	Day           time.Time
	Delivered     int // orders completed that had a promise
	DeliveredLate int // of them after it
	OpenLate      int // orders open past their promise when the day ended, or now
	OpenAmount    float64
}

const lateDaysSQL = `
SELECT day, delivered, delivered_late, open_late, open_late_amount
FROM takt.late_daily
WHERE process = ? AND day > takt_day(?, fromUnixTimestamp64Milli(toInt64(?), 'UTC')) - ? AND day <= takt_day(?, fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
ORDER BY day`

// LateDays returns the last days, today's being the last one; none where no order
// ever had a promise. The relation takt.late_daily defines them.
func LateDays(ctx context.Context, conn driver.Conn, p *process.Process, days int, now time.Time) ([]LateDay, error) {
	return list(ctx, conn, "lateness by day", func(rows driver.Rows, l *LateDay) error {
		var delivered, late uint64
		var open int64
		err := rows.Scan(&l.Day, &delivered, &late, &open, &l.OpenAmount)
		l.Delivered, l.DeliveredLate, l.OpenLate = int(delivered), int(late), int(open)
		return err
	}, lateDaysSQL, p.Name, p.Name, milliseconds(now), days, p.Name, milliseconds(now))
}
