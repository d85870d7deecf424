package view

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// OrderStory is everything stored about one order of one process.
type OrderStory struct {
	Process      string           `json:"process"`
	OrderID      string           `json:"order_id"`
	Status       string           `json:"status"`
	OpenedAt     *time.Time       `json:"opened_at"`
	ClosedAt     *time.Time       `json:"closed_at"`
	PromiseDueAt *time.Time       `json:"promise_due_at"`
	PromiseKept  *bool            `json:"promise_kept"`
	Visits       []OrderVisit     `json:"visits"`
	Events       []OrderEvent     `json:"events"`
	Exceptions   []OrderException `json:"exceptions"`
	Promises     []OrderPromise   `json:"promises"`
}

// OrderVisit is one stay in a stage; what is nil has not happened or is unknown.
type OrderVisit struct {
	Stage        string     `json:"stage"`
	Unit         string     `json:"unit"`
	EnteredAt    *time.Time `json:"entered_at"`
	LeftAt       *time.Time `json:"left_at"`
	DueAt        *time.Time `json:"due_at"`
	WallSeconds  *float64   `json:"wall_seconds"`
	LimitSeconds *float64   `json:"limit_seconds"`
	Breached     *bool      `json:"breached"`
	Outcome      string     `json:"outcome"`
	Owner        string     `json:"owner"`
	OwnerTeam    string     `json:"owner_team"`
}

// OrderEvent is one thing that happened to the order.
type OrderEvent struct {
	OccurredAt *time.Time `json:"occurred_at"`
	Activity   string     `json:"activity"`
	Unit       string     `json:"unit"`
	Actor      string     `json:"actor"`
	Source     string     `json:"source"`
}

// OrderException is one exception of the order that was not withdrawn.
type OrderException struct {
	Kind       string     `json:"kind"`
	Severity   string     `json:"severity"`
	Stage      string     `json:"stage"`
	OpenedAt   *time.Time `json:"opened_at"`
	ResolvedAt *time.Time `json:"resolved_at"`
	Owner      string     `json:"owner"`
	OwnerTeam  string     `json:"owner_team"`
	Cause      string     `json:"cause"`
	CauseTeam  string     `json:"cause_team"`
}

// OrderPromise is one promise of the order.
type OrderPromise struct {
	Kind    string     `json:"kind"`
	GivenAt *time.Time `json:"given_at"`
	DueAt   *time.Time `json:"due_at"`
}

// Order tells the story of the order in every process that knows it, in the order
// of time; one asked for by a former number is told under the one it goes on under.
// It is empty if none does.
func Order(ctx context.Context, conn driver.Conn, id string) ([]OrderStory, error) {
	const columns = "toNullable(opened_at), closed_at, promise_due_at"
	numbers, err := numbersOf(ctx, conn, id)
	if err != nil {
		return nil, fmt.Errorf("read numbers of order: %w", err)
	}
	rows, err := conn.Query(ctx, "SELECT process, order_id, status, "+columns+", promise_kept FROM takt.orders WHERE order_id IN ? ORDER BY process", numbers)
	if err != nil {
		return nil, fmt.Errorf("read order: %w", err)
	}
	var stories []OrderStory
	err = scan(rows, func() error {
		stories = append(stories, OrderStory{})
		last := &stories[len(stories)-1]
		return rows.Scan(&last.Process, &last.OrderID, &last.Status, &last.OpenedAt, &last.ClosedAt, &last.PromiseDueAt, &last.PromiseKept)
	})
	for i := range stories {
		if err == nil {
			err = stories[i].read(ctx, conn)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read order: %w", err)
	}
	return stories, nil
}

// mergesMost is how many merges a number is followed over: events are moved no further.
const mergesMost = 8

// numbersOf returns the number asked for and those it leads to, from one merge to the
// next.
func numbersOf(ctx context.Context, conn driver.Conn, id string) ([]string, error) {
	numbers := []string{id}
	for from, hops := 0, 0; from < len(numbers) && hops < mergesMost; hops++ {
		rows, err := conn.Query(ctx, "SELECT order_id FROM takt.order_numbers WHERE number IN ?", numbers[from:])
		if err != nil {
			return nil, err
		}
		from = len(numbers)
		err = scan(rows, func() error {
			var into string
			err := rows.Scan(&into)
			if !slices.Contains(numbers, into) {
				numbers = append(numbers, into)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

func (s *OrderStory) read(ctx context.Context, conn driver.Conn) error {
	rows, err := conn.Query(ctx, "SELECT stage, unit, toNullable(entered_at), left_at, due_at, wall_seconds, limit_seconds, breached, outcome, owner, owner_team"+
		" FROM takt.visits WHERE process = ? AND order_id = ? ORDER BY entered_at, left_at, stage, unit", s.Process, s.OrderID)
	if err != nil {
		return err
	}
	err = scan(rows, func() error {
		var v OrderVisit
		err := rows.Scan(&v.Stage, &v.Unit, &v.EnteredAt, &v.LeftAt, &v.DueAt, &v.WallSeconds, &v.LimitSeconds, &v.Breached, &v.Outcome, &v.Owner, &v.OwnerTeam)
		s.Visits = append(s.Visits, v)
		return err
	})
	if err != nil {
		return err
	}
	rows, err = conn.Query(ctx, "SELECT toNullable(occurred_at), activity, unit, actor, source FROM takt.events"+
		" WHERE process = ? AND order_id = ? ORDER BY occurred_at, event_id", s.Process, s.OrderID)
	if err != nil {
		return err
	}
	err = scan(rows, func() error {
		var e OrderEvent
		err := rows.Scan(&e.OccurredAt, &e.Activity, &e.Unit, &e.Actor, &e.Source)
		s.Events = append(s.Events, e)
		return err
	})
	if err != nil {
		return err
	}
	rows, err = conn.Query(ctx, "SELECT kind, severity, stage, toNullable(opened_at), resolved_at, owner, owner_team, cause, cause_team FROM takt.exceptions"+
		" WHERE process = ? AND order_id = ? AND state != 'withdrawn' ORDER BY opened_at, kind", s.Process, s.OrderID)
	if err != nil {
		return err
	}
	err = scan(rows, func() error {
		var x OrderException
		err := rows.Scan(&x.Kind, &x.Severity, &x.Stage, &x.OpenedAt, &x.ResolvedAt, &x.Owner, &x.OwnerTeam, &x.Cause, &x.CauseTeam)
		s.Exceptions = append(s.Exceptions, x)
		return err
	})
	if err != nil {
		return err
	}
	rows, err = conn.Query(ctx, "SELECT toString(kind), toNullable(given_at), due_at FROM takt.promises WHERE process = ? AND order_id = ? ORDER BY given_at, kind",
		s.Process, s.OrderID)
	if err != nil {
		return err
	}
	return scan(rows, func() error {
		var p OrderPromise
		err := rows.Scan(&p.Kind, &p.GivenAt, &p.DueAt)
		s.Promises = append(s.Promises, p)
		return err
	})
}

// scan calls row for each row and closes rows.
func scan(rows driver.Rows, row func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := row(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// list returns what the rows of a query are: read fills one of them. What is asked for
// names it in errors.
func list[T any](ctx context.Context, conn driver.Conn, what string, read func(driver.Rows, *T) error, query string, args ...any) ([]T, error) {
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", what, err)
	}
	var all []T
	err = scan(rows, func() error {
		var one T
		err := read(rows, &one)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return all, nil
}
