package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// lane is one source's way from its topic into the store.
type lane struct {
	observer
	topic    *kafka.Source
	letters  *kafka.Producer // nil: no dead-letter topic
	moves    *kafka.Producer // into the own topic; nil: it is not Takt's to write
	pipeline *ingest.Pipeline

	moved atomic.Bool // events to other numbers, which are read after they are written
	rests atomic.Pointer[tracker.Rests]
}

func (a *App) newLane(ctx context.Context, s *config.Source, sink ingest.Sink) (_ *lane, err error) {
	l := &lane{observer: newObserver(a, s)}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if err := l.loadRests(ctx); err != nil {
		return nil, err
	}
	cluster, err := KafkaCluster(a.cfg)
	if err != nil {
		return nil, err
	}
	if s.Partitions > 0 { // others go through it
		if err := makeCanonical(ctx, cluster, s); err != nil {
			return nil, err
		}
		l.moves, err = kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: s.Topic, Partitioner: s.Partitioner, Logger: a.opt.Logger})
		if err != nil {
			return nil, err
		}
	}
	if l.topic, err = a.openTopic(cluster, s); err != nil {
		return nil, err
	}
	cfg := ingest.Config{
		Name: s.Name, Topic: s.Topic, Epoch: s.Epoch, Plan: process.NewPlan(s.Process), Rests: l.latestRests,
		NewDecoder: func() ingest.Decoder { return newDecoder(s, a.cfg) },
		Partition:  func(id string, n int) int { return kafka.Partition(s.Partitioner, []byte(id), n) },
		Rows:       a.cfg.Flush.Rows, Every: a.cfg.Flush.Every, Session: a.cfg.Kafka.SessionTimeout,
		UntilCaughtUp: a.opt.UntilCaughtUp, Observer: l, Logger: a.opt.Logger, Now: a.opt.Now,
	}
	if l.letters, err = a.openLetters(cluster, s); err != nil {
		return nil, err
	}
	if l.letters != nil {
		cfg.DeadLetters = copyLetters(l.letters, s.Topic)
	}
	if l.moves != nil {
		cfg.Move = l.move
	}
	if _, err := NewDecoder(s, a.cfg); err != nil {
		return nil, err
	}
	l.pipeline, err = ingest.New(cfg, l.topic, sink, a.db, a.writer)
	return l, err
}

func (l *lane) close() error { return closeTopics(l.topic, l.letters, l.moves) }

// Run works until ctx ends or something fails; or, if that is all to do, until
// everything in the topic is stored, what was moved within it included.
func (l *lane) Run(ctx context.Context) error {
	for {
		l.moved.Store(false)
		if err := l.pipeline.Run(ctx); err != nil || ctx.Err() != nil || !l.moved.Load() {
			return err
		}
	}
}

// move writes events of merged orders into the topic again.
func (l *lane) move(ctx context.Context, moved []ingest.Record) error {
	l.moved.Store(true)
	messages := make([]kafka.Message, len(moved))
	for i := range moved {
		r := &moved[i]
		messages[i] = kafka.Message{Key: r.Key, Value: r.Value, Time: r.Append.Time(), History: r.History}
	}
	return l.moves.Write(ctx, messages...)
}

// NewDecoder returns the decoder of a source as the configuration describes it.
func NewDecoder(s *config.Source, cfg *config.Config) (*source.Decoder, error) {
	return source.NewDecoder(source.Config{
		Mapping: s.Mapping, Source: s.Name, Process: s.Process.Name, Zone: s.Process.Zone,
		CustomerKey: []byte(cfg.CustomerKey.Reveal()),
	})
}

// decoder gives a source.Decoder its memory.
type decoder struct {
	*source.Decoder
	arena source.Arena
}

var _ ingest.Decoder = (*decoder)(nil)

func newDecoder(s *config.Source, cfg *config.Config) *decoder {
	d, err := NewDecoder(s, cfg)
	if err != nil {
		panic("app: decoder was made before without an error: " + err.Error())
	}
	return &decoder{Decoder: d}
}

// Decode is ingest.Decoder's.
func (d *decoder) Decode(dst []order.Event, value []byte, appended order.Instant) ([]order.Event, *order.Invalid) {
	return d.Decoder.Decode(dst, value, appended, &d.arena)
}

// Turn is ingest.Decoder's.
func (d *decoder) Turn() { d.arena.Reset() }

// storeObserver tells the metrics what the store does.
type storeObserver struct{ m *metrics.Metrics }

var _ clickhouse.Observer = storeObserver{}

// Inserted is clickhouse.Observer's.
func (o storeObserver) Inserted(table string, rows int, took time.Duration) {
	o.m.Insert(table, rows, took)
}

// Retried is clickhouse.Observer's.
func (o storeObserver) Retried(reason string) { o.m.Retry(reason) }
