package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// follow serves one assignment of the source after another, until ctx ends, which is
// no error, serve is done with all there is to do, or something fails that no retry
// mends.
func follow(ctx context.Context, source Source, topic string, serve func(ctx context.Context, a Assignment) (done bool, err error)) error {
	for {
		a, err := source.Join(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("join topic %q: %w", topic, err)
		}
		done, err := serve(ctx, a)
		a.Done()
		if err != nil || done || ctx.Err() != nil {
			return err
		}
	}
}

// arrears are the partitions of an assignment that have work left.
type arrears struct {
	mu     sync.Mutex
	behind map[int]bool
	none   chan struct{} // told that nothing is left
}

func newArrears() *arrears { return &arrears{behind: map[int]bool{}, none: make(chan struct{}, 1)} }

// begin takes all partitions of an assignment for behind, whatever was told before.
func (l *arrears) begin(partitions []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.none:
	default:
	}
	clear(l.behind)
	for _, n := range partitions {
		l.behind[n] = true
	}
}

// set records whether a partition has work left.
func (l *arrears) set(n int, behind bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if behind {
		l.behind[n] = true
		return
	}
	delete(l.behind, n)
	if len(l.behind) == 0 {
		select {
		case l.none <- struct{}{}:
		default:
		}
	}
}

// each works on every partition of an assignment at once, until one fails, the
// assignment is lost or ctx ends; and, if that is all to do, until nothing is left:
// then done is true.
func (l *arrears) each(ctx context.Context, a Assignment, untilNone bool, work func(ctx context.Context, partition int) error) (done bool, err error) {
	run, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, n := range a.Partitions() {
		wg.Go(func() {
			if err := work(run, n); err != nil {
				cancel(err)
			}
		})
	}
	var none chan struct{}
	if untilNone && len(a.Partitions()) > 0 {
		none = l.none
	}
	select {
	case <-run.Done():
	case <-a.Lost():
	case <-none:
		done = true
	}
	cancel(nil)
	wg.Wait()
	if cause := context.Cause(run); ctx.Err() == nil && !lost(a) && !errors.Is(cause, context.Canceled) {
		return false, cause
	}
	return done, nil
}

func lost(a Assignment) bool {
	select {
	case <-a.Lost():
		return true
	default:
		return false
	}
}
