package console

import (
	"context"
	"sync"
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// memo keeps the answer of one query, so that any number of readers ask it once.
type memo[T any] struct {
	mu    sync.Mutex
	at    time.Time // zero: never asked
	value T
	err   error
}

// get returns an answer no older than ttl, or than Fresh if it is an error.
func (m *memo[T]) get(now func() time.Time, ttl time.Duration, read func() (T, error)) (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		ttl = Fresh
	}
	if age := now().Sub(m.at); m.at.IsZero() || age >= ttl || age < 0 {
		m.value, m.err = read()
		m.at = now()
	}
	return m.value, m.err
}

// readings are what is shown of one process.
type readings struct {
	console *console
	process *process.Process

	ranking memo[[]view.Standing]
	summary memo[view.Overview]
	load    memo[view.Load]
	late    memo[[]view.LateDay]
	steps   memo[view.Steps]
	delays  memo[view.Delays]
	sources memo[[]view.Freshness]
	groups  memo[[]view.ExceptionGroup]
	worst   memo[[]view.LateOrder]
}

// stepsFresh is how old the steps of a week may be: they take a while to read.
const stepsFresh = 10 * time.Minute

// read asks m, under the bound of a query. What one reader has begun serves the others
// too, so that it goes on when that one leaves.
func read[T any](ctx context.Context, r *readings, m *memo[T], ttl time.Duration, what string, ask func(context.Context, time.Time) (T, error)) (T, error) {
	h := r.console
	return m.get(h.Now, ttl, func() (T, error) {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.Within)
		defer cancel()
		v, err := ask(bound, h.Now())
		if err != nil {
			h.Logger.Warn("panel of the console cannot be read", "panel", what, "process", r.process.Name, "err", err)
		}
		return v, err
	})
}
