package view

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// Step is how often, and how slowly, orders went from one stage to another.
type Step struct {
	From, To string // empty: the order's opening, its end
	Count    int
	Again    int           // of them into a stage entered before
	Wait     time.Duration // between the two, median
}

// Steps are the steps of one week.
type Steps struct {
	Week  time.Time // its Monday
	Whole bool      // whether the week is over
	Steps []Step
}

const stepsSQL = `
WITH takt_week(?, fromUnixTimestamp64Milli(toInt64(?), 'UTC')) AS this_week
SELECT day, day < this_week, toString(from_stage), toString(to_stage), transitions, again, ifNull(wait_p50_seconds, 0)
FROM takt.transitions_weekly
WHERE process = ? AND day >= this_week - 7 AND day <= this_week
ORDER BY day, transitions DESC, from_stage, to_stage`

// WeekSteps returns the steps of the last whole week, of the present one where there
// are none. The relation takt.transitions_weekly defines them.
func WeekSteps(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) (Steps, error) {
	rows, err := conn.Query(ctx, stepsSQL, p.Name, milliseconds(now), p.Name)
	if err != nil {
		return Steps{}, fmt.Errorf("query steps: %w", err)
	}
	var week Steps
	err = scan(rows, func() error {
		var s Step
		var day time.Time
		var whole bool
		var count, again uint64
		var wait float64
		err := rows.Scan(&day, &whole, &s.From, &s.To, &count, &again, &wait)
		if week.Steps == nil {
			week.Week, week.Whole = day, whole
		}
		if day.Equal(week.Week) {
			s.Count, s.Again, s.Wait = int(count), int(again), time.Duration(wait*float64(time.Second))
			week.Steps = append(week.Steps, s)
		}
		return err
	})
	if err != nil {
		return Steps{}, fmt.Errorf("read steps: %w", err)
	}
	return week, nil
}
