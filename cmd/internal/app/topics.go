package app

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

// openTopic returns what reads the topic of a source.
func (a *App) openTopic(cluster kafka.Cluster, s *config.Source) (*kafka.Source, error) {
	mode := kafka.AssignGroup
	if s.Assignment == "static" {
		mode = kafka.AssignStatic
	}
	return kafka.New(kafka.Config{
		Cluster: cluster, Topic: s.Topic, Group: a.cfg.Kafka.Group, Assignment: mode,
		Instance: s.Instance, Instances: s.Instances, SessionTimeout: a.cfg.Kafka.SessionTimeout, Logger: a.opt.Logger,
	})
}

// openLetters returns what writes the dead-letter topic of a source, nil if it has none.
func (a *App) openLetters(cluster kafka.Cluster, s *config.Source) (*kafka.Producer, error) {
	if s.DeadLetterTopic == "" {
		return nil, nil
	}
	return kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: s.DeadLetterTopic, Logger: a.opt.Logger})
}

// copyLetters sends copies of dead letters of a topic to their own, reason and place
// in the headers.
func copyLetters(to *kafka.Producer, topic string) func(context.Context, []ingest.DeadLetter) error {
	return func(ctx context.Context, letters []ingest.DeadLetter) error {
		messages := make([]kafka.Message, len(letters))
		for i, d := range letters {
			messages[i] = kafka.Message{Key: d.Key, Value: d.Value, Headers: []kafka.Header{
				{Key: "takt-reason", Value: []byte(d.Reason.String())},
				{Key: "takt-field", Value: []byte(d.Field)},
				{Key: "takt-topic", Value: []byte(topic)},
			}}
		}
		return to.Write(ctx, messages...)
	}
}

// canonicalRetention is for how long a topic that Takt makes keeps events by the time
// of their first record: longer than logs usually reach back, since a source's log
// is passed on from its beginning.
const canonicalRetention = 30 * 24 * time.Hour

// makeCanonical makes the topic that other sources go through, unless it exists.
func makeCanonical(ctx context.Context, cluster kafka.Cluster, s *config.Source) error {
	return cluster.CreateTopic(ctx, s.Topic, s.Partitions, -1, map[string]string{
		"retention.ms":      strconv.FormatInt(canonicalRetention.Milliseconds(), 10),
		"max.message.bytes": strconv.Itoa(2 * s.MaxRecordBytes), // an event may be longer than its record
	})
}

func closeTopics(topic *kafka.Source, producers ...*kafka.Producer) error {
	var errs []error
	if topic != nil {
		errs = append(errs, topic.Close())
	}
	for _, p := range producers {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}
