package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/alerts/exception/feed"
	"github.com/takt-orders/takt/alerts/exception/rest"
	"github.com/takt-orders/takt/alerts/notify"
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

// acknowledger takes the acknowledgements of people who follow a message's link, or
// who silence an alert in Alertmanager.
type acknowledger struct{ app *App }

var (
	_ notify.Ledger   = acknowledger{}
	_ notify.Silences = acknowledger{}
)

// acknowledgePatience bounds how long one click takes exceptions: each is a change of
// its own, the one who clicks waits, and a proxy would give up after a minute.
const acknowledgePatience = 20 * time.Second

// Acknowledge is notify.Ledger's.
func (k acknowledger) Acknowledge(ctx context.Context, s notify.Scope, by string) (taken, left int, err error) {
	return k.take(ctx, s, "", acknowledgePatience, byPage(by))
}

// byPage returns the change of somebody who answers on a page.
func byPage(by string) func(*exception.Listed) *exception.Change {
	return func(e *exception.Listed) *exception.Change {
		return &exception.Change{ID: fmt.Sprintf("page/%d/%d", e.ID, e.Revision), Origin: exception.Person, Author: by}
	}
}

// Silenced is notify.Silences'.
func (k acknowledger) Silenced(ctx context.Context, s notify.Scope, orderID string, q notify.Silence) error {
	n, _, err := k.take(ctx, s, orderID, 0, func(e *exception.Listed) *exception.Change {
		if e.OpenedAt.After(q.At) {
			return nil
		}
		return &exception.Change{
			ID: fmt.Sprintf("silence/%s/%d", q.ID, e.ID), Origin: exception.Alertmanager, Author: cmp.Or(q.By, "alertmanager"), Reason: q.Why,
		}
	})
	if n > 0 {
		k.app.opt.Logger.Info("a silence acknowledges exceptions", "silence", q.ID, "exceptions", n)
	}
	return err
}

// take acknowledges the open exceptions of s, of one order if it is named, that nobody
// has acknowledged: for so long if patience is not zero, but at least one. change says
// who and why, nil that an exception is not meant. It returns how many it took and how
// many it did not come to.
func (k acknowledger) take(
	ctx context.Context, s notify.Scope, orderID string, patience time.Duration, change func(*exception.Listed) *exception.Change,
) (taken, left int, err error) {
	began := time.Now()
	store := clickhouse.NewLedger(k.app.db, k.app.opt.Now)
	list, err := store.List(ctx, exception.Filter{Process: s.Process, OrderID: orderID, Kind: s.Kind, Stage: s.Stage, Team: s.Team})
	if err != nil {
		return 0, 0, err
	}
	var changes []exception.Change
	for i := range list {
		e := &list[i]
		if e.Stage != s.Stage || e.Team != s.Team || !e.AcknowledgedAt.IsZero() {
			continue
		}
		if c := change(e); c != nil {
			c.Exception, c.On, c.Step = e.ID, exception.Latest, exception.Acknowledge
			changes = append(changes, *c)
		}
	}
	ledger := exception.NewLedger(store)
	for i, c := range changes {
		if patience > 0 && taken > 0 && time.Since(began) > patience {
			return taken, len(changes) - i, nil
		}
		c.At = k.app.opt.Now()
		_, err := ledger.Record(ctx, c)
		if moved := (*exception.NotAllowed)(nil); errors.As(err, &moved) {
			continue // it has been answered or resolved in the meantime
		}
		if err != nil {
			return taken, len(changes) - i, err
		}
		taken++
	}
	return taken, 0, nil
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
