package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// partition is the work on one partition. It outlives an assignment if the next
// one names it again and nobody else wrote in between.
type partition struct {
	p       *Pipeline
	n       int
	count   int // partitions of the topic
	reader  Reader
	tracker *tracker.Tracker
	decoder Decoder

	stored     int64 // next offset of the last acknowledged flush
	number     int64 // of the last acknowledged flush
	historyEnd int64
	leader     int32

	pending *pending
	flight  *flight // the flush under way, nil if there is none
	unsure  bool    // a flush may have been written or not: recover before going on

	end     int64         // of the log, as last seen
	read    int64         // next offset to read
	fetched order.Instant // when the log was last seen to its end
	append  order.Instant // latest of the applied records
	last    Mark          // last record taken
	replay  order.Instant // when the latest replayed event happened; unknown: the last record was none
	taken   time.Time     // when the last record was taken
	check   placement

	*decoded // the batch at hand; nil between batches
}

// decoded is what one batch decodes to. All partitions use a few in turn.
type decoded struct {
	events []order.Event
	spans  []span
}

// pending is what has been applied since the last cut.
type pending struct {
	flush  Flush
	since  time.Time     // when its first offset was taken; zero: none was
	soon   bool          // it tells what was restored: the first records after that make it due
	oldest order.Instant // append time of its first record
	bytes  int
	moved  moved
}

// span is the part of decoded.events that one record made.
type span struct {
	record   int
	from, to int
	invalid  *order.Invalid
}

// flight is a flush on its way.
type flight struct {
	p    *pending
	why  Reason
	done chan error
}

func newPartition(p *Pipeline, n, count int) *partition {
	t := &partition{
		p: p, n: n, count: count,
		decoder: p.cfg.NewDecoder(),
	}
	t.pending = t.newPending()
	return t
}

// newPending returns an empty flush of the partition.
func (t *partition) newPending() *pending {
	p := &pending{flush: Flush{
		Source: t.p.key.Source, Process: t.p.key.Process, Topic: t.p.key.Topic, Partition: t.n, Partitions: t.count, Epoch: t.p.key.Epoch,
		Latest: map[string]order.Instant{},
	}}
	p.flush.Events = t.p.sink.Events(&p.flush)
	return p
}

func (t *partition) close() {
	if t.reader != nil {
		// The reader's own error, if any, was or will be told by Next.
		_ = t.reader.Close()
	}
}

// run works until ctx ends. It returns an error only if no retry mends it.
func (t *partition) run(ctx context.Context, lease *lease) error {
	batches, failed := make(chan *Batch), make(chan error, 1)
	reading := make(chan struct{})
	reads, stop := context.WithCancel(ctx)
	go func() {
		defer close(reading)
		t.pull(reads, batches, failed)
	}()
	// ctx ends only after run has returned an error: reading has to be ended here.
	defer func() { stop(); <-reading }()

	tick := time.NewTicker(t.p.cfg.Every / 4)
	defer tick.Stop()
	for {
		in := batches
		if t.full() {
			in = nil // until the flush is on its way
		}
		var landed chan error
		if t.flight != nil {
			landed = t.flight.done
		}
		t.report()
		why, due := t.due()
		var slot chan struct{}
		if due && t.flight == nil {
			slot = t.p.slots
		}
		select {
		case <-slot:
			t.launch(ctx, lease, why)
		case b := <-in:
			err := t.take(ctx, b)
			b.Release()
			if err != nil {
				return t.stop(ctx, lease, err)
			}
		case err := <-landed:
			if err := t.landed(err, lease); err != nil {
				return t.stop(ctx, lease, err)
			}
		case err := <-failed:
			return t.stop(ctx, lease, err)
		case <-tick.C:
		case <-ctx.Done():
			return t.stop(ctx, lease, nil)
		}
	}
}

// pull hands the reader's batches over until ctx ends or the reader fails.
func (t *partition) pull(ctx context.Context, batches chan<- *Batch, failed chan<- error) {
	for {
		b, err := t.reader.Next(ctx)
		if err != nil {
			if ctx.Err() == nil {
				failed <- fmt.Errorf("read topic %q partition %d: %w", t.p.key.Topic, t.n, err)
			}
			return
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			b.Release() // resumes opens the reader anew, where it was taken to
			return
		}
	}
}

// stop waits for the flush under way, makes a last one if the partition is still
// owned, and returns cause, if it is one.
func (t *partition) stop(ctx context.Context, lease *lease, cause error) error {
	if t.flight != nil {
		t.settle(<-t.flight.done)
	}
	if cause == nil && !t.unsure && !lost(lease.assignment) && !t.pending.since.IsZero() {
		<-t.p.slots // whoever holds one ends within the grace
		if t.launch(ctx, lease, ByStop); t.flight != nil {
			t.settle(<-t.flight.done)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return cause
}

// settle takes the outcome of a flush when work ends anyway.
func (t *partition) settle(err error) {
	defer t.ended()
	if err != nil {
		t.unsure = true
		return
	}
	t.acknowledge()
}

// full reports whether the pending flush has reached its size.
func (t *partition) full() bool {
	return t.pending.flush.Events.Len()+len(t.pending.flush.Dead) >= t.p.cfg.Rows ||
		t.tracker.Touched() >= t.p.cfg.Rows || t.pending.bytes >= t.p.cfg.Bytes
}

// now is the instant deadlines are judged at: the wall clock, but only as far as
// the log is known to hold nothing older that has not been read. Behind its end it
// is the append time of the last record applied, so that neither an outage nor a
// recovery opens a breach that the log refutes.
//
// Replayed records were appended long after what they tell: there the events
// themselves are the clock, until live ones come or no more do.
func (t *partition) now() order.Instant {
	switch {
	case t.replaying():
		return t.replay
	case t.read >= t.end:
		return t.fetched
	default:
		return t.append
	}
}

// replaying reports whether the last record was a replayed one and more may come.
func (t *partition) replaying() bool {
	return t.replay.Known() && (t.read < t.end || t.p.cfg.Now().Sub(t.taken) < 2*t.p.cfg.Every)
}

// due tells whether a flush has to be made, and why.
func (t *partition) due() (Reason, bool) {
	switch {
	case t.full():
		return BySize, true
	case !t.pending.since.IsZero() && t.p.cfg.Now().Sub(t.pending.since) >= t.p.cfg.Every:
		return ByTime, true
	}
	if next, ok := t.tracker.Next(); ok && next <= t.now() {
		return ByTimer, true
	}
	return 0, false
}

// report tells how far behind the partition is.
func (t *partition) report() {
	var age time.Duration
	oldest := t.pending.oldest
	if t.flight != nil && t.flight.p.oldest.Known() {
		oldest = t.flight.p.oldest
	}
	lag := t.end - t.stored
	if lag > 0 && oldest.Known() {
		age = max(order.At(t.p.cfg.Now()).Sub(oldest), 0)
	}
	t.p.cfg.Observer.Lag(t.n, max(lag, 0), age)
	_, due := t.due()
	t.p.arrears.set(t.n, due || t.stored < t.end || t.flight != nil || !t.fetched.Known() || t.replaying())
}
