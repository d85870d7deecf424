package dashboards_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
	"github.com/takt-orders/takt/metrics/view"
)

// world is a simulated shop whose warehouse has stood still since this morning, played
// through the real tracker into the real ClickHouse, its last hours live: what the real
// collector exported meanwhile, on the simulation's clock, is in the real Prometheus.
type world struct {
	dir     string
	engine  *embedded.ClickHouse
	db      *clickhouse.DB
	process *process.Process
	now     time.Time // of the simulation, where it ends: the present

	writer  *clickhouse.Writer
	tracker *tracker.Tracker
	hasher  order.Hasher
	offset  int64
	first   int64
	flushes int64
	last    ingest.Mark

	waiting string // number of an order past its limit
	stored  uint64 // visits, orders and exceptions

	scrapes    *scrapes
	prometheus *monitor // nil: it cannot be had here
	missing    error    // why not
}

const (
	days      = 30
	perDay    = 400
	liveHours = 2
	topic     = "orders"
	source    = "shop"
)

func open(ctx context.Context, dir string) (w *world, err error) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, err
	}
	w = &world{dir: dir, process: retail(zone), now: time.Now().UTC().Truncate(time.Minute)}
	if problems := w.process.Validate(); len(problems) > 0 {
		return nil, fmt.Errorf("process: %v", problems)
	}
	if w.engine, err = embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{Dir: filepath.Join(dir, "clickhouse")}); err != nil {
		return nil, err
	}
	if w.db, err = clickhouse.Open(ctx, clickhouse.Config{Addr: []string{w.engine.Addr}, Writer: "boards", Observer: observer{w}}); err != nil {
		return nil, err
	}
	if err := w.db.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := w.db.SyncProcesses(ctx, order.At(w.now.AddDate(0, 0, -days)), []*process.Process{w.process}); err != nil {
		return nil, err
	}
	if err := view.Apply(ctx, w.db, w.now); err != nil {
		return nil, err
	}
	if w.scrapes, err = newScrapes(w.process); err != nil {
		return nil, err
	}
	if err := w.play(ctx); err != nil {
		return nil, err
	}
	if _, err := view.Roll(ctx, w.db.Conn()); err != nil { // as takt run does, each minute
		return nil, err
	}
	row := w.db.Conn().QueryRow(ctx, "SELECT order_id FROM takt.visits WHERE outcome = 'open' AND breached ORDER BY entered_at LIMIT 1")
	if err := row.Scan(&w.waiting); err != nil {
		return nil, err
	}
	row = w.db.Conn().QueryRow(ctx, "SELECT (SELECT count() FROM takt.visits) + (SELECT count() FROM takt.orders) + (SELECT count() FROM takt.exceptions)")
	if err := row.Scan(&w.stored); err != nil {
		return nil, err
	}
	m, err := embedded.FindMonitoring(ctx, os.Stderr)
	if err != nil {
		w.missing = err
		return w, nil
	}
	w.prometheus, err = w.scrapes.serve(ctx, m, filepath.Join(dir, "prometheus"))
	return w, err
}

func (w *world) close() error {
	err := errors.Join(w.db.Close(), w.engine.Close())
	if w.prometheus != nil {
		err = errors.Join(err, w.prometheus.close())
	}
	return err
}

func (w *world) play(ctx context.Context) error {
	run, err := simulate.New(simulate.Config{
		Process: w.process, Seed: 42, From: w.now.AddDate(0, 0, -days), OrdersPerDay: perDay, Scenario: simulate.WarehouseOutage,
		Onset: w.now.Add(-simulate.WarehouseOutage.Lead()),
	})
	if err != nil {
		return err
	}
	w.writer = clickhouse.NewWriter(w.db, w.process)
	w.tracker = tracker.New(tracker.Config{Plan: process.NewPlan(w.process), Linger: 1000 * 24 * time.Hour, LingerOrders: 1 << 20})
	live, normal := w.now.Add(-liveHours*time.Hour), false
	for at := w.now.AddDate(0, 0, -days); at.Before(w.now); {
		if at.Before(live) {
			at = at.Add(6 * time.Hour)
			if at.After(live) {
				at = live
			}
		} else {
			at = at.Add(time.Minute)
		}
		w.scrapes.now = at
		isLive := !at.Before(live)
		latest := map[string]order.Instant{}
		counts := metrics.Records{}
		f := &ingest.Flush{Source: source, Process: w.process.Name, Topic: topic, Partitions: 1, First: w.first, WrittenAt: order.At(at)}
		f.Events = w.writer.Events(f)
		for d := range run.Until(at) {
			e := *d.Event
			w.last = ingest.Mark{Offset: w.offset, Append: d.At}
			w.hasher.SetContent(&e)
			w.hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
			f.Counts.Records++
			switch {
			case w.offset%997 == 996: // as a broken record would
				f.Dead = append(f.Dead, ingest.DeadLetter{Offset: w.offset, Append: d.At, Reason: order.NoOrder, Field: "order_id", Key: []byte(e.OrderID), Value: []byte("{}")})
				f.Counts.Dead++
				if isLive {
					w.scrapes.part.DeadLetter(order.NoOrder)
				}
			case w.tracker.Apply(&e, w.offset, isLive):
				f.Events.Add(&e, w.offset, isLive)
				f.Counts.Stored++
				f.Counts.Events++
				counts.Stored++
				latest[e.Channel] = max(latest[e.Channel], e.OccurredAt)
			default:
				f.Counts.Duplicate++
				counts.Duplicate++
			}
			w.offset++
		}
		w.tracker.Advance(order.At(at), isLive)
		if err := w.flush(ctx, f); err != nil {
			return err
		}
		if !normal && !at.Before(live) {
			normal = true
			upper, err := view.Normals(ctx, w.db.Conn(), w.process, at, nil)
			if err != nil {
				return err
			}
			w.scrapes.metrics.SetNormals(w.process.Name, upper)
		}
		if isLive {
			w.scrapes.part.Events(latest)
			w.scrapes.part.Records(counts)
			w.scrapes.part.SetLag(0, 0)
			w.scrapes.metrics.Flush(metrics.FlushTime)
			if err := w.scrapes.take(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) flush(ctx context.Context, f *ingest.Flush) error {
	w.flushes++
	f.Number, f.Next, f.Last = w.flushes, w.offset, w.last
	f.Rows = w.writer.Rows(f)
	f.Effects = w.tracker.Cut(f.Rows)
	if err := w.writer.Write(ctx, f); err != nil {
		return err
	}
	w.scrapes.part.Apply(f.Effects)
	w.tracker.Release(f.Effects)
	w.writer.Release(f)
	w.first = w.offset
	return nil
}

// observer tells the collector of inserts.
type observer struct{ w *world }

func (o observer) Inserted(table string, rows int, took time.Duration) {
	if s := o.w.scrapes; s != nil {
		s.metrics.Insert(table, rows, took)
	}
}

func (o observer) Retried(reason string) {
	if s := o.w.scrapes; s != nil {
		s.metrics.Retry(reason)
	}
}
