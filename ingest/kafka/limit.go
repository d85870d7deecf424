package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"

	kafkago "github.com/segmentio/kafka-go"
)

// ErrTooLarge tells that a message is longer than its topic takes: no repetition
// helps until max.message.bytes of the topic is raised.
var ErrTooLarge = errors.New("a message is longer than max.message.bytes of its topic")

// TooLargeError is ErrTooLarge of a Write, and names the messages.
type TooLargeError struct {
	Messages []int // their places in what was to be written, in order
	Of       int   // messages that were to be written
}

// Error tells how many messages are too large.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%d of %d messages: %s", len(e.Messages), e.Of, ErrTooLarge)
}

// Is reports whether target is ErrTooLarge.
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

const maxMessageBytes = "max.message.bytes"

// MaxMessageBytes returns how many bytes a batch of records may have in a topic,
// compressed, whether the topic sets that itself or its broker does. It needs the
// right to describe the topic's configuration, and waits for brokers that are away
// until ctx ends.
func (c Cluster) MaxMessageBytes(ctx context.Context, topic string) (int, error) {
	if err := c.Validate(); err != nil {
		return 0, fmt.Errorf("read limit of topic %q: %w", topic, err)
	}
	cl, err := c.newClient(topic)
	if err != nil {
		return 0, fmt.Errorf("read limit of topic %q: %w", topic, err)
	}
	defer cl.close()
	return cl.maxMessageBytes(ctx, topic)
}

// MaxMessageBytes is that of the producer's topic, as it is now.
func (p *Producer) MaxMessageBytes(ctx context.Context) (int, error) {
	return p.client.maxMessageBytes(ctx, p.cfg.Topic)
}

func (c *client) maxMessageBytes(ctx context.Context, topic string) (limit int, err error) {
	client := kafkago.Client{Addr: c.addr, Transport: c.transport}
	err = retry(ctx, slog.New(slog.DiscardHandler), "describe topic", func(ctx context.Context) error {
		res, err := client.DescribeConfigs(ctx, &kafkago.DescribeConfigsRequest{Resources: []kafkago.DescribeConfigRequestResource{
			{ResourceType: kafkago.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{maxMessageBytes}},
		}})
		if err != nil {
			return err
		}
		for _, r := range res.Resources {
			if r.Error != nil {
				return r.Error
			}
			for _, e := range r.ConfigEntries {
				if e.ConfigName == maxMessageBytes {
					limit, err = strconv.Atoi(e.ConfigValue)
				}
			}
		}
		return err
	})
	if err == nil && limit == 0 {
		err = errors.New("the broker does not tell it")
	}
	if err != nil {
		return 0, fmt.Errorf("read limit of topic %q: %w", topic, err)
	}
	return limit, nil
}

// tooLarge reports whether a broker, or the client before it, refuses a batch of
// those that err tells of for its size.
func tooLarge(err error) bool {
	var each kafkago.WriteErrors
	if errors.As(err, &each) {
		return slices.ContainsFunc(each, tooLarge)
	}
	return isOne(err, kafkago.MessageSizeTooLarge, kafkago.RecordListTooLarge)
}

// alone writes messages of a batch that was too large one by one: the batch is at
// fault unless a message of it is. It returns the places of those that are.
func (p *Producer) alone(ctx context.Context, messages []kafkago.Message) (large []int, err error) {
	for i := range messages {
		err := p.large.WriteMessages(ctx, messages[i])
		if err = firstOf(err); tooLarge(err) {
			large = append(large, messages[i].WriterData.(int))
		} else if err != nil {
			return large, err
		}
	}
	return large, nil
}
