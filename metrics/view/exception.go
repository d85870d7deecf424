package view

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ExceptionFilter chooses exceptions; what is empty chooses all.
type ExceptionFilter struct {
	Process, OrderID, Kind, Stage, State, Team string
	Open                                       bool // only those on which somebody has to act
	Most                                       int  // rows at most; required
}

// ExceptionRow is one exception as it stands.
type ExceptionRow struct {
	OrderID, Unit  string
	Kind, Severity string
	Stage          string // empty: the order as a whole, or not found yet
	State          string // as takt.exception_states tells it
	Owner, Team    string
	Cause          string
	OpenedAt       time.Time
	ResolvedAt     *time.Time
	AnsweredBy     string // who answered first
	EscalatedTo    string // empty: it has not been escalated
	Amount         float64
	Currency       string
}

const exceptionsSQL = `
SELECT count() OVER (), order_id, unit, toString(kind), toString(severity), toString(stage), toString(state), toString(owner), toString(owner_team), cause, opened_at, resolved_at,
    toString(acknowledged_by), if(escalated_at IS NULL, '', toString(escalate_to)), toFloat64(ifNull(amount, 0)), toString(currency)
FROM takt.exception_states
WHERE %s
ORDER BY severity = 'critical' DESC, opened_at, order_id, id
LIMIT %d`

// Exceptions returns the exceptions that f chooses, the critical ones first, then the
// oldest, and how many there are in all. Withdrawn ones are in none. The relation
// takt.exception_states defines them.
func Exceptions(ctx context.Context, conn driver.Conn, f ExceptionFilter) (found []ExceptionRow, total int, err error) {
	where, args := []string{"process = ?", "state != 'withdrawn'"}, []any{f.Process}
	for _, c := range []struct{ column, value string }{
		{"order_id", f.OrderID}, {"kind", f.Kind}, {"stage", f.Stage}, {"state", f.State}, {"owner_team", f.Team},
	} {
		if c.value != "" {
			where, args = append(where, c.column+" = ?"), append(args, c.value)
		}
	}
	if f.Open {
		where = append(where, "open")
	}
	rows, err := conn.Query(ctx, fmt.Sprintf(exceptionsSQL, strings.Join(where, " AND "), f.Most), args...)
	if err != nil {
		return nil, 0, fmt.Errorf("query exceptions: %w", err)
	}
	var n uint64
	err = scan(rows, func() error {
		var x ExceptionRow
		err := rows.Scan(&n, &x.OrderID, &x.Unit, &x.Kind, &x.Severity, &x.Stage, &x.State, &x.Owner, &x.Team, &x.Cause, &x.OpenedAt, &x.ResolvedAt,
			&x.AnsweredBy, &x.EscalatedTo, &x.Amount, &x.Currency)
		found = append(found, x)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read exceptions: %w", err)
	}
	return found, int(n), nil
}

// ExceptionGroup is how many open exceptions of one kind, stage, state and team there are.
type ExceptionGroup struct {
	Kind, Stage, State, Team string
	Count                    int
}

// OpenExceptions returns the open exceptions of the process in groups, the greatest
// first.
func OpenExceptions(ctx context.Context, conn driver.Conn, process string) ([]ExceptionGroup, error) {
	return list(ctx, conn, "groups of exceptions", func(rows driver.Rows, g *ExceptionGroup) error {
		var n uint64
		err := rows.Scan(&g.Kind, &g.Stage, &g.State, &g.Team, &n)
		g.Count = int(n)
		return err
	}, "SELECT toString(kind), toString(stage), toString(state), toString(owner_team), count() AS n FROM takt.exception_states"+
		" WHERE process = ? AND open GROUP BY kind, stage, state, owner_team ORDER BY n DESC, kind, stage, state, owner_team", process)
}
