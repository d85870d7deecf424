package view

import (
	"fmt"
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

// fill plays the simulation up to now through the tracker into the engine.
func fill(t testing.TB, cfg simulate.Config, now time.Time) *clickhouse.DB {
	t.Helper()
	topic := fmt.Sprintf("orders-%s", cfg.Process.Name)
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}, Writer: strings.ReplaceAll("w"+cfg.Process.Name, "_", "")})
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
	if err := db.SyncProcesses(t.Context(), order.At(now), []*process.Process{cfg.Process}); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	run, err := simulate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := clickhouse.NewWriter(db, cfg.Process)
	tr := tracker.New(tracker.Config{Plan: process.NewPlan(cfg.Process), Linger: 1000 * 24 * time.Hour, LingerOrders: 1 << 20})
	var hasher order.Hasher
	offset, first, number := int64(0), int64(0), int64(0)
	var f *ingest.Flush
	begin := func() {
		f = &ingest.Flush{Source: "sim", Process: cfg.Process.Name, Topic: topic, Partitions: 1}
		f.Events = w.Events(f)
	}
	begin()
	flush := func(at order.Instant) {
		tr.Advance(at, true)
		number++
		f.Number, f.First, f.Next, f.WrittenAt = number, first, offset, at
		f.Counts.Records, f.Counts.Stored = offset-first, f.Counts.Events
		f.Counts.Duplicate = f.Counts.Records - f.Counts.Stored
		f.Rows = w.Rows(f)
		f.Effects = tr.Cut(f.Rows)
		if err := w.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		tr.Release(f.Effects)
		w.Release(f)
		first = offset
		begin()
	}
	for d := range run.Until(now) {
		e := *d.Event
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
		if tr.Apply(&e, offset, false) {
			f.Events.Add(&e, offset, false)
			f.Counts.Events++
		}
		offset++
		if offset-first == 150_000 {
			flush(d.At)
		}
	}
	flush(order.At(now))
	return db
}
