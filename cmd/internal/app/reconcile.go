package app

import (
	"context"
	"errors"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/reconcile"
	"github.com/takt-orders/takt/ingest/source"
)

// Reconciliation is one comparison of a source's own list with Takt.
type Reconciliation struct {
	Source  *config.Source
	System  string // that the list is of, as events name it; empty: the source
	Channel string // of the list; empty: it is of every channel
	List    *reconcile.List
	From    reconcile.Day // zero: the list's first
	To      reconcile.Day // zero: the list's last
	Until   order.Instant // orders placed from then on are left to the next list; zero: none are
	Late    time.Duration // a placement recorded so much later is late
	Now     time.Time
	Dry     bool // store nothing, report nothing
}

// Reconciled is what a Reconciliation did.
type Reconciled struct {
	*reconcile.Result
	Raised   int // exceptions reported
	Repaired int // exceptions reported as resolved
}

// Reconcile compares the list with the store, reports what is new and what is repaired
// of it to the source's topic, and stores the result in place of the former one. The
// reports go first: whoever is cut off between the two does both again, and the
// reports collapse.
func Reconcile(ctx context.Context, cfg *config.Config, db *clickhouse.DB, c Reconciliation) (*Reconciled, error) {
	if c.System == "" {
		c.System = c.Source.Name
	}
	p := c.Source.Process
	scope := reconcile.Scope{
		Process: p.Name, Source: c.System, Channel: c.Channel, From: c.From, To: c.To, Until: c.Until, Zone: p.Zone, Late: c.Late,
	}
	result, err := reconcile.Run(ctx, db, scope, p.OpensOn, c.List)
	if err != nil || c.Dry {
		return &Reconciled{Result: result}, err
	}
	former, formerRun, err := db.LastReconciliation(ctx, &result.Scope)
	if err != nil {
		return nil, err
	}
	run := order.At(c.Now)
	raised, repaired := reconcile.Reports(result, former, run, formerRun, c.Source.Owner)
	if err := report(ctx, cfg, c.Source, raised, repaired); err != nil {
		return nil, err
	}
	return &Reconciled{result, len(raised), len(repaired)}, db.SaveReconciliation(ctx, run, result)
}

// reportsAtOnce is how many reports are written together.
const reportsAtOnce = 5000

// report writes events about orders into the source's topic.
func report(ctx context.Context, cfg *config.Config, s *config.Source, all ...[]reconcile.Report) (err error) {
	var messages []kafka.Message
	for _, some := range all {
		for i := range some {
			e := &some[i].Event
			messages = append(messages, kafka.Message{Key: []byte(e.OrderID), Value: source.AppendOwn(nil, e, some[i].Delivery)})
		}
	}
	if len(messages) == 0 {
		return nil
	}
	cluster, err := KafkaCluster(cfg)
	if err != nil {
		return err
	}
	producer, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: s.Topic, Partitioner: s.Partitioner})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, producer.Close()) }()
	for from := 0; from < len(messages); from += reportsAtOnce {
		if err := producer.Write(ctx, messages[from:min(from+reportsAtOnce, len(messages))]...); err != nil {
			return err
		}
	}
	return nil
}

const (
	// reconciledEvery is how often the stored results are looked at.
	reconciledEvery = time.Minute
	// reconciledDays is how far back they count.
	reconciledDays = 35
)

// watchReconciliation keeps the metrics of what differs up to date.
func (a *App) watchReconciliation(ctx context.Context) {
	type series struct{ source, kind string }
	told := map[series]bool{}
	tick := time.NewTicker(reconciledEvery)
	defer tick.Stop()
	for {
		now := map[series]uint64{}
		for _, p := range a.cfg.Processes {
			all, err := a.db.Differences(ctx, p.Name, a.opt.Now().In(p.Zone).AddDate(0, 0, -reconciledDays))
			if err != nil {
				if ctx.Err() == nil {
					a.opt.Logger.Warn("results of reconciliations cannot be read", "process", p.Name, "err", err)
				}
				now = nil
				break
			}
			for _, d := range all {
				now[series{d.Source, string(d.Kind)}] += d.Orders
			}
		}
		if now != nil {
			for s := range told { // what is too old by now differs no more
				now[s] += 0
			}
			for s, orders := range now {
				told[s] = true
				a.metrics.SetReconciliation(s.source, s.kind, float64(orders))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
