package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/metrics/process"
)

// eventsOnly is Takt's own source, decoder and writer without tracker: the whole
// table takt_store.events, and progress.
func eventsOnly(ctx context.Context, j *job) (any, error) {
	db, err := clickhouse.Open(ctx, clickhouse.Config{Addr: []string{j.ClickHouse}})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var m source.Mapping
	if err := yaml.Unmarshal([]byte(mappingFile), &m); err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	writer := clickhouse.NewWriter(db, &process.Process{Name: processName})
	var total [partitions]int64
	err = eachPartition(ctx, j, func(ctx context.Context, next func() (*ingest.Batch, error), n int) error {
		decoder, err := source.NewDecoder(source.Config{Mapping: m, Source: "bench", Process: processName})
		if err != nil {
			return err
		}
		l := &eventLoop{job: j, decoder: decoder, writer: writer, partition: n}
		err = l.run(ctx, next)
		total[n] = l.events
		return err
	})
	var a rowAnswer
	for _, n := range total {
		a.Events += n
	}
	return a, err
}

// eventLoop is one partition's work. As in the pipeline, the next flush is decoded
// while one is on its way.
type eventLoop struct {
	*job
	decoder   *source.Decoder
	writer    *clickhouse.Writer
	partition int
	events    int64

	arena   source.Arena
	filling *ingest.Flush // nil: none
	number  int64
	scratch []order.Event // of one record
	done    chan error    // of the flush under way; nil: none
}

func (l *eventLoop) run(ctx context.Context, next func() (*ingest.Batch, error)) error {
	for {
		b, err := next()
		if errors.Is(err, errEnd) {
			if err := l.flush(ctx); err != nil {
				return err
			}
			return l.wait()
		}
		if err != nil {
			return err
		}
		l.arena.Reset()
		f := l.begun()
		for i := range b.Records {
			r := &b.Records[i]
			var inv *order.Invalid
			if l.scratch, inv = l.decoder.Decode(l.scratch[:0], r.Value, r.Append, &l.arena); inv != nil {
				return fmt.Errorf("decode: %w", inv)
			}
			for e := range l.scratch {
				f.Events.Add(&l.scratch[e], r.Offset, true)
			}
		}
		f.Next = b.Next
		b.Release()
		if f.Events.Len() >= l.Rows {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
	}
}

func (l *eventLoop) flush(ctx context.Context) error {
	if err := l.wait(); err != nil {
		return err
	}
	f := l.filling
	if f == nil {
		return nil
	}
	l.filling = nil
	n := int64(f.Events.Len())
	l.number++
	l.events += n
	f.Number, f.First, f.Leader, f.WrittenAt = l.number, f.Next-n, -1, order.At(time.Now())
	f.Counts = ingest.Counts{Records: n, Stored: n, Events: n}
	l.done = make(chan error, 1)
	go func(done chan error) {
		err := l.writer.Write(ctx, f)
		l.writer.Release(f)
		done <- err
	}(l.done)
	return nil
}

// begun returns the flush being filled.
func (l *eventLoop) begun() *ingest.Flush {
	if l.filling == nil {
		l.filling = &ingest.Flush{Source: "bench", Process: processName, Topic: "events-only", Partition: l.partition, Partitions: partitions, Epoch: 1}
		l.filling.Events = l.writer.Events(l.filling)
	}
	return l.filling
}

func (l *eventLoop) wait() error {
	if l.done == nil {
		return nil
	}
	err := <-l.done
	l.done = nil
	return err
}
