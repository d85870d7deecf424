package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// Message is a record to be written.
type Message struct {
	Key     []byte
	Value   []byte // nil: a tombstone
	Headers []Header
	Time    time.Time // zero: now. Retention goes by it: with a time long past the record is soon deleted
	History bool      // adds HistoryHeader
}

// Header is a named value of a record beside its key and value.
type Header struct {
	Key   string
	Value []byte
}

// ProducerConfig describes a Producer. Cluster and Topic are required.
type ProducerConfig struct {
	Cluster

	Topic        string
	Partitioner  string        // default Murmur2
	BatchBytes   int           // of a batch, uncompressed; default 1,000,000, below the broker's usual limit
	BatchTimeout time.Duration // how long a batch waits to be filled; default 5 ms
	// BatchMessages is how many messages fill a batch; default 10,000. A batch takes
	// 150 bytes for each from the beginning, however few it holds.
	BatchMessages int
	// MaxMessageBytes is the largest message taken; default 17 MiB. Those larger
	// than BatchBytes travel alone, and the topic's max.message.bytes must let
	// them pass.
	MaxMessageBytes int
	Logger          *slog.Logger // default: discard
}

// Validate sets the defaults and returns every error of the configuration.
func (c *ProducerConfig) Validate() error {
	errs := []error{c.Cluster.Validate()}
	setDefault(&c.Partitioner, Murmur2)
	setDefault(&c.BatchBytes, 1_000_000)
	setDefault(&c.BatchTimeout, 5*time.Millisecond)
	setDefault(&c.BatchMessages, 10_000)
	setDefault(&c.MaxMessageBytes, 17<<20)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Topic == "" {
		errs = append(errs, errors.New("topic: is empty"))
	}
	if Partition(c.Partitioner, nil, 1) < 0 {
		errs = append(errs, fmt.Errorf("partitioner %q: want murmur2, crc32 or fnv1a", c.Partitioner))
	}
	return errors.Join(errs...)
}

// Producer writes keyed records to one topic, acknowledged by all replicas. It
// may write a record twice when a broker fails: what reads the topic has to
// collapse repeats.
type Producer struct {
	cfg    ProducerConfig
	client *client
	writer *kafkago.Writer
	large  *kafkago.Writer // for messages beyond BatchBytes
}

// NewProducer returns a Producer. It connects at the first Write.
func NewProducer(cfg ProducerConfig) (*Producer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure kafka producer: %w", err)
	}
	c, err := cfg.newClient(cfg.Topic)
	if err != nil {
		return nil, fmt.Errorf("configure kafka producer: %w", err)
	}
	p := &Producer{cfg: cfg, client: c}
	p.writer = p.newWriter(cfg.BatchBytes)
	p.large = p.newWriter(cfg.MaxMessageBytes + 1<<10)
	p.large.BatchSize = 1
	return p, nil
}

func (p *Producer) newWriter(batchBytes int) *kafkago.Writer {
	return &kafkago.Writer{
		Addr:         p.client.addr,
		Topic:        p.cfg.Topic,
		Balancer:     balancer(p.cfg.Partitioner),
		RequiredAcks: kafkago.RequireAll,
		Compression:  kafkago.Lz4,
		BatchSize:    p.cfg.BatchMessages,
		BatchBytes:   int64(batchBytes),
		BatchTimeout: p.cfg.BatchTimeout,
		MaxAttempts:  10,
		ReadTimeout:  30 * time.Second,
		WriteTimeout: 30 * time.Second,
		Transport:    p.client.transport,
	}
}

// balancer chooses partitions by the named partitioner, so that the check of a
// reader holds.
func balancer(partitioner string) kafkago.Balancer {
	return kafkago.BalancerFunc(func(m kafkago.Message, partitions ...int) int {
		return partitions[Partition(partitioner, m.Key, len(partitions))]
	})
}

// Write returns when all messages are acknowledged. Those of one key keep their
// order, except beside one larger than BatchBytes or while batches are larger than
// the topic takes. After a TooLargeError all are written but those that it names; after
// another error any of them may have been.
func (p *Producer) Write(ctx context.Context, messages ...Message) error {
	small := make([]kafkago.Message, 0, len(messages))
	var large []kafkago.Message
	for i := range messages {
		m := message(&messages[i])
		m.WriterData = i // its place
		if size := len(m.Key) + len(m.Value); size > p.cfg.BatchBytes-4096 {
			large = append(large, m)
		} else {
			small = append(small, m)
		}
	}
	var refused []int
	for _, w := range []struct {
		*kafkago.Writer
		messages []kafkago.Message
	}{{p.writer, small}, {p.large, large}} {
		if len(w.messages) == 0 {
			continue
		}
		err := w.WriteMessages(ctx, w.messages...)
		if tooLarge(err) {
			var large []int
			large, err = p.alone(ctx, notWritten(w.messages, err))
			refused = append(refused, large...)
		}
		if err != nil {
			return fmt.Errorf("write to %q: %w", p.cfg.Topic, firstOf(err))
		}
	}
	if len(refused) > 0 {
		slices.Sort(refused)
		return fmt.Errorf("write to %q: %w", p.cfg.Topic, &TooLargeError{refused, len(messages)})
	}
	return nil
}

// notWritten returns the messages that failed: all, unless err tells of each.
func notWritten(messages []kafkago.Message, err error) []kafkago.Message {
	var each kafkago.WriteErrors
	if !errors.As(err, &each) || len(each) != len(messages) {
		return messages
	}
	var failed []kafkago.Message
	for i, e := range each {
		if e != nil {
			failed = append(failed, messages[i])
		}
	}
	return failed
}

func message(m *Message) kafkago.Message {
	out := kafkago.Message{Key: m.Key, Value: m.Value, Time: m.Time}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, kafkago.Header(h))
	}
	if m.History {
		out.Headers = append(out.Headers, kafkago.Header{Key: HistoryHeader, Value: []byte("1")})
	}
	return out
}

// firstOf returns the first error of many equal ones.
func firstOf(err error) error {
	var each kafkago.WriteErrors
	if errors.As(err, &each) {
		for _, e := range each {
			if e != nil {
				return fmt.Errorf("%d of %d messages: %w", each.Count(), len(each), e)
			}
		}
	}
	return err
}

// Close sends what is under way and ends the connections.
func (p *Producer) Close() error {
	err := errors.Join(p.writer.Close(), p.large.Close())
	p.client.close()
	if err != nil {
		return fmt.Errorf("close producer of %q: %w", p.cfg.Topic, err)
	}
	return nil
}
