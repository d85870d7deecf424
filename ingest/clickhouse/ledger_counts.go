package clickhouse

import (
	"context"
	"fmt"
	"time"
)

// LedgerCount is what people did about the exceptions of one stage, kind and team
// of one partition.
type LedgerCount struct {
	Process            string
	Partition          int
	Stage, Kind, Team  string
	Unanswered         int64   // open, and nobody has answered
	Acknowledged       int64   // first answered since
	AcknowledgeSeconds float64 // from opening to the first answer, summed over Acknowledged
	Resolved           int64   // resolved since
	ResolveSeconds     float64 // from opening to the resolution, summed over Resolved
}

// Counts returns what was done about the exceptions of a topic since then. Those
// that came as history count only while they are open.
func (l *Ledger) Counts(ctx context.Context, topic string, since time.Time) ([]LedgerCount, error) {
	rows, err := l.db.conn.Query(ctx, "WITH fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS since"+
		" SELECT process, partition, stage, kind, owner_team, toInt64(countIf(open AND acknowledged_at IS NULL)),"+
		" toInt64(countIf(acknowledged_at >= since)), ifNull(sumIf(acknowledge_seconds, acknowledged_at >= since), 0),"+
		" toInt64(countIf(resolved_at >= since AND live)), ifNull(sumIf(resolve_seconds, resolved_at >= since AND live), 0)"+
		" FROM takt.exception_states WHERE topic = ? AND (open OR acknowledged_at >= since OR resolved_at >= since)"+
		" GROUP BY process, partition, stage, kind, owner_team", since.UnixMilli(), topic)
	if err != nil {
		return nil, fmt.Errorf("count exceptions: %w", halted(err))
	}
	defer rows.Close()
	var all []LedgerCount
	for rows.Next() {
		var c LedgerCount
		var partition uint32
		if err := rows.Scan(&c.Process, &partition, &c.Stage, &c.Kind, &c.Team, &c.Unanswered, &c.Acknowledged, &c.AcknowledgeSeconds,
			&c.Resolved, &c.ResolveSeconds); err != nil {
			return nil, fmt.Errorf("count exceptions: %w", err)
		}
		c.Partition = int(partition)
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count exceptions: %w", err)
	}
	return all, nil
}
