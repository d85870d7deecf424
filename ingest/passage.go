package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// passage is a Relay's work on one partition, from one Begin to the next.
type passage struct {
	r         *Relay
	n         int
	tx        Transaction
	committed int64 // records below have been passed on
	decoder   Decoder

	partitions int
	leader     int32
	historyEnd int64
	stored     int64 // next offset of the last progress
	number     int64 // of the last progress
	read       int64 // next offset to read
	end        int64 // of the log, as last seen
	last       Mark

	f      *Flush        // what became of the records since
	out    []Record      // of them, to be passed on
	text   []byte        // keys and values of out
	dead   int           // bytes of dead letters
	since  time.Time     // when the first of its offsets was taken; zero: none was
	oldest order.Instant // append time of its first record
	events []order.Event // scratch of one record
}

// seek sets the passage to where its progress says it is. The first one begins with
// the log, and fixes what is history.
func (p *passage) seek(ctx context.Context) error {
	r := p.r
	ranges, err := r.source.Ranges(ctx)
	if err != nil {
		return fmt.Errorf("read offsets: %w", err)
	}
	log := ranges[p.n]
	p.partitions, p.leader, p.end = len(ranges), log.LeaderEpoch, log.End
	progress, err := r.store.Progress(ctx, r.key, []int{p.n})
	if err != nil {
		return fmt.Errorf("read progress: %w", err)
	}
	if last, ok := progress[p.n]; ok {
		p.stored, p.number, p.historyEnd, p.last, p.read = last.Next, last.Number, last.HistoryEnd, last.Last, last.Next
		p.reset()
		return continues(ctx, r.source, r.cfg.Topic, last, log)
	}
	p.stored, p.historyEnd, p.read = log.Begin, log.End, log.Begin
	p.reset()
	return p.finish(ctx, ByTime)
}

// reset begins an empty flush.
func (p *passage) reset() {
	k := &p.r.key
	p.f = &Flush{
		Source: k.Source, Process: k.Process, Topic: k.Topic, Epoch: k.Epoch, Partition: p.n, Partitions: p.partitions,
		Effects: &tracker.Effects{},
	}
	p.f.Events = p.r.sink.Events(p.f)
	p.out, p.text, p.dead, p.since, p.oldest = p.out[:0], p.text[:0], 0, time.Time{}, 0
}

// run passes on what the reader gives, until ctx ends.
func (p *passage) run(ctx context.Context, reader Reader) error {
	for {
		p.report()
		b, err := reader.Next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("read: %w", err)
		}
		p.take(b)
		b.Release()
		why := ByTime
		if p.full() {
			why = BySize
		}
		if why == BySize || !p.since.IsZero() && p.r.cfg.Now().Sub(p.since) >= p.r.cfg.Every {
			if err := p.finish(ctx, why); err != nil {
				return err
			}
		}
	}
}

// full reports whether the transaction has reached its size.
func (p *passage) full() bool {
	return len(p.out)+len(p.f.Dead) >= p.r.cfg.Rows || len(p.text)+p.dead >= p.r.cfg.Bytes
}

// take decodes a batch. A record with any bad part is dead whole.
func (p *passage) take(b *Batch) {
	p.end = b.End
	if b.Next == p.read {
		return
	}
	if p.since.IsZero() {
		p.since = p.r.cfg.Now()
	}
	for i := range b.Records {
		p.record(&b.Records[i])
	}
	p.f.unknown(p.decoder)
	p.read = b.Next
}

func (p *passage) record(r *Record) {
	c := &p.f.Counts
	c.Records++
	if !p.oldest.Known() {
		p.oldest = r.Append
	}
	p.last = Mark{r.Offset, r.Append}
	if r.Value == nil {
		c.Tombstone++
		return
	}
	p.decoder.Turn()
	events, invalid := p.decoder.Decode(p.events[:0], r.Value, r.Append)
	p.events = events[:0]
	switch {
	case invalid != nil:
		c.Dead++
		letter := deadLetter(r, invalid, p.decoder)
		p.dead += letter.size()
		p.f.Dead = append(p.f.Dead, letter)
		return
	case len(events) == 0:
		c.Ignored++
		return
	}
	history := r.History || r.Offset < p.historyEnd
	c.Stored++
	c.Events += int64(len(events))
	if history {
		c.History++
	}
	if r.Offset < p.committed {
		return // what died after its transaction is counted only now
	}
	for i := range events {
		e := &events[i]
		// Grown, the buffer leaves what was written before in its old memory.
		from := len(p.text)
		p.text = append(p.text, e.OrderID...)
		key := len(p.text)
		p.text = e.AppendIdentified(p.text)
		// The record's time stays: it is when the log took the event.
		p.out = append(p.out, Record{Append: r.Append, Key: p.text[from:key:key], Value: p.text[key:len(p.text):len(p.text)], History: history})
	}
}

// finish commits what has been taken and writes what became of it.
func (p *passage) finish(ctx context.Context, why Reason) error {
	r, f := p.r, p.f
	if r.cfg.DeadLetters != nil && len(f.Dead) > 0 {
		if err := r.cfg.DeadLetters(ctx, f.Dead); err != nil {
			return &passing{fmt.Errorf("copy dead letters: %w", err)}
		}
	}
	ctx, cancel := outlive(ctx, r.cfg.Session/3)
	defer cancel()
	sent := r.cfg.Now()
	next := max(p.read, p.committed)
	if err := p.tx.Commit(ctx, p.out, next); err != nil {
		if final := (*Halt)(nil); errors.As(err, &final) {
			return err
		}
		return &passing{err}
	}
	p.committed = next
	// The commit was fenced: until a session after it nobody else is given the partition.
	within, end := bound(ctx, sent.Add(r.cfg.Session-margin), r.cfg.Now)
	defer end()
	f.Number, f.First, f.Next, f.HistoryEnd, f.Leader, f.Last = p.number+1, p.stored, p.read, p.historyEnd, p.leader, p.last
	f.WrittenAt = order.At(r.cfg.Now())
	if err := r.sink.Write(within, f); err != nil {
		if within.Err() != nil {
			return &passing{fmt.Errorf("write progress: %w", err)}
		}
		return fmt.Errorf("write progress: %w", errors.Join(err, ctx.Err()))
	}
	r.cfg.Observer.Flushed(f, why)
	p.stored, p.number = f.Next, f.Number
	r.sink.Release(f)
	p.reset()
	return nil
}

// report tells how far behind the partition is.
func (p *passage) report() {
	var age time.Duration
	if p.oldest.Known() {
		age = max(order.At(p.r.cfg.Now()).Sub(p.oldest), 0)
	}
	p.r.cfg.Observer.Lag(p.n, max(p.end-p.stored, 0), age)
	p.r.arrears.set(p.n, p.stored < p.end)
}
