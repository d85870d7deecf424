package ingest

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// lease bounds how long a member may write after it last knew that it owns its
// partitions: a commit is fenced by the group's generation, so its success proves
// ownership at the moment it was sent, and the group gives the partitions to
// nobody else before the session has run out.
type lease struct {
	assignment Assignment
	session    time.Duration
	now        func() time.Time

	mu     sync.Mutex
	since  time.Time // when the last fenced call was sent
	stored map[int]int64
}

// margin is kept free at the session's end for clocks and answers on their way.
const margin = time.Second

func newLease(a Assignment, session time.Duration, now func() time.Time) *lease {
	return &lease{assignment: a, session: session, now: now, stored: map[int]int64{}}
}

// hold returns a context that ends when the member may no longer write. If the
// last fenced call is older than a third of the session, it makes one.
func (l *lease) hold(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if l.assignment.Generation() == 0 { // static: nobody else is given the partitions
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if sent := l.now(); sent.Sub(l.since) > l.session/3 {
		if err := l.commit(ctx); err != nil {
			return nil, nil, err
		}
		l.since = sent
	}
	ctx, cancel := bound(ctx, l.since.Add(l.session-margin), l.now)
	return ctx, cancel, nil
}

// bound returns a context that ends at until by the clock now.
func bound(ctx context.Context, until time.Time, now func() time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithDeadline(ctx, until)
	return &bounded{ctx, cancel, until, now}, cancel
}

// bounded is a context that asks the clock before it says that it has not ended.
// A timer does not do: in a process that was stopped past the deadline and goes
// on, code may run, and send, before the timers do.
type bounded struct {
	context.Context
	cancel context.CancelFunc
	until  time.Time
	now    func() time.Time
}

// Done is context.Context's; contexts derived from this one ask it too.
func (b *bounded) Done() <-chan struct{} {
	if !b.now().Before(b.until) {
		b.cancel()
	}
	return b.Context.Done()
}

// Err is context.Context's.
func (b *bounded) Err() error {
	b.Done()
	return b.Context.Err()
}

// commit stores the acknowledged offsets with the group.
func (l *lease) commit(ctx context.Context) error {
	next := make(map[int]int64, len(l.stored))
	for n, o := range l.stored {
		next[n] = o
	}
	if err := l.assignment.Commit(ctx, next); err != nil {
		return fmt.Errorf("commit offsets: %w", err)
	}
	return nil
}

// acknowledged notes the next offset of a partition, for the next commit.
func (l *lease) acknowledged(partition int, next int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[partition] = next
}

// close commits what is left, if the assignment still stands. An error means the
// offsets of the last seconds are not with the group; progress is the truth.
func (l *lease) close(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.stored) == 0 || lost(l.assignment) {
		return nil
	}
	return l.commit(ctx)
}
