package view

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

const bottleneckSQL = `
SELECT toString(stage), assumeNotNull(since), score, open, open_normal, amount, toString(currency), ifNull(oldest_seconds, 0), toString(owner), late, late_had_met
FROM takt.bottleneck_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
WHERE process = ? AND bottleneck`

// Bottleneck returns the stage that holds the process's orders up at now; ok is
// false if nothing is abnormal. The relation takt.bottleneck_now defines it.
func Bottleneck(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) (f Finding, ok bool, err error) {
	f.Now = now.In(p.Zone)
	var open, late, still uint64
	var normal, oldest float64
	err = conn.QueryRow(ctx, bottleneckSQL, milliseconds(now), p.Name).Scan(&f.Stage, &f.Since, &f.Score, &open, &normal, &f.Amount, &f.Currency,
		&oldest, &f.Owner, &late, &still)
	if errors.Is(err, sql.ErrNoRows) {
		return Finding{}, false, nil
	}
	if err != nil {
		return Finding{}, false, fmt.Errorf("query bottleneck: %w", err)
	}
	f.Since = f.Since.In(p.Zone)
	f.Waiting, f.Normal, f.Late, f.LateHadMet = int(open), int(normal+0.5), int(late), int(still)
	f.Oldest = time.Duration(oldest * float64(time.Second))
	if i := p.StageIndex(f.Stage); i >= 0 {
		s := &p.Stages[i]
		f.Title, f.Limit, f.LimitOf = s.Title, s.Limit.Within, s.Limit.Of
		if f.Owner == "" {
			f.Owner = ownerOf(s)
		}
	}
	return f, true, nil
}
