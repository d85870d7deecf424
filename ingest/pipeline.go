package ingest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// Decoder turns the values of records into events. It serves one partition.
type Decoder interface {
	// Decode appends the events of value to dst; none is a record that the mapping
	// ignores. Their strings are valid until Turn.
	Decode(dst []order.Event, value []byte, appended order.Instant) ([]order.Event, *order.Invalid)
	// Mask returns value with personal fields masked.
	Mask(value []byte) []byte
	// Unknown tells add, by field, how many values the mapping had no word for in the
	// records decoded since it was called last; the records are taken all the same.
	Unknown(add func(field string, values int64))
	// Turn forgets the strings given so far.
	Turn()
}

// Reason says why a flush was made.
type Reason uint8

// The reasons of a flush.
const (
	BySize  Reason = iota + 1 // enough rows or bytes
	ByTime                    // the oldest record has waited long enough
	ByTimer                   // deadlines passed, no record came
	ByStop                    // the partition is given up or the program stops
)

// Config of a Pipeline.
type Config struct {
	Name       string // of the source
	Topic      string
	Epoch      int
	Plan       *process.Plan
	NewDecoder func() Decoder
	// Rests, if set, returns the medians of what orders have still to go.
	Rests func() tracker.Rests
	// Partition returns the partition that an order's number belongs to.
	Partition func(orderID string, partitions int) int

	Rows    int           // a flush is made at so many rows of a partition; default 20,000
	Bytes   int           // or bytes of text; default 32 MiB
	Every   time.Duration // or after so long; default 1 s
	Session time.Duration // group session: bounds how long a member may write after its last fenced call

	UntilCaughtUp bool // Run returns nil once everything in the topic is stored

	// DeadLetters, if set, takes copies of dead letters before they are written.
	DeadLetters func(ctx context.Context, letters []DeadLetter) error
	// Move, if set, writes events into the topic again, under the number that their
	// order is merged into. Without it no order is merged into another.
	Move     func(ctx context.Context, moved []Record) error
	Observer Observer
	Logger   *slog.Logger
	Now      func() time.Time
}

// Observer is told what the pipeline does; calls come from several partitions at once.
type Observer interface {
	// Owned and Dropped bracket the ownership of a partition.
	Owned(partition int)
	Dropped(partition int)
	// Flushed is called when a flush is acknowledged; f is valid until it returns.
	Flushed(f *Flush, why Reason)
	// Lag tells how many records of the log are not stored, and the age of the
	// oldest of them.
	Lag(partition int, records int64, age time.Duration)
	// Ready tells whether every owned partition has been recovered.
	Ready(bool)
}

// Halt is an error that no retry mends: somebody has to act.
type Halt struct {
	Message string
	Hint    string
}

// Error tells what is wrong and what to do.
func (h *Halt) Error() string { return h.Message + "; " + h.Hint }

func (c *Config) defaults() error {
	if c.Name == "" || c.Topic == "" || c.Plan == nil || c.NewDecoder == nil || c.Partition == nil || c.Observer == nil {
		return errors.New("configure pipeline: name, topic, plan, decoder, partition and observer are required")
	}
	setDefaults(&c.Rows, &c.Bytes, &c.Every, &c.Session, &c.Logger, &c.Now)
	if c.Rests == nil {
		c.Rests = func() tracker.Rests { return nil }
	}
	return nil
}

// setDefaults sets what Config and RelayConfig share.
func setDefaults(rows, bytes *int, every, session *time.Duration, logger **slog.Logger, now *func() time.Time) {
	if *rows == 0 {
		*rows = 20_000
	}
	if *bytes == 0 {
		*bytes = 32 << 20
	}
	if *every == 0 {
		*every = time.Second
	}
	if *session == 0 {
		*session = 6 * time.Second
	}
	if *logger == nil {
		*logger = slog.New(slog.DiscardHandler)
	}
	if *now == nil {
		*now = time.Now
	}
}

// Pipeline takes one topic from its Source through trackers into its Sink.
type Pipeline struct {
	cfg    Config
	source Source
	sink   Sink
	store  Store
	writer string // start id, as in Progress.Writer
	key    Key

	partitions map[int]*partition // owned, between assignments too

	// Flushes are large: a few under way are enough to keep both sides busy, and
	// their memory is used in turn by all partitions.
	slots   chan struct{}
	effects chan *tracker.Effects
	decoded sync.Pool

	arrears *arrears
}

// New returns a Pipeline; writer is the start id that the sink writes into progress.
func New(cfg Config, source Source, sink Sink, store Store, writer string) (*Pipeline, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	p := &Pipeline{
		cfg: cfg, source: source, sink: sink, store: store, writer: writer,
		key:        Key{Source: cfg.Name, Process: cfg.Plan.Name, Topic: cfg.Topic, Epoch: cfg.Epoch},
		partitions: map[int]*partition{}, arrears: newArrears(),
		slots:   make(chan struct{}, flushesAtOnce),
		effects: make(chan *tracker.Effects, flushesAtOnce),
		decoded: sync.Pool{New: func() any { return &decoded{} }},
	}
	for range flushesAtOnce {
		p.slots <- struct{}{}
	}
	return p, nil
}

// flushesAtOnce is how many flushes of a topic are under way at the most.
const flushesAtOnce = 2

// Run works until ctx ends, which is no error, or until something fails that no
// retry mends.
func (p *Pipeline) Run(ctx context.Context) error {
	defer p.dropAll()
	return follow(ctx, p.source, p.cfg.Topic, p.serve)
}

// serve works on one assignment until it is lost or ctx ends; done is true when
// everything is stored and that was all to do.
func (p *Pipeline) serve(ctx context.Context, a Assignment) (done bool, err error) {
	p.cfg.Observer.Ready(false)
	p.keepOnly(a.Partitions())
	p.arrears.begin(a.Partitions())
	p.cfg.Logger.Info("partitions assigned", "topic", p.cfg.Topic, "partitions", a.Partitions(), "generation", a.Generation())
	lease := newLease(a, p.cfg.Session, p.cfg.Now)
	if err := p.recoverAll(ctx, a, lease); err != nil {
		if lost(a) || ctx.Err() != nil {
			return false, nil
		}
		return false, err
	}
	p.cfg.Observer.Ready(true)
	done, err = p.arrears.each(ctx, a, p.cfg.UntilCaughtUp, func(ctx context.Context, n int) error { return p.partitions[n].run(ctx, lease) })
	if err := lease.close(context.WithoutCancel(ctx)); err != nil {
		p.cfg.Logger.Warn("offsets not committed; progress is the truth", "topic", p.cfg.Topic, "err", err)
	}
	return done, err
}

// keepOnly drops the partitions that are no longer assigned.
func (p *Pipeline) keepOnly(assigned []int) {
	keep := map[int]bool{}
	for _, n := range assigned {
		keep[n] = true
	}
	for n := range p.partitions {
		if !keep[n] {
			p.drop(n)
		}
	}
}

func (p *Pipeline) dropAll() { p.keepOnly(nil) }

func (p *Pipeline) drop(n int) {
	if part, ok := p.partitions[n]; ok {
		part.close()
		delete(p.partitions, n)
		p.cfg.Observer.Dropped(n)
	}
}
