package app

import (
	"errors"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

// relay is a source's way into the topic of another.
type relay struct {
	observer
	topic   *kafka.Source
	letters *kafka.Producer // nil: no dead-letter topic
	out     *kafka.Transactions
	work    *ingest.Relay
}

func (a *App) newRelay(s *config.Source, sink ingest.Sink) (_ *relay, err error) {
	r := &relay{observer: newObserver(a, s)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	cluster, err := KafkaCluster(a.cfg)
	if err != nil {
		return nil, err
	}
	if r.topic, err = a.openTopic(cluster, s); err != nil {
		return nil, err
	}
	if r.letters, err = a.openLetters(cluster, s); err != nil {
		return nil, err
	}
	into := a.cfg.Source(s.Through)
	r.out, err = kafka.NewTransactions(kafka.TransactionsConfig{
		Cluster: cluster, Topic: into.Topic, Partitioner: into.Partitioner, Group: a.cfg.Kafka.Group,
		Source: s.Topic, Epoch: s.Epoch, Logger: a.opt.Logger,
	})
	if err != nil {
		return nil, err
	}
	if _, err := NewDecoder(s, a.cfg); err != nil {
		return nil, err
	}
	cfg := ingest.RelayConfig{
		Name: s.Name, Process: s.Process.Name, Topic: s.Topic, Epoch: s.Epoch,
		NewDecoder: func() ingest.Decoder { return newDecoder(s, a.cfg) },
		Rows:       a.cfg.Flush.Rows, Every: a.cfg.Flush.Every, Session: a.cfg.Kafka.SessionTimeout,
		UntilCaughtUp: a.opt.UntilCaughtUp, Observer: r, Logger: a.opt.Logger, Now: a.opt.Now,
	}
	if r.letters != nil {
		cfg.DeadLetters = copyLetters(r.letters, s.Topic)
	}
	r.work, err = ingest.NewRelay(cfg, r.topic, r.out, sink, a.db)
	return r, err
}

func (r *relay) close() error {
	err := closeTopics(r.topic, r.letters)
	if r.out != nil {
		err = errors.Join(err, r.out.Close())
	}
	return err
}
