package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/poll"
	"github.com/takt-orders/takt/metrics"
)

var _ poll.Cursors = (*clickhouse.DB)(nil)

// PollOptions are what the command line adds to the configuration.
type PollOptions struct {
	Listen    []string // of the metrics server; nil: none
	WebConfig string   // exporter-toolkit's configuration file
	Sources   []string // to poll; nil: all
	History   bool     // records are written as history
	Version   string
	Logger    *slog.Logger
	Listening func([]net.Addr)
}

// Polls are running pollers.
type Polls struct {
	opt      PollOptions
	registry *prometheus.Registry
	pollers  []*poll.Poller
	topics   []*kafka.Producer
	notices  []*kafka.Follower
}

// NewPolls prepares the pollers of the configuration; their topics have to exist.
// Cursors may be nil for Backfill. Close frees what it took.
func NewPolls(ctx context.Context, cfg *config.Config, cursors poll.Cursors, opt PollOptions) (_ *Polls, err error) {
	p := &Polls{opt: opt, registry: newRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	every := map[string]time.Duration{}
	for _, name := range opt.Sources {
		every[name] = cfg.Poll(name).Every
	}
	counted, err := metrics.NewPolls(every, time.Now, p.registry)
	if err != nil {
		return nil, err
	}
	cluster, err := KafkaCluster(cfg)
	if err != nil {
		return nil, err
	}
	for _, name := range opt.Sources {
		c, s := cfg.Poll(name), cfg.Source(name)
		topic, err := openProducer(ctx, cluster, s, 0, opt.Logger)
		if err != nil {
			return nil, err
		}
		p.topics = append(p.topics, topic)
		key, err := keyOf(s, cfg)
		if err != nil {
			return nil, err
		}
		told := poll.Config{
			Source: name, Shape: c.Shape, Rhythm: c.Rhythm, Secret: c.Secret.Reveal(), Log: polled{topic, s, opt.History}, Cursors: cursors, Key: key,
			Shorten: newDecoder(s, cfg).Shorten, Observer: counted, Logger: opt.Logger, // a poller is one goroutine, as a decoder is for
		}
		if c.Notices != "" {
			if told.Notices, err = p.follow(&cluster, cfg, c); err != nil {
				return nil, err
			}
		}
		poller, err := poll.New(told)
		if err != nil {
			return nil, err
		}
		p.pollers = append(p.pollers, poller)
	}
	return p, nil
}

// Run polls until ctx ends.
func (p *Polls) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, poller := range p.pollers {
		group.Go(func() error { return poller.Run(ctx) })
	}
	group.Go(func() error {
		return serveMetrics(ctx, metrics.ServerConfig{
			Addresses: p.opt.Listen, ConfigFile: p.opt.WebConfig, Gatherer: p.registry, Version: p.opt.Version, Listening: p.opt.Listening,
		}, p.opt.Logger)
	})
	return group.Wait()
}

// Backfill polls a range, one source after the other, and returns how many records
// were written.
func (p *Polls) Backfill(ctx context.Context, from, to time.Time) (written int, err error) {
	for _, poller := range p.pollers {
		n, err := poller.Backfill(ctx, from, to)
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// Close ends the connections. Run has to have returned.
func (p *Polls) Close() error {
	err := closeTopics(nil, p.topics...)
	for _, f := range p.notices {
		err = errors.Join(err, f.Close())
	}
	return err
}

// polled is the log of a poller.
type polled struct {
	topic   *kafka.Producer
	source  *config.Source
	history bool
}

// Append writes the records, acknowledged by all replicas.
func (p polled) Append(ctx context.Context, all []poll.Record) error {
	messages := make([]kafka.Message, len(all))
	longest := 0
	for i, r := range all {
		messages[i] = kafka.Message{Key: r.Key, Value: r.Body, Time: r.Received, History: p.history}
		longest = max(longest, len(r.Body))
	}
	err := p.topic.Write(ctx, messages...)
	var large *kafka.TooLargeError
	if !errors.As(err, &large) {
		return err
	}
	hint := raise(p.source, longest+recordSlack)
	if longest > p.source.MaxRecordBytes {
		hint = fmt.Sprintf("raise max_record_bytes of the source to %d, and %s", longest, hint)
	}
	return &poll.Refused{Records: large.Messages, Err: fmt.Errorf("%w: %s", err, hint)}
}

// openProducer returns a producer for the topic of a source, which has to exist: how
// many partitions it has is not the writer's to choose. batch is how many messages
// fill a batch, 0 for the producer's default.
func openProducer(ctx context.Context, cluster kafka.Cluster, s *config.Source, batch int, log *slog.Logger) (*kafka.Producer, error) {
	ctx, cancel := context.WithTimeout(ctx, topicPatience)
	defer cancel()
	if _, err := cluster.Partitions(ctx, s.Topic); err != nil {
		return nil, fmt.Errorf("open topic of source %q: %w", s.Name, err)
	}
	whole := s.MaxRecordBytes + recordSlack
	limit, err := cluster.MaxMessageBytes(ctx, s.Topic)
	switch {
	case err != nil: // by the rights of the user, say
		log.Info("the topic does not tell how long its records may be: its refusals will", "source", s.Name, "topic", s.Topic, "error", err)
		limit = math.MaxInt
	case limit < s.MaxRecordBytes:
		log.Warn("the topic takes shorter records than max_record_bytes of its source: long ones may be refused, as they compress",
			"source", s.Name, "topic", s.Topic, "max.message.bytes", limit, "max_record_bytes", s.MaxRecordBytes, "hint", raise(s, whole))
	}
	return kafka.NewProducer(kafka.ProducerConfig{
		Cluster: cluster, Topic: s.Topic, Partitioner: s.Partitioner, BatchMessages: batch, Logger: log,
		BatchBytes: min(limit, batchBytes), MaxMessageBytes: max(whole, batchBytes),
	})
}

const (
	recordSlack = 64 << 10  // of a record beside its value
	batchBytes  = 1_000_000 // below what topics take unless told otherwise
)

// raise says how a topic is made to take records of so many bytes.
func raise(s *config.Source, bytes int) string {
	return fmt.Sprintf("kafka-configs.sh --alter --entity-type topics --entity-name %s --add-config max.message.bytes=%d", s.Topic, bytes)
}

// topicPatience bounds how long a topic is looked for.
const topicPatience = 10 * time.Second
