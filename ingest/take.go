package ingest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// take decodes a batch, resolves its orders and applies its records.
func (t *partition) take(ctx context.Context, b *Batch) error {
	t.end, t.fetched = b.End, b.Fetched
	if !t.fetched.Known() {
		t.fetched = order.At(t.p.cfg.Now())
	}
	if b.First > t.read && len(b.Records) > 0 || b.Next < t.read {
		return &Halt{
			Message: fmt.Sprintf("topic %q partition %d was read at %d, but offset %d comes next", t.p.key.Topic, t.n, b.First, t.read),
			Hint:    "this is a defect of the reader: restart, and report it",
		}
	}
	if b.Next == t.read {
		return nil
	}
	p := t.pending
	if p.since.IsZero() {
		p.since = t.p.cfg.Now()
	}
	t.decoded = t.p.decoded.Get().(*decoded)
	defer func() {
		t.p.decoded.Put(t.decoded)
		t.decoded = nil
	}()
	t.decoder.Turn() // what the batch before left is in rows and in the tracker
	t.decode(b)
	if err := t.resolve(ctx); err != nil {
		return fmt.Errorf("load orders of topic %q partition %d: %w", t.p.key.Topic, t.n, err)
	}
	for _, s := range t.spans {
		t.apply(&b.Records[s.record], s)
	}
	if len(b.Records) > 0 {
		t.taken = t.p.cfg.Now()
		last := &b.Records[len(b.Records)-1]
		t.last = Mark{last.Offset, last.Append}
		t.append = max(t.append, b.Records[len(b.Records)-1].Append)
		if p.soon {
			p.since = p.since.Add(-t.p.cfg.Every)
		}
	}
	t.read = b.Next
	return t.check.err(t)
}

// decode fills t.events and t.spans from the batch. A record with any bad part is
// dead whole.
func (t *partition) decode(b *Batch) {
	t.events, t.spans = t.events[:0], t.spans[:0]
	for i := range b.Records {
		r := &b.Records[i]
		s := span{record: i, from: len(t.events)}
		if r.Value != nil {
			t.events, s.invalid = t.decoder.Decode(t.events, r.Value, r.Append)
			s.to = len(t.events)
			if s.invalid == nil {
				s.invalid = t.mergeable(t.events[s.from:s.to])
			}
			if s.invalid == nil {
				s.invalid = t.place(t.events[s.from:s.to])
			}
			if s.invalid != nil {
				t.events = t.events[:s.from]
			}
		}
		s.to = len(t.events)
		t.spans = append(t.spans, s)
	}
	t.pending.flush.unknown(t.decoder)
}

// resolve restores the orders of the batch that are neither in memory nor
// certainly new, by one query.
func (t *partition) resolve(ctx context.Context) error {
	var ask []string
	events := t.events
	for i := range events {
		if i > 0 && events[i].OrderID == events[i-1].OrderID || events[i].Activity == order.Counted {
			continue
		}
		if t.tracker.Locate(events[i].OrderID) == tracker.Stored {
			ask = append(ask, events[i].OrderID)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	slices.Sort(ask)
	return t.p.store.Orders(ctx, t.p.key, t.n, slices.Compact(ask), func(state []byte) error {
		return t.tracker.Restore(state, false)
	})
}

// apply gives one record to the tracker and to the pending flush.
func (t *partition) apply(r *Record, s span) {
	p := t.pending
	f := &p.flush
	f.Counts.Records++
	if !p.oldest.Known() {
		p.oldest = r.Append
	}
	switch {
	case s.invalid != nil:
		f.Counts.Dead++
		letter := deadLetter(r, s.invalid, t.decoder)
		p.bytes += letter.size()
		f.Dead = append(f.Dead, letter)
		return
	case r.Value == nil:
		f.Counts.Tombstone++
		return
	case s.from == s.to:
		f.Counts.Ignored++
		return
	}
	live := !r.History && r.Offset >= t.historyEnd
	if !r.History {
		t.replay = 0
	}
	stored := false
	for i := s.from; i < s.to; i++ {
		e := &t.events[i]
		e.Process = t.p.key.Process
		if r.History {
			t.replay = max(t.replay, e.OccurredAt)
		}
		if e.Activity == order.Counted { // about no order: repeats are one row by their identity
			stored = true
			f.Counts.Events++
			f.Events.Add(e, r.Offset, live)
			continue
		}
		if !t.tracker.Apply(e, r.Offset, live) {
			continue
		}
		stored = true
		f.Counts.Events++
		f.Events.Add(e, r.Offset, live)
		t.latest(f, e)
		if into := t.tracker.MergedInto(); into != "" {
			t.move(p, e, into, live)
		}
	}
	if !stored {
		f.Counts.Duplicate++
		return
	}
	p.bytes += len(r.Value)
	f.Counts.Stored++
	if !live {
		f.Counts.History++
	}
}

// deadLetter returns the record as one that could not be taken, personal fields masked.
func deadLetter(r *Record, why *order.Invalid, d Decoder) DeadLetter {
	return DeadLetter{
		Offset: r.Offset, Append: r.Append, Reason: why.Reason, Field: why.Field,
		Key: bytes.Clone(r.Key), Value: bytes.Clone(d.Mask(r.Value)),
	}
}

// latest notes when the last event of e's channel happened.
func (t *partition) latest(f *Flush, e *order.Event) {
	at, known := f.Latest[e.Channel]
	switch {
	case !known:
		f.Latest[strings.Clone(e.Channel)] = e.OccurredAt
	case e.OccurredAt > at:
		f.Latest[e.Channel] = e.OccurredAt
	}
}

// placement checks that orders lie where the partitioner puts them.
type placement struct{ seen, wrong int }

const (
	placementSample = 1000
	placementWrong  = 10 // so many of the sample, and one in ten, are no accident
)

// place refuses the events of an order that belongs to another partition: read
// here, it would be a second order of the same number.
func (t *partition) place(events []order.Event) *order.Invalid {
	for i := range events {
		if i > 0 && events[i].OrderID == events[i-1].OrderID {
			continue
		}
		wrong := t.p.cfg.Partition(events[i].OrderID, t.count) != t.n
		if t.check.seen < placementSample {
			t.check.seen++
			if wrong {
				t.check.wrong++
			}
		}
		if wrong {
			return &order.Invalid{Reason: order.WrongPartition, Field: "order_id"}
		}
	}
	return nil
}

// err stops the pipeline if the topic is not keyed by order number at all.
func (c *placement) err(t *partition) error {
	if c.wrong < placementWrong || c.wrong*10 < c.seen {
		return nil
	}
	return &Halt{
		Message: fmt.Sprintf("%d of the first %d orders of topic %q partition %d belong to another partition", c.wrong, c.seen, t.p.key.Topic, t.n),
		Hint: "the topic is not keyed by order number, or the source's `partitioner` is not the producer's: " +
			"set `partitioner`, or send the topic through a canonical topic keyed by order number",
	}
}
