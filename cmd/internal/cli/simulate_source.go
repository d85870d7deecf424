package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/simulate"
)

// feed writes orders into the topic of the source, past and to come.
func (c *simulateCmd) feed(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	s := cfg.Source(c.Source)
	if s == nil {
		return noSource(e, cfg, c.Source)
	}
	if from := s.MappingFrom; from.File != "canonical" {
		return misused("--source: %q maps with %s, but simulated orders need mapping: canonical", c.Source, cmp.Or(from.File, "a preset"))
	}
	known, err := c.config(s.Process)
	if err != nil {
		return err
	}
	if c.Truth != "" {
		if err := writeTruth(c.Truth, known, nil); err != nil {
			return err
		}
	}
	var f feed
	if f.run, err = endless(known); err != nil {
		return err
	}
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	if f.producer, err = emptyTopic(ctx, cfg, s); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.producer.Close()) }()
	bar := newProgress(e.stderr, "history, events", -1, false)
	n, err := f.past(ctx, known.To, func(n int) { bar.set(int64(n)) })
	if err != nil {
		return err
	}
	bar.done()
	e.log.Info("history is written; orders go on live", "source", c.Source, "events", n, "scenario", known.Scenario.String(), "seed", c.Seed)
	return f.live(ctx, nil)
}

// endless returns the orders of the configuration without an end; what goes wrong
// begins when it would have.
func endless(cfg simulate.Config) (*simulate.Run, error) {
	if cfg.Scenario != simulate.Normal {
		cfg.Onset = cfg.To.Add(-cfg.Scenario.Lead())
	}
	cfg.To = time.Time{}
	run, err := simulate.New(cfg)
	if err != nil {
		return nil, usageError{err}
	}
	return run, nil
}

// emptyTopic returns a producer for the source's topic, which is made unless it exists.
// One that has records is refused: equal seeds give equal order numbers, so a second
// history would tangle with the first.
func emptyTopic(ctx context.Context, cfg *config.Config, s *config.Source) (*kafka.Producer, error) {
	cluster, err := app.KafkaCluster(cfg)
	if err != nil {
		return nil, err
	}
	if err := makeTopic(ctx, cluster, s.Topic, demoPartitions); err != nil {
		return nil, err
	}
	ranges, err := logRanges(ctx, cfg, s)
	if err != nil {
		return nil, err
	}
	for _, r := range ranges {
		if r.End > 0 {
			return nil, hinted{
				fmt.Errorf("topic %q has records: simulated orders need an empty one", s.Topic),
				"Delete the topic, or name a source with another one. Orders of one's own and simulated ones do not belong together.",
			}
		}
	}
	return kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: s.Topic, Partitioner: s.Partitioner})
}
