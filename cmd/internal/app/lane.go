package app

import (
	"context"
	"errors"
	"sync"
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
	app      *App
	source   *config.Source
	topic    *kafka.Source
	letters  *kafka.Producer // nil: no dead-letter topic
	pipeline *ingest.Pipeline

	rests      atomic.Pointer[tracker.Rests]
	mu         sync.Mutex
	partitions map[int]*metrics.Partition
	recovered  bool
}

func (a *App) newLane(ctx context.Context, s *config.Source, sink ingest.Sink) (_ *lane, err error) {
	l := &lane{app: a, source: s, partitions: map[int]*metrics.Partition{}}
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
	mode := kafka.AssignGroup
	if s.Assignment == "static" {
		mode = kafka.AssignStatic
	}
	l.topic, err = kafka.New(kafka.Config{
		Cluster: cluster, Topic: s.Topic, Group: a.cfg.Kafka.Group, Assignment: mode,
		Instance: s.Instance, Instances: s.Instances, SessionTimeout: a.cfg.Kafka.SessionTimeout, Logger: a.opt.Logger,
	})
	if err != nil {
		return nil, err
	}
	cfg := ingest.Config{
		Name: s.Name, Topic: s.Topic, Epoch: s.Epoch, Plan: process.NewPlan(s.Process), Rests: l.latestRests,
		NewDecoder: func() ingest.Decoder { return newDecoder(s, a.cfg) },
		Partition:  func(id string, n int) int { return kafka.Partition(s.Partitioner, []byte(id), n) },
		Rows:       a.cfg.Flush.Rows, Every: a.cfg.Flush.Every, Session: a.cfg.Kafka.SessionTimeout,
		UntilCaughtUp: a.opt.UntilCaughtUp, Observer: l, Logger: a.opt.Logger, Now: a.opt.Now,
	}
	if s.DeadLetterTopic != "" {
		l.letters, err = kafka.NewProducer(kafka.ProducerConfig{
			Cluster: cluster, Topic: s.DeadLetterTopic, Logger: a.opt.Logger,
		})
		if err != nil {
			return nil, err
		}
		cfg.DeadLetters = l.copyLetters
	}
	if _, err := NewDecoder(s, a.cfg); err != nil {
		return nil, err
	}
	l.pipeline, err = ingest.New(cfg, l.topic, sink, a.db, a.writer)
	return l, err
}

func (l *lane) close() error {
	var errs []error
	if l.topic != nil {
		errs = append(errs, l.topic.Close())
	}
	if l.letters != nil {
		errs = append(errs, l.letters.Close())
	}
	return errors.Join(errs...)
}

// copyLetters sends copies of dead letters to their topic, reason and place in the
// headers.
func (l *lane) copyLetters(ctx context.Context, letters []ingest.DeadLetter) error {
	messages := make([]kafka.Message, len(letters))
	for i, d := range letters {
		messages[i] = kafka.Message{Key: d.Key, Value: d.Value, Headers: []kafka.Header{
			{Key: "takt-reason", Value: []byte(d.Reason.String())},
			{Key: "takt-field", Value: []byte(d.Field)},
			{Key: "takt-topic", Value: []byte(l.source.Topic)},
		}}
	}
	return l.letters.Write(ctx, messages...)
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

var _ ingest.Observer = (*lane)(nil)

// Owned is ingest.Observer's.
func (l *lane) Owned(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partitions[n] = l.app.metrics.Partition(l.source.Name, l.source.Topic, n)
}

// Dropped is ingest.Observer's.
func (l *lane) Dropped(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.partitions[n]; p != nil {
		p.Close()
		delete(l.partitions, n)
	}
}

func (l *lane) partition(n int) *metrics.Partition {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.partitions[n]
}

// Flushed is ingest.Observer's.
func (l *lane) Flushed(f *ingest.Flush, why ingest.Reason) {
	p := l.partition(f.Partition)
	if p == nil {
		return
	}
	p.Apply(f.Effects)
	p.Events(f.Latest)
	c := &f.Counts
	p.Records(metrics.Records{
		Stored: c.Stored - c.History, History: c.History, Duplicate: c.Duplicate, Dead: c.Dead, Skipped: c.Tombstone + c.Ignored,
	})
	for i := range f.Dead {
		p.DeadLetter(f.Dead[i].Reason)
	}
	l.app.metrics.Flush(map[ingest.Reason]metrics.FlushReason{
		ingest.BySize: metrics.FlushSize, ingest.ByTime: metrics.FlushTime,
		ingest.ByTimer: metrics.FlushTimer, ingest.ByStop: metrics.FlushStop,
	}[why])
}

// Lag is ingest.Observer's.
func (l *lane) Lag(n int, records int64, age time.Duration) {
	if p := l.partition(n); p != nil {
		p.SetLag(records, age)
	}
}

// Ready is ingest.Observer's.
func (l *lane) Ready(ready bool) {
	if l.recovered != ready {
		l.recovered = ready
		l.app.ready(ready)
	}
}

// storeObserver tells the metrics what the store does.
type storeObserver struct{ m *metrics.Metrics }

var _ clickhouse.Observer = storeObserver{}

// Inserted is clickhouse.Observer's.
func (o storeObserver) Inserted(table string, rows int, took time.Duration) {
	o.m.Insert(table, rows, took)
}

// Retried is clickhouse.Observer's.
func (o storeObserver) Retried(reason string) { o.m.Retry(reason) }
