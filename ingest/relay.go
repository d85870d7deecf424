package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// RelayConfig of a Relay. Rows, Bytes, Every, Session, Logger and Now have the defaults
// of Config.
type RelayConfig struct {
	Name       string // of the source
	Process    string
	Topic      string
	Epoch      int
	NewDecoder func() Decoder

	Rows    int           // a transaction is made at so many records of a partition
	Bytes   int           // or bytes of what they make
	Every   time.Duration // or after so long
	Session time.Duration // group session

	UntilCaughtUp bool // Run returns nil once everything in the topic has been passed on

	// DeadLetters, if set, takes copies of dead letters before they are written.
	DeadLetters func(ctx context.Context, letters []DeadLetter) error
	Observer    Observer
	Logger      *slog.Logger
	Now         func() time.Time
}

// Relay passes the events of a topic on to the canonical topic of their process,
// where each order has its partition, because several topics tell of it or the topic
// is not keyed by order number. Each event is passed on once: records and the
// group's offset move in one transaction. Dead letters and progress of the topic
// follow it into the store; what died between the two is decoded again and written,
// so that progress tells every record of the topic as for any other.
type Relay struct {
	cfg    RelayConfig
	source Source
	out    Transactions
	sink   Sink
	store  Store
	key    Key

	arrears *arrears
}

// NewRelay returns a Relay.
func NewRelay(cfg RelayConfig, source Source, out Transactions, sink Sink, store Store) (*Relay, error) {
	if cfg.Name == "" || cfg.Process == "" || cfg.Topic == "" || cfg.NewDecoder == nil || cfg.Observer == nil {
		return nil, errors.New("configure relay: name, process, topic, decoder and observer are required")
	}
	setDefaults(&cfg.Rows, &cfg.Bytes, &cfg.Every, &cfg.Session, &cfg.Logger, &cfg.Now)
	return &Relay{
		cfg: cfg, source: source, out: out, sink: sink, store: store,
		key:     Key{Source: cfg.Name, Process: cfg.Process, Topic: cfg.Topic, Epoch: cfg.Epoch},
		arrears: newArrears(),
	}, nil
}

// Run works until ctx ends, which is no error, or until something fails that no
// retry mends.
func (r *Relay) Run(ctx context.Context) error { return follow(ctx, r.source, r.cfg.Topic, r.serve) }

// serve works on one assignment until it is lost or ctx ends.
func (r *Relay) serve(ctx context.Context, a Assignment) (done bool, err error) {
	r.cfg.Logger.Info("partitions assigned", "topic", r.cfg.Topic, "partitions", a.Partitions(), "generation", a.Generation())
	r.arrears.begin(a.Partitions())
	r.cfg.Observer.Ready(true) // nothing has to be recovered first
	for _, n := range a.Partitions() {
		r.cfg.Observer.Owned(n)
		defer r.cfg.Observer.Dropped(n)
	}
	return r.arrears.each(ctx, a, r.cfg.UntilCaughtUp, func(ctx context.Context, n int) error { return r.keep(ctx, a, n) })
}

// keep passes a partition on until ctx ends, and begins again after whatever may pass.
func (r *Relay) keep(ctx context.Context, a Assignment, n int) error {
	for {
		err := r.work(ctx, a, n)
		var again *passing
		if ctx.Err() != nil || err == nil {
			return nil
		}
		if !errors.As(err, &again) {
			return fmt.Errorf("pass on topic %q partition %d: %w", r.cfg.Topic, n, err)
		}
		r.cfg.Logger.Warn("partition is begun again", "topic", r.cfg.Topic, "partition", n, "err", err)
		select {
		case <-time.After(r.cfg.Session / 10):
		case <-ctx.Done():
		}
	}
}

// passing is an error after which beginning again may help.
type passing struct{ error }

func (p *passing) Unwrap() error { return p.error }

// work takes the partition over, and passes on what comes until ctx ends.
func (r *Relay) work(ctx context.Context, a Assignment, n int) error {
	tx, committed, err := r.out.Begin(ctx, a, n)
	if err != nil {
		return err
	}
	if err := r.store.Quiesce(ctx, r.key, []int{n}); err != nil {
		return fmt.Errorf("wait for inserts of an earlier owner: %w", err)
	}
	p := &passage{r: r, n: n, tx: tx, committed: committed, decoder: r.cfg.NewDecoder()}
	if err := p.seek(ctx); err != nil {
		return err
	}
	reader, err := r.source.Open(n, p.read)
	if err != nil {
		return fmt.Errorf("open at offset %d: %w", p.read, err)
	}
	err = p.run(ctx, reader)
	return errors.Join(err, reader.Close())
}
