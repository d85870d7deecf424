package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
)

// TransactionsConfig describes Transactions. All but Logger are required.
type TransactionsConfig struct {
	Cluster

	Topic       string // that records are written to
	Partitioner string
	Group       string       // whose offsets move with the records
	Source      string       // the topic those offsets are of
	Epoch       int          // of the source: an offset stored under another one is none
	Logger      *slog.Logger // default: discard
}

// transactionTimeout is after how long the broker aborts what nobody ends.
const transactionTimeout = time.Minute

// Transactions write records to one topic and move the group's offset of one
// partition of another, both or neither. The transactional id is the partition's:
// whoever begins takes it over, and what an earlier owner still sends is refused.
//
// https://cwiki.apache.org/confluence/display/KAFKA/KIP-98+-+Exactly+Once+Delivery+and+Transactional+Messaging
type Transactions struct {
	cfg    TransactionsConfig
	client *client
	kafka  kafkago.Client
}

var _ ingest.Transactions = (*Transactions)(nil)

// NewTransactions returns Transactions. They connect at the first Begin.
func NewTransactions(cfg TransactionsConfig) (*Transactions, error) {
	errs := []error{cfg.Cluster.Validate()}
	if cfg.Topic == "" || cfg.Source == "" || cfg.Group == "" || Partition(cfg.Partitioner, nil, 1) < 0 {
		errs = append(errs, errors.New("topic, partitioner, source and group are required"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("configure transactions: %w", err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := cfg.newClient(cfg.Topic)
	if err != nil {
		return nil, fmt.Errorf("configure transactions: %w", err)
	}
	return &Transactions{cfg: cfg, client: c, kafka: kafkago.Client{Addr: c.addr, Transport: c.transport}}, nil
}

// Close ends the connections.
func (t *Transactions) Close() error {
	t.client.close()
	return nil
}

// Begin takes a partition of the source over and returns what writes for it, and
// the next offset as the last committed transaction stored it, -1 if none did. What
// an earlier owner left open is aborted, or committed if it had come so far.
func (t *Transactions) Begin(ctx context.Context, a ingest.Assignment, partition int) (ingest.Transaction, int64, error) {
	member, ok := a.(*generation)
	if !ok {
		return nil, 0, fmt.Errorf("begin transactions of %s/%d: partitions assigned by a group are needed", t.cfg.Source, partition)
	}
	s := &session{
		all: t, partition: partition, generation: int(member.gen.ID), member: member.gen.MemberID,
		id: fmt.Sprintf("takt.%s.%s.%d", t.cfg.Group, t.cfg.Source, partition), next: map[int]int32{}, encoder: recordbatch.NewEncoder(HistoryHeader),
	}
	var committed int64
	err := retry(ctx, t.cfg.Logger, "take over transactions", func(ctx context.Context) error {
		res, err := t.kafka.InitProducerID(ctx, &kafkago.InitProducerIDRequest{
			TransactionalID: s.id, TransactionTimeoutMs: int(transactionTimeout.Milliseconds()), ProducerID: -1, ProducerEpoch: -1,
		})
		if err == nil {
			err = res.Error
		}
		if err == nil {
			s.producer, s.epoch = res.Producer.ProducerID, res.Producer.ProducerEpoch
		}
		return err
	})
	if err == nil {
		err = retry(ctx, t.cfg.Logger, "read offset of the group", func(ctx context.Context) error {
			committed, err = t.committed(ctx, partition)
			return err
		})
	}
	if err != nil {
		return nil, 0, fmt.Errorf("begin transactions of %s/%d: %w", t.cfg.Source, partition, err)
	}
	s.partitions, err = t.count(ctx)
	return s, committed, err
}

func (t *Transactions) committed(ctx context.Context, partition int) (int64, error) {
	res, err := t.kafka.OffsetFetch(ctx, &kafkago.OffsetFetchRequest{
		GroupID: t.cfg.Group, Topics: map[string][]int{t.cfg.Source: {partition}},
	})
	if err != nil {
		return 0, err
	}
	if res.Error != nil {
		return 0, res.Error
	}
	for _, p := range res.Topics[t.cfg.Source] {
		if p.Partition == partition && p.Metadata == t.metadata() {
			return p.CommittedOffset, p.Error
		} else if p.Partition == partition {
			return -1, p.Error
		}
	}
	return 0, kafkago.UnknownTopicOrPartition
}

// metadata tells offsets of this epoch of the source from those of another.
func (t *Transactions) metadata() string { return fmt.Sprintf("epoch %d", t.cfg.Epoch) }

// count returns how many partitions the topic has.
func (t *Transactions) count(ctx context.Context) (n int, err error) {
	err = retry(ctx, t.cfg.Logger, "count partitions", func(ctx context.Context) error {
		p, err := t.client.partitions(ctx, t.cfg.Topic)
		n = len(p)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count partitions of %q: %w", t.cfg.Topic, err)
	}
	return n, nil
}
