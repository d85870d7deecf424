package clickhouse

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// cpu returns the CPU time this process has used; the engine is another one.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// load is a flush of n events of n/5 orders as decoding makes them: names interned,
// the rest alias one buffer.
func load(n int) *filled {
	f := &filled{Flush: ingest.Flush{
		Source: "shop", Process: "bench", Topic: "bench", Partitions: 8, Number: 1, Next: int64(n),
		Counts: ingest.Counts{Records: int64(n), Stored: int64(n), Events: int64(n)}, WrittenAt: at("2026-03-01 12:00:00.000"),
	}}
	names := func(prefix string, n int) []string {
		var s []string
		for i := range n {
			s = append(s, fmt.Sprint(prefix, i))
		}
		return s
	}
	activities, regions, warehouses, carriers, products := names("order.activity", 8), names("region-", 30), names("wh-", 12), names("carrier-", 6), names("sku-", 500)
	actors, channels := names("clerk-", 200), names("channel-", 4)
	base := at("2026-03-01 00:00:00.000")
	effects := tracker.Gathered{}
	for i := range n {
		o := i / 5
		e := order.Event{
			Content: uint64(i) * 0x9e3779b97f4a7c15, OrderID: fmt.Sprintf("SO-2026-%09d", o), Process: "bench", Source: "shop",
			Channel: channels[o%4], Activity: activities[i%8], OccurredAt: base + order.Instant(i*7), RecordedAt: base + order.Instant(i*7+500),
			Actor: actors[i%200], Region: regions[o%30], Warehouse: warehouses[o%12], Carrier: carriers[o%6], Product: products[o%500],
			CustomerKey: fmt.Sprintf("%016x", uint64(o)*0x9e3779b97f4a7c15), Amount: order.Decimal{Units: int64(o % 100_000), Valid: true}, Currency: "CNY",
		}
		e.SourceOrder = strings.Clone(e.OrderID)
		var h order.Hasher
		h.SetID(&e, order.IdentityContent, "", "", 0)
		f.Events = append(f.Events, listed{e, int64(i), true})
		if i%5 != 0 {
			continue
		}
		d := tracker.Dims{Source: "shop", Channel: e.Channel, Region: e.Region, Warehouse: e.Warehouse, Carrier: e.Carrier, Product: e.Product}
		v := tracker.Visit{
			OrderID: e.OrderID, Number: 1, EnteredAt: e.OccurredAt, LeftAt: e.OccurredAt + 3_600_000, DueAt: e.OccurredAt + 14_400_000, Limit: 14_400_000,
			Breached: tracker.No, Outcome: tracker.Finished, Team: "sales-ops", Actor: e.Actor, Dims: d, Amount: e.Amount, Currency: "CNY", Live: true,
		}
		effects.Visits = append(effects.Visits, v)
		v.Stage, v.LeftAt, v.Outcome = 1, 0, tracker.InStage
		effects.Orders = append(effects.Orders, tracker.Order{
			ID: e.OrderID, Status: process.Open, OpenedAt: e.OccurredAt, StageNow: 1, Amount: e.Amount, Currency: "CNY", CustomerKey: e.CustomerKey, Dims: d,
			Stages: []uint8{0, 1}, Live: true, Open: []tracker.Visit{v}, Tracked: true, State: make([]byte, 160),
		})
	}
	f.Effects = effects
	return f
}

// BenchmarkWrite tells rows a second and CPU seconds of the client for a million
// events, for events alone and with the rows the tracker makes of them.
func BenchmarkWrite(b *testing.B) {
	for _, bench := range []struct {
		name    string
		rows    int
		whole   bool
		protoco string
	}{{"events/10k", 10_000, false, "lz4"}, {"events/100k", 100_000, false, "lz4"}, {"events/100k/zstd", 100_000, false, "zstd"}, {"whole/100k", 100_000, true, "lz4"}} {
		b.Run(bench.name, func(b *testing.B) {
			db := open(b, func(c *Config) { c.Compression = bench.protoco })
			w := NewWriter(db, retail("bench"))
			f := load(bench.rows)
			if !bench.whole {
				f.Effects = tracker.Gathered{}
			}
			mustWrite(b, w, f)
			before := cpu()
			for b.Loop() {
				f.Number++
				mustWrite(b, w, f)
			}
			events := float64(b.N) * float64(bench.rows)
			b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric((cpu()-before).Seconds()/events*1e6, "clientCPUs/Mevents")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkEncode is the client's part alone: rows to columns to compressed frames.
func BenchmarkEncode(b *testing.B) {
	for _, whole := range []bool{false, true} {
		b.Run(map[bool]string{false: "events", true: "whole"}[whole], func(b *testing.B) {
			f := load(100_000)
			if !whole {
				f.Effects = tracker.Gathered{}
			}
			w := &Writer{
				db: &DB{cfg: Config{Compression: "lz4"}}, processes: map[string]*process.Process{"bench": retail("bench")},
				events: make(chan *eventRows, 1), free: make(chan *blocks, 1),
			}
			b.ReportAllocs()
			for b.Loop() {
				f.to(w)
				bs := f.Rows.(*blocks)
				for _, each := range append(bs.all(), &f.Flush.Events.(*eventRows).block) {
					if each.rows == 0 {
						continue
					}
					body, err := each.encode(bs.body[:0], bs.framer)
					if err != nil {
						b.Fatal(err)
					}
					bs.body = body
				}
				w.Release(&f.Flush)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/event")
		})
	}
}

// BenchmarkOpenOrders is recovery's read: states of tracked orders a second.
func BenchmarkOpenOrders(b *testing.B) {
	db := open(b, nil)
	f := load(500_000) // 100,000 orders
	f.Process, f.Topic, f.Events, f.Effects.Visits = "recover", "recover", nil, nil
	mustWrite(b, NewWriter(db, retail("recover")), f)
	orders := 0
	before := cpu()
	for b.Loop() {
		err := db.OpenOrders(b.Context(), ingest.Key{Process: "recover", Topic: "recover"}, map[int]int64{0: 1}, func(int, []byte, bool) error {
			orders++
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if orders != b.N*100_000 {
		b.Fatalf("got %d orders in %d rounds", orders, b.N)
	}
	b.ReportMetric(float64(orders)/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric((cpu()-before).Seconds()/float64(orders)*1e6, "clientCPUs/Morders")
	b.ReportMetric(0, "ns/op")
}
