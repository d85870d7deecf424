package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// launch cuts the tracker and sends the pending flush on its way. The caller has
// taken a slot, which is given back when the flush has been settled.
func (t *partition) launch(ctx context.Context, lease *lease, why Reason) {
	p := t.pending
	t.tracker.Advance(t.now(), t.read >= t.historyEnd)
	t.tracker.SetRests(t.p.cfg.Rests())
	f := &p.flush
	f.Number = t.number + 1
	f.Rows = t.p.sink.Rows(f)
	f.Effects = t.tracker.Cut(f.Rows)
	if f.Counts.Records == 0 && f.Effects.Orders == 0 && len(f.Effects.Deltas) == 0 && t.read == t.stored {
		t.tracker.Release(f.Effects) // stale timers: nothing changed
		t.p.sink.Release(f)
		t.pending = t.newPending()
		t.p.slots <- struct{}{}
		return
	}
	f.First, f.Next, f.HistoryEnd, f.Leader, f.Last = t.stored, t.read, t.historyEnd, t.leader, t.last
	f.WrittenAt = order.At(t.p.cfg.Now())
	f.Before = t.moving(p)
	t.pending = t.newPending()
	t.flight = &flight{p: p, why: why, done: make(chan error, 1)}
	go func(flight *flight) {
		ctx, cancel := outlive(ctx, t.p.cfg.Session/3)
		defer cancel()
		err := t.write(ctx, lease, f)
		flight.done <- err
	}(t.flight)
}

// outlive returns a context that ends so long after ctx: a flush on its way when
// the program stops is better finished than done again.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() { stop(); cancel() }
}

// write writes f, renewing the lease for as long as the member owns the partition.
func (t *partition) write(ctx context.Context, lease *lease, f *Flush) error {
	if t.p.cfg.DeadLetters != nil && len(f.Dead) > 0 {
		if err := t.p.cfg.DeadLetters(ctx, f.Dead); err != nil {
			return fmt.Errorf("copy dead letters of topic %q: %w", f.Topic, err)
		}
	}
	for {
		held, cancel, err := lease.hold(ctx)
		if err == nil {
			err = t.p.sink.Write(held, f)
			ended := held.Err()
			cancel()
			if err == nil || ctx.Err() != nil || ended == nil {
				return err
			}
			t.p.cfg.Logger.Warn("flush not acknowledged in time, asking for the lease again",
				"topic", f.Topic, "partition", f.Partition, "first", f.First, "next", f.Next, "err", err)
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		t.p.cfg.Logger.Warn("lease not renewed", "topic", f.Topic, "partition", f.Partition, "err", err)
		select {
		case <-time.After(t.p.cfg.Session / 10):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// landed takes the outcome of the flush under way.
func (t *partition) landed(err error, lease *lease) error {
	defer t.ended()
	if err != nil {
		t.unsure = true
		return fmt.Errorf("write topic %q partition %d: %w", t.p.key.Topic, t.n, err)
	}
	t.acknowledge()
	lease.acknowledged(t.n, t.stored)
	return nil
}

// acknowledge takes note that the flush under way is durable.
func (t *partition) acknowledge() {
	p := t.flight.p
	t.stored, t.number = p.flush.Next, p.flush.Number
	t.p.cfg.Observer.Flushed(&p.flush, t.flight.why)
	t.tracker.Release(p.flush.Effects)
	t.p.sink.Release(&p.flush)
}

// ended gives the slot of the flush under way back, now that its memory is free.
func (t *partition) ended() {
	t.flight = nil
	t.p.slots <- struct{}{}
}
