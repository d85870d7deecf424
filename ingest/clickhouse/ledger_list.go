package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/alerts/exception"
)

// List returns the exceptions that f chooses as they stand, those opened last
// first. The facts are what holds now: owner, stage and cause are those of the
// ledger.
func (l *Ledger) List(ctx context.Context, f exception.Filter) ([]exception.Listed, error) {
	where := []string{"1"}
	parameters := driver.Parameters{}
	for _, c := range []struct{ column, value string }{
		{"process", f.Process},
		{"order_id", f.OrderID},
		{"kind", f.Kind},
		{"stage", f.Stage},
		{"owner", f.Owner},
		{"owner_team", f.Team},
		{"state", f.State.String()},
	} {
		if c.value != "" {
			where = append(where, c.column+" = {"+c.column+":String}")
			parameters[c.column] = c.value
		}
	}
	if !f.All && f.State == 0 {
		where = append(where, "open")
	}
	query := "SELECT process, order_id, id, unit, stage, visit, kind, severity, state, revision, owner, owner_team, cause, cause_team, ifNull(toString(amount), ''), currency," +
		" toNullable(opened_at), detected_at, assigned_at, located_at, acknowledged_at, acknowledged_by, resolved_at, archived_at, reopened," +
		" changed_at, changed_by, escalate_to, escalated_at FROM takt.exception_states WHERE " + strings.Join(where, " AND ") + " ORDER BY opened_at DESC, id"
	if f.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	rows, err := l.db.conn.Query(driver.Context(ctx, driver.WithParameters(parameters)), query)
	if err != nil {
		return nil, fmt.Errorf("list exceptions: %w", halted(err))
	}
	defer rows.Close()
	var all []exception.Listed
	for rows.Next() {
		var e exception.Listed
		var visit, revision, reopened uint32
		var state string
		var opened, detected, assigned, located, acknowledged, resolved, archived, changed, escalated *time.Time
		if err := rows.Scan(&e.Process, &e.OrderID, &e.ID, &e.Unit, &e.Stage, &visit, &e.Kind, &e.Severity, &state, &revision, &e.Owner, &e.Team, &e.Cause, &e.CauseTeam,
			&e.Amount, &e.Currency, &opened, &detected, &assigned, &located, &acknowledged, &e.AcknowledgedBy, &resolved, &archived, &reopened,
			&changed, &e.ChangedBy, &e.EscalateTo, &escalated); err != nil {
			return nil, fmt.Errorf("list exceptions: %w", err)
		}
		if err := e.State.UnmarshalText([]byte(state)); err != nil {
			return nil, fmt.Errorf("list exceptions: %w", err)
		}
		e.Visit, e.Revision, e.Reopened = int(visit), int(revision), int(reopened)
		e.Facts.Stage, e.Facts.Owner, e.Facts.Team, e.Facts.Cause = e.Stage, e.Owner, e.Team, e.Cause
		e.OpenedAt, e.DetectedAt, e.AssignedAt, e.LocatedAt = known(opened), known(detected), known(assigned), known(located)
		e.AcknowledgedAt, e.SettledAt, e.ArchivedAt = known(acknowledged), known(resolved), known(archived)
		e.ChangedAt, e.EscalatedAt = known(changed), known(escalated)
		e.Withdrawn = e.State == exception.Withdrawn
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list exceptions: %w", err)
	}
	return all, nil
}

// Next returns by partition the offset after the last change from the topic,
// refused ones included.
func (l *Ledger) Next(ctx context.Context, topic string) (map[int]int64, error) {
	rows, err := l.db.conn.Query(ctx, "SELECT partition, max(offset) + 1 FROM "+l.db.local("exception_changes")+" WHERE topic = ? GROUP BY partition", topic)
	if err != nil {
		return nil, fmt.Errorf("read how far %q was read: %w", topic, halted(err))
	}
	defer rows.Close()
	next := map[int]int64{}
	for rows.Next() {
		var partition uint32
		var offset uint64
		if err := rows.Scan(&partition, &offset); err != nil {
			return nil, fmt.Errorf("read how far %q was read: %w", topic, err)
		}
		next[int(partition)] = int64(offset)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read how far %q was read: %w", topic, err)
	}
	return next, nil
}

// known returns the instant in UTC, zero for none.
func known(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}
