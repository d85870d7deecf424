// Package feed takes changes of exceptions from a topic, at least once: identity
// collapses what comes twice.
//
// A record is JSON, as the HTTP API takes it, with the exception it is about:
// {"exception": "123", "step": "acknowledge", "author": "li"}. Without an identity
// of its own ("change") its place in the topic is that. Reading goes on where the
// store's last change of the partition stood. A record that is none, or that names
// no stored exception, is logged and passed over; one that lost or may not follow
// is kept as refused; while the store is away the feed waits.
package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/ingest"
)

// Store is the ledger's, and tells how far a topic was read.
type Store interface {
	exception.Store
	// Next returns by partition the offset after the last change from the topic.
	Next(ctx context.Context, topic string) (map[int]int64, error)
}

// Config is what a Feed needs.
type Config struct {
	Topic  string
	Source ingest.Source // of Topic
	Store  Store
	Logger *slog.Logger
	Pause  time.Duration // between two attempts; default 2 s
}

// Feed reads one topic.
type Feed struct {
	Config
	ledger *exception.Ledger
}

// New returns a Feed.
func New(c Config) *Feed {
	if c.Pause == 0 {
		c.Pause = 2 * time.Second
	}
	return &Feed{c, exception.NewLedger(c.Store)}
}

// Run reads until ctx ends. What fails is logged and tried again.
func (f *Feed) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := f.work(ctx); err != nil && ctx.Err() == nil {
			f.Logger.Error("changes of exceptions cannot be read, it is tried again", "topic", f.Topic, "err", err)
			f.wait(ctx)
		}
	}
}

// wait pauses before the next attempt.
func (f *Feed) wait(ctx context.Context) {
	t := time.NewTimer(f.Pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// work reads the partitions of one assignment until it is lost.
func (f *Feed) work(ctx context.Context) error {
	a, err := f.Source.Join(ctx)
	if err != nil {
		return err
	}
	defer a.Done()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next, err := f.Store.Next(ctx, f.Topic)
	if err != nil {
		return err
	}
	ranges, err := f.Source.Ranges(ctx)
	if err != nil {
		return err
	}
	var readers sync.WaitGroup
	errs := make(chan error, len(ranges))
	for _, p := range a.Partitions() {
		if p >= len(ranges) {
			continue // new; the assignment will be lost for it
		}
		from := max(next[p], ranges[p].Begin)
		if from > ranges[p].End {
			from = ranges[p].Begin // the topic was made anew
		}
		readers.Go(func() {
			if err := f.read(ctx, a, p, from); err != nil {
				errs <- err
				stop()
			}
		})
	}
	select {
	case <-a.Lost():
	case <-ctx.Done():
	}
	stop()
	readers.Wait()
	close(errs)
	return <-errs
}

// read records the changes of one partition.
func (f *Feed) read(ctx context.Context, a ingest.Assignment, partition int, from int64) (err error) {
	r, err := f.Source.Open(partition, from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for ctx.Err() == nil {
		b, err := r.Next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		for i := range b.Records {
			f.take(ctx, partition, &b.Records[i])
		}
		b.Release()
		if len(b.Records) > 0 && ctx.Err() == nil {
			// For whoever watches the lag; where reading begins is the store's to say.
			if err := a.Commit(ctx, map[int]int64{partition: b.Next}); err != nil && ctx.Err() == nil {
				return fmt.Errorf("commit offsets: %w", err)
			}
		}
	}
	return nil
}

// take records one change; it returns when it is recorded, refused or no change.
func (f *Feed) take(ctx context.Context, partition int, r *ingest.Record) {
	if r.Value == nil {
		return
	}
	place := exception.Place{Topic: f.Topic, Partition: partition, Offset: r.Offset}
	log := f.Logger.With("topic", f.Topic, "partition", partition, "offset", r.Offset)
	c, err := parse(r.Value, place, r.Append.Time())
	if err != nil {
		log.Warn("record is no change of an exception", "err", err)
		return
	}
	for ctx.Err() == nil {
		_, err := f.ledger.Record(ctx, c)
		var conflict *exception.Conflict
		var notAllowed *exception.NotAllowed
		var invalid *exception.Invalid
		switch {
		case err == nil:
			return
		case errors.As(err, &conflict), errors.As(err, &notAllowed), errors.As(err, &invalid), errors.Is(err, exception.ErrUnknown):
			log.Warn("change is refused", "err", err)
			return
		case ctx.Err() == nil:
			log.Error("change cannot be stored, it is tried again", "err", err)
			f.wait(ctx)
		}
	}
}
