package metrics_test

import (
	"fmt"
	"testing"

	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/tracker"
)

// flush is what a flush of n orders moves: each is opened, goes through one stage
// and enters the next.
func flush(n int, extra bool) *tracker.Effects {
	e := &tracker.Effects{}
	for i := range n {
		dims := &tracker.Dims{Channel: []string{"web", "app", "store", "vip"}[i%4], Product: fmt.Sprint(i)}
		if extra {
			dims.Region, dims.Carrier = fmt.Sprintf("region-%d", i%8), fmt.Sprintf("carrier-%d", i%3)
		}
		add := func(kind tracker.DeltaKind, stage int8, a uint8, value float64) {
			e.Deltas = append(e.Deltas, tracker.Delta{Kind: kind, Stage: stage, A: a, Value: value, Dims: dims, Exception: "overdue", Team: "team-0"})
		}
		add(tracker.OrdersOpened, -1, 0, 1)
		add(tracker.OrdersOpen, -1, 0, 1)
		add(tracker.VisitsStarted, 0, 0, 1)
		add(tracker.VisitsOpen, 0, 1, 1)
		add(tracker.VisitsOpen, 0, 1, -1)
		add(tracker.VisitsFinished, 0, 0, 1)
		add(tracker.VisitsDue, 0, uint8(tracker.No), 1)
		add(tracker.VisitDuration, 0, 0, float64(60*(i%2000)))
		add(tracker.VisitsStarted, 1, 0, 1)
		add(tracker.VisitsOpen, 1, 1, 1)
		if i%20 == 0 {
			add(tracker.ExceptionsOpened, 0, 0, 1)
			add(tracker.ExceptionsOpen, 0, 0, 1)
		}
	}
	return e
}

// BenchmarkApply tells the time per delta: as a flush has them, alone (each with
// dimensions of its own), with extra labels, and with native histograms.
func BenchmarkApply(b *testing.B) {
	for _, c := range []struct {
		name   string
		edit   func(*metrics.Config)
		extra  bool
		single bool
	}{
		{name: "flush", edit: func(*metrics.Config) {}},
		{name: "alone", edit: func(*metrics.Config) {}, single: true},
		{name: "extra", edit: func(c *metrics.Config) { c.ExtraLabels = []string{"region", "carrier"} }, extra: true},
		{name: "extra-alone", edit: func(c *metrics.Config) { c.ExtraLabels = []string{"region", "carrier"} }, extra: true, single: true},
		{name: "native", edit: func(c *metrics.Config) { c.NativeHistograms = true }},
	} {
		b.Run(c.name, func(b *testing.B) {
			conf := config(retail(), "web", "app", "store", "vip")
			c.edit(&conf)
			m, _ := mustNew(b, conf)
			p := m.Partition("shop", "orders", 0)
			e := flush(1000, c.extra)
			if c.single {
				for i := range e.Deltas {
					d := *e.Deltas[i].Dims
					e.Deltas[i].Dims = &d
				}
			}
			p.Apply(e)
			b.ReportAllocs()
			for b.Loop() {
				p.Apply(e)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(e.Deltas)), "ns/delta")
		})
	}
}

// BenchmarkGather tells what one scrape of a retail process costs.
func BenchmarkGather(b *testing.B) {
	m, reg := mustNew(b, config(retail(), "web", "app", "store", "vip"))
	for i := range 8 {
		m.Partition("shop", "orders", i).Apply(flush(100, false))
	}
	for b.Loop() {
		if _, err := reg.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestApplyAllocatesNothing(t *testing.T) {
	for _, extra := range []bool{false, true} {
		conf := config(retail(), "web")
		if extra {
			conf.ExtraLabels = []string{"region", "carrier"}
		}
		m, _ := mustNew(t, conf)
		p := m.Partition("shop", "orders", 0)
		e := flush(100, extra)
		p.Apply(e)
		if n := testing.AllocsPerRun(100, func() { p.Apply(e) }); n > 0 {
			t.Errorf("extra labels %t: %v allocations per flush, want none", extra, n)
		}
	}
}
