package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// script is a sequence of effects that moves every metric a tracker moves.
func script() []*tracker.Effects {
	web := &tracker.Dims{Channel: "web"}
	return []*tracker.Effects{
		{
			Deltas: []tracker.Delta{
				{Kind: tracker.OrdersOpened, Stage: -1, Value: 1, Dims: web},
				{Kind: tracker.OrdersOpen, Stage: -1, Value: 1, Dims: web},
				{Kind: tracker.VisitsStarted, Stage: 0, Value: 1, Dims: web},
				{Kind: tracker.VisitsOpen, Stage: 0, A: 1, Value: 1, Dims: web},
			},
			Oldest:    []order.Instant{ago(2 * time.Hour), 0},
			LastEvent: []order.Instant{ago(2 * time.Hour), 0},
			Held:      1, Bytes: 200,
		},
		{
			Deltas: []tracker.Delta{
				{Kind: tracker.VisitsDue, Stage: 0, A: uint8(tracker.Yes), Value: 1, Dims: web},
				{Kind: tracker.VisitsOpen, Stage: 0, A: 1, Value: -1, Dims: web},
				{Kind: tracker.VisitsOpen, Stage: 0, A: 3, Value: 1, Dims: web},
				{Kind: tracker.ExceptionsOpened, Stage: 0, Value: 1, Dims: web, Exception: tracker.Overdue, Team: "team-0"},
				{Kind: tracker.ExceptionsOpen, Stage: 0, Value: 1, Dims: web, Exception: tracker.Overdue, Team: "team-0"},
				{Kind: tracker.PromisesDue, Stage: -1, A: 1, B: uint8(tracker.No), Value: 1, Dims: web},
				{Kind: tracker.PromisesDue, Stage: -1, A: 2, B: uint8(tracker.Yes), Value: 1, Dims: web},
				{Kind: tracker.OrdersLate, Stage: -1, Value: 1, Dims: web},
				{Kind: tracker.ExceptionsOpened, Stage: -1, Value: 1, Dims: web, Exception: tracker.PromiseBroken},
			},
			Oldest:    []order.Instant{ago(2 * time.Hour), 0},
			LastEvent: []order.Instant{ago(2 * time.Hour), 0},
			Held:      1, Bytes: 210,
		},
		{
			Deltas: []tracker.Delta{
				{Kind: tracker.VisitsFinished, Stage: 0, Value: 1, Dims: web},
				{Kind: tracker.VisitDuration, Stage: 0, Value: 5400, Dims: web},
				{Kind: tracker.VisitsCorrected, Stage: 0, A: uint8(tracker.Yes), B: uint8(tracker.Undecided), Value: 1, Dims: web},
				{Kind: tracker.VisitsOpen, Stage: 0, A: 3, Value: -1, Dims: web},
				{Kind: tracker.ExceptionsOpen, Stage: 0, Value: -1, Dims: web, Exception: tracker.Overdue, Team: "team-0"},
				{Kind: tracker.VisitsStarted, Stage: 1, Value: 1, Dims: web},
				{Kind: tracker.VisitsOpen, Stage: 1, A: 1, Value: 1, Dims: web},
				{Kind: tracker.OrdersReopened, Stage: -1, Value: 1, Dims: &tracker.Dims{Channel: "app"}},
				{Kind: tracker.OrdersClosed, Stage: -1, A: uint8(process.Completed), Value: 1, Dims: &tracker.Dims{Channel: "app"}},
				{Kind: tracker.OrderDuration, Stage: -1, Value: 90000, Dims: &tracker.Dims{Channel: "app"}},
			},
			Oldest:    []order.Instant{0, ago(30 * time.Minute)},
			LastEvent: []order.Instant{ago(30 * time.Minute), ago(30 * time.Minute)},
			Held:      2, Bytes: 400,
		},
	}
}

func TestExposition(t *testing.T) {
	m, reg := mustNew(t, config(short(), "web"))
	m.SetReady(true)
	p := m.Partition("shop", "orders", 0)
	var out strings.Builder
	before := map[string]float64{}
	for i, e := range script() {
		p.Apply(e)
		after := samples(t, reg)
		fmt.Fprintf(&out, "# after flush %d, what changed\n", i+1)
		out.WriteString(lines(after, func(name string, value float64) bool {
			old, ok := before[name]
			return (!ok || old != value) && (value != 0 || ok) && !strings.HasPrefix(name, "takt_build_info")
		}))
		before = after
	}
	p.Records(metrics.Records{Stored: 5, History: 4, Duplicate: 3, Dead: 2, Skipped: 1})
	p.DeadLetter(order.NotJSON)
	p.DeadLetter(order.BadTime)
	p.Unknown("activity", 3)
	p.Events(map[string]order.Instant{"web": ago(time.Minute), "app": ago(-time.Hour)})
	p.SetLag(7, 3*time.Second)
	m.Flush(metrics.FlushSize)
	m.Retry("overload")
	m.Retry("unheard of")
	m.Insert("events", 5, 20*time.Millisecond)
	m.Insert("unheard of", 5, 20*time.Millisecond)
	m.SetAudit("orders", 1, 2)
	m.SetReady(false)
	after := samples(t, reg)
	out.WriteString("# after the pipeline's own\n")
	out.WriteString(lines(after, func(name string, value float64) bool {
		old, ok := before[name]
		return (!ok || old != value)
	}))
	golden(t, "testdata/exposition.txt", out.String())
}

// TestPage is the whole page as Prometheus reads it, after the script.
func TestPage(t *testing.T) {
	m, reg := mustNew(t, config(short(), "web"))
	p := m.Partition("shop", "orders", 0)
	for _, e := range script() {
		p.Apply(e)
	}
	handler, err := metrics.NewHandler(metrics.ServerConfig{Gatherer: reg, Ready: m.Ready}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	golden(t, "testdata/metrics.txt", strings.ReplaceAll(w.Body.String(), runtime.Version(), "GOVERSION"))
}

// isGauge tells the gauges that partitions move.
func isGauge(name string) bool {
	for _, g := range []string{
		"takt_stage_orders", "takt_stage_oldest", "takt_stage_last", "takt_orders_open{", "takt_orders_open_late",
		"takt_exceptions_open{", "takt_tracker_", "takt_source_last", "takt_ingest_lag",
	} {
		if strings.HasPrefix(name, g) {
			return true
		}
	}
	return false
}

func part(all map[string]float64, keep func(string) bool) map[string]float64 {
	kept := map[string]float64{}
	for name, value := range all {
		if keep(name) && value != 0 {
			kept[name] = value
		}
	}
	return kept
}

func TestGaugesAndCountersAreApart(t *testing.T) {
	split := func(gauges bool) []*tracker.Effects {
		all := script()
		for _, e := range all {
			var kept []tracker.Delta
			for _, d := range e.Deltas {
				g := d.Kind == tracker.VisitsOpen || d.Kind == tracker.OrdersOpen || d.Kind == tracker.OrdersLate || d.Kind == tracker.ExceptionsOpen
				if g == gauges {
					kept = append(kept, d)
				}
			}
			e.Deltas = kept
		}
		return all
	}
	run := func(effects []*tracker.Effects) map[string]float64 {
		m, reg := mustNew(t, config(short(), "web"))
		p := m.Partition("shop", "orders", 0)
		for _, e := range effects {
			p.Apply(e)
		}
		return samples(t, reg)
	}
	isCounter := func(name string) bool { return !isGauge(name) }
	whole, counters, gauges := run(script()), run(split(false)), run(split(true))
	if diff := cmp.Diff(part(whole, isCounter), part(counters, isCounter)); diff != "" {
		t.Errorf("counters without gauge deltas (-whole +got):\n%s", diff)
	}
	if diff := cmp.Diff(part(whole, isGauge), part(gauges, isGauge)); diff != "" {
		t.Errorf("gauges without counter deltas (-whole +got):\n%s", diff)
	}
	if diff := cmp.Diff(part(run(nil), isCounter), part(gauges, isCounter)); diff != "" {
		t.Errorf("counters moved by gauge deltas (-none +got):\n%s", diff)
	}
}

func TestGaugesSumPartitionsAndVanishWithThem(t *testing.T) {
	m, reg := mustNew(t, config(short(), "web"))
	none := samples(t, reg)
	absent(t, none, "takt_stage_orders")
	p, q := m.Partition("shop", "orders", 0), m.Partition("shop", "orders", 1)
	p.Apply(&tracker.Effects{
		Deltas: []tracker.Delta{gauge(tracker.VisitsOpen, 0, "web", 1, 3), delta(tracker.VisitsStarted, 0, "web")},
		Oldest: []order.Instant{ago(time.Hour)}, LastEvent: []order.Instant{ago(time.Minute)}, Held: 3, Bytes: 30,
	})
	q.Apply(&tracker.Effects{
		Deltas: []tracker.Delta{gauge(tracker.VisitsOpen, 0, "web", 1, 4), delta(tracker.VisitsStarted, 0, "web")},
		Oldest: []order.Instant{ago(2 * time.Hour)}, LastEvent: []order.Instant{ago(2 * time.Minute)}, Held: 4, Bytes: 40,
	})
	p.SetLag(5, time.Second)
	q.SetLag(6, time.Minute)
	const onTime = `takt_stage_orders{channel="web",process="short",stage="review",state="on_time"}`
	both := samples(t, reg)
	want(t, both, onTime, 7)
	want(t, both, `takt_stage_oldest_order_age_seconds{process="short",stage="review"}`, 7200)
	want(t, both, `takt_stage_oldest_order_age_seconds{process="short",stage="pay"}`, 0)
	want(t, both, `takt_stage_last_event_timestamp_seconds{process="short",stage="review"}`, float64(now.Add(-time.Minute).Unix()))
	absent(t, both, `takt_stage_last_event_timestamp_seconds{process="short",stage="pay"}`)
	want(t, both, "takt_tracker_orders", 7)
	want(t, both, "takt_tracker_memory_bytes", 70)
	want(t, both, `takt_ingest_lag_records{topic="orders"}`, 11)
	want(t, both, `takt_ingest_lag_seconds{topic="orders"}`, 60)

	q.Close()
	one := samples(t, reg)
	want(t, one, onTime, 3)
	want(t, one, `takt_stage_oldest_order_age_seconds{process="short",stage="review"}`, 3600)
	want(t, one, `takt_ingest_lag_records{topic="orders"}`, 5)
	want(t, one, `takt_stage_visits_started_total{channel="web",process="short",stage="review"}`, 2)

	p.Close()
	p.Close()
	p.Apply(effects(gauge(tracker.VisitsOpen, 0, "web", 1, 1)))
	gone := samples(t, reg)
	want(t, gone, `takt_stage_visits_started_total{channel="web",process="short",stage="review"}`, 2)
	gone[`takt_stage_visits_started_total{channel="web",process="short",stage="review"}`] = 0
	if diff := cmp.Diff(none, gone); diff != "" {
		t.Errorf("after Close (-before any partition +got):\n%s", diff)
	}
}

func TestRetailIsSmall(t *testing.T) {
	c := config(retail(), "web", "app", "store", "vip")
	c.Reported = []string{"stock_out", "material_shortage", "address_error", "lost", "damaged", "complaint", "return", "exchange", "refund"}
	_, reg, _ := everything(t, c)
	n := len(samples(t, reg))
	t.Logf("retail with 8 stages, 4 channels and 9 reported kinds of exception: %d series", n)
	if n >= 1500 {
		t.Errorf("retail exports %d series, want fewer than 1,500", n)
	}
	c.Reported = nil
	_, reg, _ = everything(t, c)
	t.Logf("without reported kinds: %d series", len(samples(t, reg)))
}

func TestDeltasOutsideTheContractAreIgnored(t *testing.T) {
	m, reg := mustNew(t, config(short(), "web"))
	p := m.Partition("shop", "orders", 0)
	before := samples(t, reg)
	p.Apply(effects(
		tracker.Delta{}, tracker.Delta{Kind: 99, Value: 1},
		gauge(tracker.VisitsStarted, -1, "web", 0, 1), gauge(tracker.VisitsStarted, 2, "web", 0, 1),
		gauge(tracker.VisitsDue, 0, "web", 0, 1), gauge(tracker.VisitsOpen, 0, "web", 4, 1),
		tracker.Delta{Kind: tracker.VisitsCorrected, A: 1, B: 1, Value: 1}, gauge(tracker.VisitsCorrected, 0, "web", 3, 1),
		gauge(tracker.VisitDuration, -1, "web", 0, 1), gauge(tracker.OrdersClosed, -1, "web", uint8(process.Open), 1),
		gauge(tracker.PromisesDue, -1, "web", 3, 1),
	))
	after := samples(t, reg)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("moved (-before +after):\n%s", diff)
	}
}

func TestNewChecksItsConfiguration(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*metrics.Config)
		want string
	}{
		{"no process", func(c *metrics.Config) { c.Processes, c.Sources = nil, nil }, "processes: is missing: name at least one process"},
		{"process twice", func(c *metrics.Config) { c.Processes = append(c.Processes, short()) }, `processes[1]: "short" stands twice`},
		{"source twice", func(c *metrics.Config) { c.Sources = append(c.Sources, c.Sources[0]) }, `sources[1]: "shop" stands twice`},
		{"source without topic", func(c *metrics.Config) { c.Sources[0].Topic = "" }, "sources[0]: needs a name and a topic"},
		{"unknown process", func(c *metrics.Config) { c.Sources[0].Process = "b2b" }, `sources[0].process: "b2b" is not a process`},
		{"unknown label", func(c *metrics.Config) { c.ExtraLabels = []string{"customer"} }, `metrics.extra_labels[0]: "customer" is not one of ["region" "warehouse" "carrier"]`},
		{"label twice", func(c *metrics.Config) { c.ExtraLabels = []string{"region", "region"} }, `metrics.extra_labels[1]: "region" stands twice`},
		{"negative cap", func(c *metrics.Config) { c.SeriesCap = -1 }, "metrics.series_cap: must not be negative"},
		{"cap too small", func(c *metrics.Config) { c.SeriesCap = 10 }, "metrics.series_cap: 10 is less than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := config(short(), "web")
			c.edit(&conf)
			_, err := metrics.New(conf, prometheus.NewRegistry())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
