package clickhouse

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// minRests is the least number of visits that a median is taken from.
const minRests = 30

// medians writes what the orders of the last 28 days had still to go. A day's orders
// are many more than a median needs: the latest ones do.
const medians = `
INSERT INTO takt_store.stage_rests (process, stage, valid_from, entered_seconds, left_seconds, orders, written_at)
WITH finished AS
(
    SELECT order_id, assumeNotNull(closed_at) AS closed
    FROM takt.orders
    WHERE process = ? AND status = 'completed' AND closed_at IS NOT NULL
        AND closed_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC') - INTERVAL 28 DAY
        AND closed_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')
    ORDER BY closed_at DESC
    LIMIT 100000
)
SELECT v.process, v.stage, fromUnixTimestamp64Milli(toInt64(?), 'UTC'),
    quantileExact(0.5)(dateDiff('millisecond', v.entered_at, f.closed)) / 1000,
    quantileExact(0.5)(dateDiff('millisecond', assumeNotNull(v.left_at), f.closed)) / 1000,
    count(), fromUnixTimestamp64Milli(toInt64(?), 'UTC')
FROM takt.visits AS v
INNER JOIN finished AS f ON v.order_id = f.order_id
WHERE v.process = ? AND v.outcome = 'finished' AND v.left_at IS NOT NULL AND v.left_at <= f.closed
GROUP BY v.process, v.stage
HAVING count() >= ?`

// MakeRests writes, if nobody has, the medians for orders opened from the day after
// tomorrow on, in UTC. Events are at most a day ahead of the clock, so no order that
// was judged before is judged by them.
func (db *DB) MakeRests(ctx context.Context, p *process.Process, now order.Instant) error {
	from := order.At(now.Time().UTC().Truncate(24 * time.Hour).Add(48 * time.Hour))
	var made uint64
	row := db.conn.QueryRow(ctx, "SELECT count() FROM takt.stage_rests WHERE process = ? AND valid_from = fromUnixTimestamp64Milli(toInt64(?), 'UTC')",
		p.Name, int64(from))
	if err := row.Scan(&made); err != nil {
		return fmt.Errorf("query medians: %w", halted(err))
	}
	if made > 0 {
		return nil
	}
	if err := db.conn.Exec(ctx, medians, p.Name, int64(now), int64(now), int64(from), int64(now), p.Name, minRests); err != nil {
		return fmt.Errorf("write medians: %w", halted(err))
	}
	return nil
}

// Rests returns the medians by which the orders of a process are judged, however old
// an order is.
func (db *DB) Rests(ctx context.Context, p *process.Process) (tracker.Rests, error) {
	rows, err := db.conn.Query(ctx, `SELECT toUnixTimestamp64Milli(valid_from), toString(stage), entered_seconds, left_seconds
FROM takt.stage_rests WHERE process = ? ORDER BY valid_from`, p.Name)
	if err != nil {
		return nil, fmt.Errorf("read medians: %w", halted(err))
	}
	defer rows.Close()
	var all tracker.Rests
	for rows.Next() {
		var from int64
		var stage string
		var entered, left float64
		if err := rows.Scan(&from, &stage, &entered, &left); err != nil {
			return nil, fmt.Errorf("read medians: %w", err)
		}
		if n := len(all); n == 0 || all[n-1].From != order.Instant(from) {
			all = append(all, tracker.RestTable{From: order.Instant(from), Stages: make([]tracker.Rest, len(p.Stages))})
		}
		if i := p.StageIndex(stage); i >= 0 {
			all[len(all)-1].Stages[i] = tracker.Rest{Entered: milliseconds(entered), Left: milliseconds(left)}
		}
	}
	return all, rows.Err()
}

func milliseconds(seconds float64) int64 { return int64(math.Round(seconds * 1000)) }
