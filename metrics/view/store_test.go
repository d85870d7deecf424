package view

import (
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// teller writes what it is told through the tracker into the engine.
type teller struct {
	t             testing.TB
	db            *clickhouse.DB
	w             *clickhouse.Writer
	tr            *tracker.Tracker
	f             *ingest.Flush
	process       string
	offset, first int64
	number        int64
	epoch         int
	plan          *process.Plan
}

// tell connects with tables, the process and views.
func tell(t testing.TB, p *process.Process, now time.Time) *teller {
	t.Helper()
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}, Writer: strings.ReplaceAll("w"+p.Name, "_", "")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.SyncProcesses(t.Context(), order.At(now), []*process.Process{p}); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	l := &teller{t: t, db: db, w: clickhouse.NewWriter(db, p), process: p.Name, plan: process.NewPlan(p)}
	l.anew(0)
	return l
}

// anew begins an epoch, in which everything is told once more.
func (l *teller) anew(epoch int) {
	l.tr = tracker.New(tracker.Config{Plan: l.plan, Linger: 1000 * 24 * time.Hour, LingerOrders: 1 << 20})
	l.epoch, l.offset, l.first, l.number = epoch, 0, 0, 0
	l.begin()
}

func (l *teller) begin() {
	l.f = &ingest.Flush{Source: "sim", Process: l.process, Topic: "orders-" + l.process, Partitions: 1, Epoch: l.epoch}
	l.f.Events = l.w.Events(l.f)
}

// event tells an event, which has its identity.
func (l *teller) event(e *order.Event) {
	if l.tr.Apply(e, l.offset, false) {
		l.f.Events.Add(e, l.offset, false)
		l.f.Counts.Events++
	}
	l.offset++
}

// flush stores what was told.
func (l *teller) flush(at order.Instant) {
	l.t.Helper()
	l.tr.Advance(at, true)
	l.number++
	f := l.f
	f.Number, f.First, f.Next, f.WrittenAt = l.number, l.first, l.offset, at
	f.Counts.Records, f.Counts.Stored = l.offset-l.first, f.Counts.Events
	f.Counts.Duplicate = f.Counts.Records - f.Counts.Stored
	f.Rows = l.w.Rows(f)
	f.Effects = l.tr.Cut(f.Rows)
	if err := l.w.Write(l.t.Context(), f); err != nil {
		l.t.Fatal(err)
	}
	l.tr.Release(f.Effects)
	l.w.Release(f)
	l.first = l.offset
	l.begin()
}

// fill plays the simulation up to now.
func fill(t testing.TB, cfg simulate.Config, now time.Time) *clickhouse.DB {
	t.Helper()
	l := tell(t, cfg.Process, now)
	l.play(cfg, now)
	return l.db
}

func (l *teller) play(cfg simulate.Config, now time.Time) {
	l.t.Helper()
	run, err := simulate.New(cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	var hasher order.Hasher
	for d := range run.Until(now) {
		e := *d.Event
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
		l.event(&e)
		if l.offset-l.first == 150_000 {
			l.flush(d.At)
		}
	}
	l.flush(order.At(now))
}
