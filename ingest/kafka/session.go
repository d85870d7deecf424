package kafka

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
)

// batchBytes is what a batch holds before compression, below the broker's usual limit.
const batchBytes = 900_000

// session is one owner's transactions of one partition of the source.
type session struct {
	all        *Transactions
	id         string // transactional
	partition  int    // of the source
	generation int
	member     string

	producer, epoch int
	partitions      int           // of the topic written to
	next            map[int]int32 // by partition: sequence of its next record
	encoder         *recordbatch.Encoder
}

// Commit is ingest.Transaction's.
func (s *session) Commit(ctx context.Context, out []ingest.Record, next int64) error {
	byPartition := map[int][]ingest.Record{}
	for i := range out {
		p := Partition(s.all.cfg.Partitioner, out[i].Key, s.partitions)
		byPartition[p] = append(byPartition[p], out[i])
	}
	err := s.write(ctx, byPartition)
	if err == nil {
		err = s.offset(ctx, next)
	}
	if err == nil {
		err = s.try(ctx, "end transaction", func(ctx context.Context) (error, error) {
			res, err := s.all.kafka.EndTxn(ctx, &kafkago.EndTxnRequest{
				TransactionalID: s.id, ProducerID: s.producer, ProducerEpoch: s.epoch, Committed: true,
			})
			if err != nil {
				return nil, err
			}
			return res.Error, nil
		})
	}
	if err != nil {
		return fmt.Errorf("commit transaction of %s/%d up to %d: %w", s.all.cfg.Source, s.partition, next, err)
	}
	return nil
}

// write sends the records of each partition.
func (s *session) write(ctx context.Context, byPartition map[int][]ingest.Record) error {
	if len(byPartition) == 0 {
		return nil
	}
	topic := s.all.cfg.Topic
	var add []kafkago.AddPartitionToTxn
	for p := range byPartition {
		add = append(add, kafkago.AddPartitionToTxn{Partition: p})
	}
	err := s.try(ctx, "add partitions to transaction", func(ctx context.Context) (error, error) {
		res, err := s.all.kafka.AddPartitionsToTxn(ctx, &kafkago.AddPartitionsToTxnRequest{
			TransactionalID: s.id, ProducerID: s.producer, ProducerEpoch: s.epoch, Topics: map[string][]kafkago.AddPartitionToTxn{topic: add},
		})
		if err != nil {
			return nil, err
		}
		var errs []error
		for _, p := range res.Topics[topic] {
			errs = append(errs, p.Error)
		}
		return errors.Join(errs...), nil
	})
	if err != nil {
		return err
	}
	batches := map[int][][]byte{}
	for p, records := range byPartition {
		if batches[p], err = s.encode(s.next[p], records); err != nil {
			return err
		}
	}
	each, within := errgroup.WithContext(ctx)
	for p := range batches {
		each.Go(func() error { return s.send(within, p, batches[p]) })
	}
	if err := each.Wait(); err != nil {
		return err
	}
	for p, records := range byPartition {
		s.next[p] = after(s.next[p], len(records))
	}
	return nil
}

// after is the sequence n records later; it goes on from 0 beyond the greatest.
func after(sequence int32, n int) int32 {
	return int32((int64(sequence) + int64(n)) % (math.MaxInt32 + 1))
}

// encode returns the records of one partition as batches, each behind its length.
func (s *session) encode(sequence int32, records []ingest.Record) (batches [][]byte, err error) {
	for len(records) > 0 {
		n, size := 0, 0
		for n < len(records) && (n == 0 || size+len(records[n].Key)+len(records[n].Value) < batchBytes) {
			size += len(records[n].Key) + len(records[n].Value) + 32
			n++
		}
		p := recordbatch.Producer{ID: int64(s.producer), Epoch: int16(s.epoch), Sequence: sequence}
		batch, err := s.encoder.Append(make([]byte, lengthBytes), p, records[:n])
		if err != nil {
			return nil, err
		}
		binary.BigEndian.PutUint32(batch, uint32(len(batch)-lengthBytes))
		batches = append(batches, batch)
		sequence, records = after(sequence, n), records[n:]
	}
	return batches, nil
}

// lengthBytes precede a record set in a request.
const lengthBytes = 4

// send writes the batches of one partition, each once: one that is sent again because
// no answer came is known to the broker by its sequence.
func (s *session) send(ctx context.Context, partition int, batches [][]byte) error {
	for _, batch := range batches {
		err := s.try(ctx, "write to "+s.all.cfg.Topic, func(ctx context.Context) (answer, err error) {
			res, err := s.all.kafka.RawProduce(ctx, &kafkago.RawProduceRequest{
				Topic: s.all.cfg.Topic, Partition: partition, RequiredAcks: kafkago.RequireAll, TransactionalID: s.id,
				RawRecords: protocol.RawRecordSet{Reader: bytes.NewReader(batch)},
			})
			switch {
			case err != nil:
				return nil, err
			case errors.Is(res.Error, kafkago.DuplicateSequenceNumber):
				return nil, nil
			default:
				return res.Error, nil
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// offset moves the group's offset within the transaction.
func (s *session) offset(ctx context.Context, next int64) error {
	cfg := &s.all.cfg
	err := s.try(ctx, "add offsets to transaction", func(ctx context.Context) (error, error) {
		res, err := s.all.kafka.AddOffsetsToTxn(ctx, &kafkago.AddOffsetsToTxnRequest{
			TransactionalID: s.id, ProducerID: s.producer, ProducerEpoch: s.epoch, GroupID: cfg.Group,
		})
		if err != nil {
			return nil, err
		}
		return res.Error, nil
	})
	if err != nil {
		return err
	}
	return s.try(ctx, "move offset", func(ctx context.Context) (error, error) {
		res, err := s.all.kafka.TxnOffsetCommit(ctx, &kafkago.TxnOffsetCommitRequest{
			TransactionalID: s.id, ProducerID: s.producer, ProducerEpoch: s.epoch,
			GroupID: cfg.Group, GenerationID: s.generation, MemberID: s.member,
			Topics: map[string][]kafkago.TxnOffsetCommit{cfg.Source: {{Partition: s.partition, Offset: next, Metadata: s.all.metadata()}}},
		})
		if err != nil {
			return nil, err
		}
		var errs []error
		for _, p := range res.Topics[cfg.Source] {
			errs = append(errs, p.Error)
		}
		return errors.Join(errs...), nil
	})
}

// try repeats a request of a transaction while its failure may pass. Being fenced
// and any other answer of the coordinator ends the session.
func (s *session) try(ctx context.Context, what string, request func(ctx context.Context) (answer, err error)) error {
	var refused error
	err := retry(ctx, s.all.cfg.Logger, what, func(ctx context.Context) error {
		answer, err := request(ctx)
		if answer != nil && !passes(answer) {
			refused = answer
			return nil
		}
		return errors.Join(answer, err)
	})
	switch {
	case refused == nil && err == nil:
		return nil
	case refused == nil:
		return fmt.Errorf("%s: %w", what, err)
	case tooLarge(refused):
		return &ingest.Halt{
			Message: fmt.Sprintf("topic %q refuses an event as too large", s.all.cfg.Topic),
			Hint:    "raise `max.message.bytes` of the topic above `max_record_bytes` of the source",
		}
	case fences(refused):
		return fmt.Errorf("%s: %w: %w", what, ErrLost, refused)
	default:
		return fmt.Errorf("%s: %w", what, refused)
	}
}

// passes reports whether what was answered heals by itself.
func passes(err error) bool {
	return isOne(err, kafkago.ConcurrentTransactions, kafkago.GroupCoordinatorNotAvailable, kafkago.NotCoordinatorForGroup, kafkago.GroupLoadInProgress,
		kafkago.NotLeaderForPartition, kafkago.LeaderNotAvailable, kafkago.UnknownTopicOrPartition, kafkago.RequestTimedOut,
		kafkago.NotEnoughReplicas, kafkago.NotEnoughReplicasAfterAppend, kafkago.NetworkException)
}

// fences reports whether somebody else has taken over, or is about to.
func fences(err error) bool {
	return isOne(err, kafkago.InvalidProducerEpoch, kafkago.ProducerFenced, kafkago.InvalidProducerIDMapping,
		kafkago.IllegalGeneration, kafkago.UnknownMemberId, kafkago.FencedInstanceID, kafkago.RebalanceInProgress)
}

func isOne(err error, codes ...kafkago.Error) bool {
	return slices.ContainsFunc(codes, func(code kafkago.Error) bool { return errors.Is(err, code) })
}
