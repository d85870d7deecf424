package kafka

import (
	"context"
	"fmt"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"github.com/takt-orders/takt/ingest"
)

// Ranges returns what the log holds of every partition of the topic, ascending.
// End is the last stable offset unless uncommitted records are read.
func (s *Source) Ranges(ctx context.Context) ([]ingest.Range, error) {
	var ranges []ingest.Range
	err := retry(ctx, s.cfg.Logger, "list offsets", func(ctx context.Context) error {
		partitions, err := s.client.partitions(ctx, s.cfg.Topic)
		if err != nil {
			return err
		}
		ranges = ranges[:0]
		for i, p := range partitions {
			if int(p.PartitionIndex) != i {
				return fmt.Errorf("partition %d is missing: %w", i, kafkago.UnknownTopicOrPartition)
			}
			ranges = append(ranges, ingest.Range{Partition: i, Begin: -1, End: -1, LeaderEpoch: p.LeaderEpoch})
		}
		return s.client.listOffsets(ctx, s.cfg.Topic, isolation(&s.cfg), ranges)
	})
	if err != nil {
		return nil, fmt.Errorf("list offsets of %q: %w", s.cfg.Topic, err)
	}
	return ranges, nil
}

// partitions returns the partitions of a topic, ascending, no older than the
// transport's metadata.
func (c *client) partitions(ctx context.Context, topic string) ([]metadata.ResponsePartition, error) {
	res, err := c.roundTrip(ctx, &metadata.Request{TopicNames: []string{topic}})
	if err != nil {
		return nil, err
	}
	for _, t := range res.(*metadata.Response).Topics {
		if t.Name != topic {
			continue
		}
		if t.ErrorCode != 0 {
			return nil, kafkago.Error(t.ErrorCode)
		}
		return t.Partitions, nil
	}
	return nil, kafkago.UnknownTopicOrPartition
}

// listOffsets fills in Begin and End of ranges.
func (c *client) listOffsets(ctx context.Context, topic string, isolation int8, ranges []ingest.Range) error {
	t := listoffsets.RequestTopic{Topic: topic}
	index := make(map[int32]int, len(ranges))
	for i, r := range ranges {
		p := listoffsets.RequestPartition{Partition: int32(r.Partition), CurrentLeaderEpoch: -1}
		p.Timestamp = kafkago.FirstOffset
		t.Partitions = append(t.Partitions, p)
		p.Timestamp = kafkago.LastOffset
		t.Partitions = append(t.Partitions, p)
		index[p.Partition] = i
	}
	res, err := c.roundTrip(ctx, &listoffsets.Request{
		ReplicaID: -1, IsolationLevel: isolation, Topics: []listoffsets.RequestTopic{t},
	})
	if err != nil {
		return err
	}
	for _, t := range res.(*listoffsets.Response).Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				return kafkago.Error(p.ErrorCode)
			}
			switch p.Timestamp {
			case kafkago.FirstOffset:
				ranges[index[p.Partition]].Begin = p.Offset
			case kafkago.LastOffset:
				ranges[index[p.Partition]].End = p.Offset
			}
		}
	}
	for _, r := range ranges {
		if r.Begin < 0 || r.End < 0 {
			return kafkago.LeaderNotAvailable
		}
	}
	return nil
}

func isolation(cfg *Config) int8 {
	if cfg.ReadUncommitted {
		return 0
	}
	return 1
}
