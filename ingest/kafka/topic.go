package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	kafkago "github.com/segmentio/kafka-go"
)

// CreateTopic creates a topic unless it exists, and returns when it can be
// written to. Replication -1 is the broker's default; settings, such as
// "max.message.bytes", may be nil. An existing topic is left as it is.
func (c Cluster) CreateTopic(ctx context.Context, topic string, partitions, replication int, settings map[string]string) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("create topic %q: %w", topic, err)
	}
	cl, err := c.newClient(topic)
	if err != nil {
		return fmt.Errorf("create topic %q: %w", topic, err)
	}
	defer cl.close()
	log := slog.New(slog.DiscardHandler)
	config := kafkago.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: replication}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		config.ConfigEntries = append(config.ConfigEntries, kafkago.ConfigEntry{ConfigName: name, ConfigValue: settings[name]})
	}
	client := kafkago.Client{Addr: cl.addr, Transport: cl.transport}
	err = retry(ctx, log, "create topic", func(ctx context.Context) error {
		res, err := client.CreateTopics(ctx, &kafkago.CreateTopicsRequest{Topics: []kafkago.TopicConfig{config}})
		if err != nil {
			return err
		}
		if err := res.Errors[topic]; err != nil && !errors.Is(err, kafkago.TopicAlreadyExists) {
			return err
		}
		return nil
	})
	if err == nil {
		err = retry(ctx, log, "await topic", func(ctx context.Context) error {
			p, err := cl.partitions(ctx, topic)
			for i := range p {
				if p[i].ErrorCode != 0 {
					return kafkago.Error(p[i].ErrorCode)
				}
			}
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("create topic %q: %w", topic, err)
	}
	return nil
}

// Partitions returns how many partitions a topic has; the error is final if the
// topic does not exist. It waits for brokers that are away until ctx ends.
func (c Cluster) Partitions(ctx context.Context, topic string) (n int, err error) {
	if err := c.Validate(); err != nil {
		return 0, fmt.Errorf("find topic %q: %w", topic, err)
	}
	cl, err := c.newClient(topic)
	if err != nil {
		return 0, fmt.Errorf("find topic %q: %w", topic, err)
	}
	defer cl.close()
	missing := false
	err = retry(ctx, slog.New(slog.DiscardHandler), "find topic", func(ctx context.Context) error {
		p, err := cl.partitions(ctx, topic)
		if missing = errors.Is(err, kafkago.UnknownTopicOrPartition); missing {
			return nil
		}
		n = len(p)
		return err
	})
	if missing {
		err = ErrNoTopic
	}
	if err != nil {
		return 0, fmt.Errorf("find topic %q: %w", topic, err)
	}
	return n, nil
}
