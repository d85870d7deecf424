package clickhouse

import (
	"context"
	"fmt"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// escalation is when and to whom exceptions of a kind go; it is comparable.
type escalation struct {
	to    string  // empty: whom the stage names
	after float64 // seconds; 0: as the stage says
}

type escalationRows struct {
	block
	process, kind, to  *dictionary
	after              *nullable
	validFrom, deleted *fixed
}

func newEscalationRows() *escalationRows {
	r := &escalationRows{block: block{table: "escalations"}}
	r.process = r.name("process")
	r.kind = r.name("kind")
	r.to = r.name("escalate_to")
	r.after = r.nullable("escalate_after_seconds", typeSeconds)
	r.validFrom = r.fixed("valid_from", typeInstant)
	r.deleted = r.fixed("deleted", "UInt8")
	return r
}

func (r *escalationRows) add(now order.Instant, k owned, v escalation, deleted bool) {
	r.rows++
	r.process.add(k.process)
	r.kind.add(k.name)
	r.to.add(v.to)
	r.after.float(v.after, v.after > 0)
	r.validFrom.instant(now)
	r.deleted.bool(deleted)
}

// escalationsOf returns what p says of kinds of exception.
func escalationsOf(p *process.Process) map[owned]escalation {
	all := map[owned]escalation{}
	for i := range p.Exceptions {
		h := &p.Exceptions[i]
		if v := (escalation{h.Owner.EscalateTo, h.EscalateAfter.Seconds()}); v != (escalation{}) {
			all[owned{p.Name, h.Kind}] = v
		}
	}
	return all
}

// escalations returns what was recorded last.
func (db *DB) escalations(ctx context.Context) (map[owned]escalation, error) {
	rows, err := db.conn.Query(ctx, "SELECT process, kind, escalate_to, ifNull(escalate_after_seconds, 0), deleted FROM "+
		db.local("escalations")+" FINAL ORDER BY valid_from")
	if err != nil {
		return nil, fmt.Errorf("read escalations: %w", halted(err))
	}
	defer rows.Close()
	all := map[owned]escalation{}
	for rows.Next() {
		var k owned
		var v escalation
		var deleted uint8
		if err := rows.Scan(&k.process, &k.name, &v.to, &v.after, &deleted); err != nil {
			return nil, fmt.Errorf("read escalations: %w", err)
		}
		if all[k] = v; deleted != 0 {
			delete(all, k)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read escalations: %w", err)
	}
	return all, nil
}
