package config_test

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// TestShippedRulesRaiseNothingFalse: orders that go as they should, with repeats,
// late records and rework, break no rule of the shipped processes, skip no stage and
// are placed once.
func TestShippedRulesRaiseNothingFalse(t *testing.T) {
	cfg := mustLoad(t, "testdata/shipped.yaml", none)
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, p := range cfg.Processes {
		t.Run(p.Name, func(t *testing.T) {
			run, err := simulate.New(simulate.Config{Process: p, Seed: 5, From: from, OrdersPerDay: 100})
			if err != nil {
				t.Fatal(err)
			}
			tr := tracker.New(tracker.Config{Plan: process.NewPlan(p), LingerOrders: 1 << 20, Linger: 1 << 60})
			var h order.Hasher
			n := int64(0)
			for d := range run.Until(from.AddDate(0, 0, 60)) {
				e := *d.Event
				h.SetContent(&e)
				h.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
				tr.Apply(&e, n, true)
				n++
			}
			tr.Advance(order.At(from.AddDate(0, 0, 60)), true)
			var rows tracker.Gathered
			tr.Cut(&rows)
			found := rows.Exceptions
			for i := range found {
				switch x := &found[i]; x.Kind {
				case tracker.Skipped, tracker.Duplicate, process.FieldMismatch, process.PaidWithoutStock, tracker.OutOfPath:
					t.Errorf("order %s: %s in stage %d, cause %q", x.OrderID, x.Kind, x.Stage, x.Cause)
				}
			}
			t.Logf("%d events, %d exceptions, none of them false", n, len(found))
		})
	}
}
