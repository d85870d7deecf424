package app

import (
	"context"
	"net/http"

	"github.com/takt-orders/takt/alerts/exception/feed"
	"github.com/takt-orders/takt/alerts/exception/rest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/metrics"
)

// api returns the HTTP API of the ledger of exceptions.
func (a *App) api() http.Handler {
	return rest.NewHandler(rest.Config{
		Store: clickhouse.NewLedger(a.db, a.opt.Now), Token: a.cfg.API.Token.Reveal(), Now: a.opt.Now, Logger: a.opt.Logger,
	})
}

// openFeed prepares the feed of the ledger's topic, if one is configured. Its group
// is its own: the partitions of the two topics have nothing to do with each other.
func (a *App) openFeed() error {
	topic := a.cfg.Ledger.Topic
	if topic == "" {
		return nil
	}
	cluster, err := KafkaCluster(a.cfg)
	if err != nil {
		return err
	}
	a.changes, err = kafka.New(kafka.Config{
		Cluster: cluster, Topic: topic, Group: a.cfg.Kafka.Group + "-ledger", SessionTimeout: a.cfg.Kafka.SessionTimeout, Logger: a.opt.Logger,
	})
	if err != nil {
		return err
	}
	a.feed = feed.New(feed.Config{
		Topic: topic, Source: a.changes, Store: clickhouse.NewLedger(a.db, a.opt.Now), Logger: a.opt.Logger,
	})
	return nil
}

// handledDays is how far back the metrics of the ledger look.
const handledDays = 7

// tellHandled tells the metrics of the lane's partitions what people did about
// their exceptions.
func (l *lane) tellHandled(ctx context.Context) error {
	now := l.app.opt.Now()
	counts, err := clickhouse.NewLedger(l.app.db, l.app.opt.Now).Counts(ctx, l.source.Topic, now.AddDate(0, 0, -handledDays))
	if err != nil {
		return err
	}
	byPartition := map[int][]metrics.Handled{}
	for _, c := range counts {
		if c.Process == l.source.Process.Name {
			byPartition[c.Partition] = append(byPartition[c.Partition], metrics.Handled{
				Stage: l.source.Process.StageIndex(c.Stage), Kind: c.Kind, Team: c.Team, Unanswered: c.Unanswered,
				Acknowledged: c.Acknowledged, AcknowledgeSeconds: c.AcknowledgeSeconds, Resolved: c.Resolved, ResolveSeconds: c.ResolveSeconds,
			})
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, p := range l.partitions {
		p.SetHandled(byPartition[n])
	}
	return nil
}
