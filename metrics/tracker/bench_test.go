package tracker

import (
	"fmt"
	"testing"

	"github.com/takt-orders/takt/ingest/order"
)

// benchEvents makes n orders of six events each, event by event, so that no two
// neighbours belong to one order.
func benchEvents(n int) []order.Event {
	var h order.Hasher
	steps := []string{"placed", "approved", "paid", "picked", "noted", "delivered"}
	events := make([]order.Event, 0, n*len(steps))
	for s, activity := range steps {
		for i := range n {
			e := order.Event{
				OrderID: fmt.Sprintf("SO-2026-%016d", i), Activity: activity, Source: "shop", Channel: []string{"web", "store"}[i%2],
				Region: fmt.Sprintf("region-%d", i%31), Warehouse: "east", Carrier: "SF", Product: fmt.Sprintf("sku-%d", i%1000),
				OccurredAt: start + order.Instant(s)*hour + order.Instant(i%1000)*1000, Currency: "CNY",
				Amount: order.Decimal{Units: int64(i % 100000), Valid: true},
			}
			e.SourceOrder = e.OrderID
			if s == 0 {
				e.PromisedAt, e.PromiseKind = start+72*hour, order.PromiseFirst
			}
			h.SetContent(&e)
			h.SetID(&e, order.IdentityContent, "", "", 0)
			events = append(events, e)
		}
	}
	return events
}

// BenchmarkFlow applies events and cuts every 10,000: the whole work per event.
func BenchmarkFlow(b *testing.B) {
	events := benchEvents(50_000)
	plan := lawPlan()
	spare := make(chan *Effects, 1)
	b.ReportAllocs()
	b.ResetTimer()
	var t *Tracker
	for i := range b.N {
		at := i % len(events)
		if at == 0 {
			t = New(Config{Plan: plan, Spare: spare}) // a running tracker has its buffers
		}
		t.Apply(&events[at], int64(i), true)
		if i%10_000 == 9_999 {
			t.Advance(events[at].OccurredAt, true)
			t.Release(t.Cut(nil))
		}
	}
}

// BenchmarkApply applies events without a cut.
func BenchmarkApply(b *testing.B) {
	events := benchEvents(50_000)
	plan := lawPlan()
	b.ReportAllocs()
	b.ResetTimer()
	var t *Tracker
	for i := range b.N {
		at := i % len(events)
		if at == 0 {
			t = New(Config{Plan: plan})
		}
		t.Apply(&events[at], int64(i), true)
	}
}

// BenchmarkFilter adds closed orders to a filter of ten million, and asks it.
func BenchmarkFilter(b *testing.B) {
	var f filter
	const n = 10_000_000
	hash := func(i int) uint64 { return uint64(i+1) * mixConstant }
	for i := range n {
		f.add(hash(i))
	}
	b.Run("add", func(b *testing.B) {
		for i := range b.N {
			f.add(hash(i % n)) // known: the filter stays as large
		}
	})
	b.Run("has", func(b *testing.B) {
		for i := range b.N {
			f.has(hash(n + i))
		}
	})
}
