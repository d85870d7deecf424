package metrics_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/tracker"
)

// TestCap sends far more channels, teams and stages than the cap allows, through
// two partitions that come and go, and holds that nothing is lost or negative.
func TestCap(t *testing.T) {
	for _, limit := range []int{1_000, 1_003, metrics.DefaultSeriesCap} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			c := config(retail(), "web")
			c.SeriesCap = limit
			m, reg := mustNew(t, c)
			const channels = 1_200
			p, q := m.Partition("shop", "orders", 0), m.Partition("shop", "orders", 1)
			for i := range channels {
				for _, part := range []*metrics.Partition{p, q} {
					ch := fmt.Sprintf("channel-%d", i)
					up := delta(tracker.ExceptionsOpen, 0, ch)
					up.Exception, up.Team = "overdue", ch
					part.Apply(effects(
						delta(tracker.OrdersOpened, -1, ch), gauge(tracker.OrdersOpen, -1, ch, 0, 1),
						delta(tracker.VisitsStarted, int8(i%8), ch), gauge(tracker.VisitsOpen, int8(i%8), ch, 1, 1), up,
					))
					part.Events(map[string]order.Instant{ch: ago(0)})
				}
			}
			all := samples(t, reg)
			if len(all) > limit {
				t.Errorf("%d series, want at most %d", len(all), limit)
			}
			t.Logf("%d series of at most %d", len(all), limit)
			sum := func(all map[string]float64, prefix string) (sum float64) {
				for name, value := range all {
					if strings.HasPrefix(name, prefix) {
						if value < 0 {
							t.Errorf("%s is %v", name, value)
						}
						sum += value
					}
				}
				return sum
			}
			for _, name := range []string{"takt_orders_opened_total", "takt_orders_open{", "takt_stage_visits_started_total", "takt_stage_orders{", "takt_exceptions_open{"} {
				if got := sum(all, name); got != 2*channels {
					t.Errorf("%s: sum %v, want %v", name, got, 2*channels)
				}
			}
			kept := sum(all, "takt_orders_opened_total") - all[`takt_orders_opened_total{channel="other",process="retail"}`]
			if kept < 2 || kept >= 2*channels {
				t.Errorf("%v orders under their own channel, want some and not all", kept)
			}
			for _, label := range []string{"channel", "owner_team", "kind"} {
				if all[fmt.Sprintf("takt_label_overflow_total{label=%q}", label)] == 0 {
					t.Errorf("no overflow of %s is counted", label)
				}
			}
			// Another partition goes; what it held must not let anything new in.
			q.Close()
			for i := range channels {
				ch := fmt.Sprintf("channel-%d", i)
				down := delta(tracker.ExceptionsOpen, 0, ch)
				down.Exception, down.Team, down.Value = "overdue", ch, -1
				p.Apply(effects(gauge(tracker.OrdersOpen, -1, ch, 0, -1), gauge(tracker.VisitsOpen, int8(i%8), ch, 1, -1), down))
			}
			all = samples(t, reg)
			for name, value := range all {
				if value != 0 && (strings.HasPrefix(name, "takt_orders_open{") || strings.HasPrefix(name, "takt_stage_orders{") || strings.HasPrefix(name, "takt_exceptions_open{")) {
					t.Errorf("%s is %v after all that was opened has closed", name, value)
				}
			}
		})
	}
}

func TestNoOverflowWithinTheCap(t *testing.T) {
	m, reg := mustNew(t, config(retail(), "web"))
	p := m.Partition("shop", "orders", 0)
	p.Apply(effects(delta(tracker.OrdersOpened, -1, "unheard of"), delta(tracker.OrdersOpened, -1, metrics.Other), delta(tracker.OrdersOpened, -1, "")))
	all := samples(t, reg)
	want(t, all, `takt_orders_opened_total{channel="unheard of",process="retail"}`, 1)
	want(t, all, `takt_orders_opened_total{channel="other",process="retail"}`, 1)
	want(t, all, `takt_orders_opened_total{channel="",process="retail"}`, 1)
	want(t, all, `takt_label_overflow_total{label="channel"}`, 0)
}

func TestExtraLabels(t *testing.T) {
	c := config(short(), "web")
	c.ExtraLabels = []string{"carrier", "region"}
	m, reg := mustNew(t, c)
	p := m.Partition("shop", "orders", 0)
	d := delta(tracker.VisitsOpen, 0, "web")
	d.A, d.Dims = 1, &tracker.Dims{Channel: "web", Region: "east", Carrier: "sf", Warehouse: "w1"}
	s := d
	s.Kind = tracker.VisitsStarted
	p.Apply(effects(d, s))
	p.Apply(effects(delta(tracker.VisitsStarted, 0, "web")))
	got := lines(samples(t, reg), func(name string, value float64) bool {
		return value != 0 && (strings.HasPrefix(name, "takt_stage_orders") || strings.HasPrefix(name, "takt_stage_visits"))
	})
	want := `takt_stage_orders{carrier="sf",channel="web",process="short",region="east",stage="review",state="on_time"} 1
takt_stage_visits_started_total{carrier="",channel="web",process="short",region="",stage="review"} 1
takt_stage_visits_started_total{carrier="sf",channel="web",process="short",region="east",stage="review"} 1
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNativeHistograms(t *testing.T) {
	for _, native := range []bool{false, true} {
		c := config(short(), "web")
		c.NativeHistograms = native
		m, reg := mustNew(t, c)
		d := delta(tracker.VisitDuration, 0, "web")
		d.Value = 5400
		m.Partition("shop", "orders", 0).Apply(effects(d))
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != "takt_stage_duration_seconds" {
				continue
			}
			h := f.GetMetric()[1].GetHistogram()
			if got := h.Schema != nil && len(h.GetPositiveSpan()) > 0; got != native {
				t.Errorf("native_histograms %t: native buckets exported: %t", native, got)
			}
			if got := len(h.GetBucket()); got != 15 {
				t.Errorf("native_histograms %t: %d classic buckets, want 15", native, got)
			}
		}
	}
}

// TestStringsAreNotKept overwrites the memory that labels aliased, as a tracker
// does after Release.
func TestStringsAreNotKept(t *testing.T) {
	m, reg := mustNew(t, config(short()))
	p := m.Partition("shop", "orders", 0)
	memory := []byte("web")
	for range 2 {
		alias := aliased(memory)
		d := delta(tracker.ExceptionsOpen, 0, alias)
		d.Exception, d.Team = alias, alias
		p.Apply(effects(delta(tracker.OrdersOpened, -1, alias), gauge(tracker.OrdersOpen, -1, alias, 0, 1), d))
		p.Events(map[string]order.Instant{alias: ago(0)})
	}
	copy(memory, "xxx")
	all := samples(t, reg)
	want(t, all, `takt_orders_opened_total{channel="web",process="short"}`, 2)
	want(t, all, `takt_orders_open{channel="web",process="short"}`, 2)
	want(t, all, `takt_exceptions_open{kind="web",owner_team="web",process="short",stage="review"}`, 2)
	want(t, all, `takt_source_last_event_timestamp_seconds{channel="web",source="shop"}`, float64(now.Unix()))
	for name := range all {
		if strings.Contains(name, "xxx") {
			t.Errorf("%s aliases the tracker's memory", name)
		}
	}
}
