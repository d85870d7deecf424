package ingest

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/metrics/tracker"
)

// load restores the orders of those partitions that have progress.
func (p *Pipeline) load(ctx context.Context, fresh []*partition, progress map[int]Progress) error {
	finished, restorers := map[int]int64{}, map[int]*restorer{}
	each, within := errgroup.WithContext(ctx)
	for _, t := range fresh {
		if last, ok := progress[t.n]; ok {
			finished[t.n], restorers[t.n] = last.Number, newRestorer(within, t.tracker)
		}
	}
	if len(finished) == 0 {
		return nil
	}
	err := p.store.ClosedOrders(ctx, p.key, finished, func(n int, hash uint64) { restorers[n].tracker.RestoreClosed(hash) })
	if err != nil {
		return fmt.Errorf("load closed orders: %w", err)
	}
	for _, r := range restorers {
		each.Go(r.run)
	}
	err = p.store.OpenOrders(within, p.key, finished, func(n int, state []byte, unfinished bool) error {
		return restorers[n].add(state, unfinished)
	})
	for _, r := range restorers {
		r.close(err == nil)
	}
	// The error of a restorer is the cause; reading the store ended for it.
	if failed := each.Wait(); failed != nil {
		err = failed
	}
	if err != nil {
		return fmt.Errorf("load open orders: %w", err)
	}
	// What was restored shows in the gauges, and what an unfinished flush left undone
	// is written, with the next flush: make it soon, with what has been read by then.
	for _, t := range fresh {
		if _, ok := progress[t.n]; ok {
			t.pending.since, t.pending.soon = p.cfg.Now().Add(-p.cfg.Every*3/4), true
		}
	}
	return nil
}

// restorer gives states to one tracker on a goroutine of its own: the store
// sends those of all partitions in one stream, and restoring costs more than
// reading. Two batches go round, so that its memory is bounded.
type restorer struct {
	ctx     context.Context // of one load
	tracker *tracker.Tracker
	filling *states
	full    chan *states
	empty   chan *states
}

// states are some orders' states, one after the other.
type states struct {
	bytes      []byte
	ends       []int
	unfinished []bool
}

const statesBytes = 128 << 10

func newRestorer(ctx context.Context, t *tracker.Tracker) *restorer {
	r := &restorer{ctx: ctx, tracker: t, filling: &states{}, full: make(chan *states), empty: make(chan *states, 1)}
	r.empty <- &states{}
	return r
}

// add takes a state; the caller may use its bytes again.
func (r *restorer) add(state []byte, unfinished bool) error {
	s := r.filling
	s.bytes = append(s.bytes, state...)
	s.ends, s.unfinished = append(s.ends, len(s.bytes)), append(s.unfinished, unfinished)
	if len(s.bytes) < statesBytes {
		return nil
	}
	return r.pass()
}

// pass gives the batch at hand to run, and takes the one run is done with.
func (r *restorer) pass() error {
	select {
	case r.full <- r.filling:
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
	select {
	case r.filling = <-r.empty:
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}

// close ends run, after what was added if all of it was.
func (r *restorer) close(whole bool) {
	if whole {
		_ = r.pass() // its error is that of another, which the group tells
	}
	close(r.full)
}

func (r *restorer) run() error {
	for s := range r.full {
		at := 0
		for i, end := range s.ends {
			if err := r.tracker.Restore(s.bytes[at:end], s.unfinished[i]); err != nil {
				return err
			}
			at = end
		}
		s.bytes, s.ends, s.unfinished = s.bytes[:0], s.ends[:0], s.unfinished[:0]
		r.empty <- s
	}
	return nil
}
