package view

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

const storedSQL = `
SELECT toString(p.process), p.title_en, p.title_zh, toString(p.timezone), toString(s.stage), s.title_en, s.title_zh, ifNull(s.limit_seconds, 0), s.limit_of = 'working',
    toString(s.owner_team), toString(s.escalate_to)
FROM takt.processes AS p
INNER JOIN takt.stages AS s ON s.process = p.process
ORDER BY p.position, p.process, s.position`

// Stored returns the processes as the database knows them, for readers that have no
// configuration: titles, zones, and the stages with their limits and teams, in the
// order of the configuration. Activities, conditions and calendars are not stored.
func Stored(ctx context.Context, conn driver.Conn) ([]*process.Process, error) {
	type row struct {
		name, zone string
		title      process.Text
		stage      process.Stage
	}
	rows, err := list(ctx, conn, "processes", func(rows driver.Rows, r *row) error {
		var within float64
		var working bool
		s := &r.stage
		err := rows.Scan(&r.name, &r.title.EN, &r.title.ZH, &r.zone, &s.Name, &s.Title.EN, &s.Title.ZH, &within, &working, &s.Owner.Team, &s.Owner.EscalateTo)
		s.Limit = process.Limit{Within: time.Duration(within * float64(time.Second)), Of: process.Wall}
		if working {
			s.Limit.Of = process.Working
		}
		return err
	}, storedSQL)
	if err != nil {
		return nil, err
	}
	var all []*process.Process
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Name != r.name {
			zone, err := time.LoadLocation(r.zone)
			if err != nil {
				return nil, err
			}
			all = append(all, &process.Process{Name: r.name, Title: r.title, Zone: zone})
		}
		p := all[len(all)-1]
		p.Stages = append(p.Stages, r.stage)
	}
	return all, nil
}
