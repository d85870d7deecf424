package alerts_test

import (
	"context"
	"math/bits"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// A replay plays a simulation through the real tracker and the real collector on the
// simulation's clock, appends what the collector gathers to a database of Prometheus,
// and evaluates the shipped rules there, unscaled. No series is typed by hand.
//
// Orders of the weeks before Warm are history: they move no counter, and give the
// normals. From Warm on events come live and the rules are evaluated every warmStep,
// from From on every minute. What fires from From on is the result.
type replay struct {
	Sim  simulate.Config // From: when history begins
	Warm time.Time
	From time.Time
	To   time.Time
	// Disturb, if not nil, is called before each scrape from From on.
	Disturb func(w *world, now time.Time)
	// Fine has time pass by the minute from Warm on, and what is recorded looked back
	// on whole.
	Fine    bool
	Absent  func(*order.Event) bool // orders that nobody places; may be nil
	Settled time.Time               // if not zero, the replay ends from then on where nothing fires
	Rules   []string                // default the shipped ones of the process and of Takt itself
}

const warmStep = 5 * time.Minute

// firing is one alert from when it fired until it was resolved.
type firing struct {
	Alert, Severity, Stage, Team, Kind string
	Summary                            string
	From, To                           time.Time // To zero: fires still
}

// world is one running replay.
type world struct {
	t       testing.TB
	replay  replay
	run     *simulate.Run
	plan    *process.Plan
	source  [process.MaxStages]string // the system that ends a stage
	tracker *tracker.Tracker
	metrics *metrics.Metrics
	reg     *prometheus.Registry
	part    *metrics.Partition
	store   *teststorage.TestStorage
	groups  []*rules.Group
	hasher  order.Hasher
	offset  int64
	now     time.Time
	levels  levels
	gauges  map[gauge]float64
	firing  map[string]*firing
	result  []*firing

	Mute func(labels.Labels) bool // series that are not scraped
	Down bool                     // nothing is scraped
	Held bool                     // no event reaches the log
}

// play runs the replay to its end.
func (r replay) play(t testing.TB) *world {
	t.Helper()
	w := r.start(t)
	for ; w.now.Before(r.Warm); w.now = w.now.Add(15 * time.Minute) {
		w.feed(false)
	}
	for w.now.Before(r.From) {
		w.feed(true)
		w.scrape()
		// Looked back on is the same time of day, in the first hour closely, and where Fine
		// the whole last day.
		ago := w.now.Add(48*time.Hour).Sub(r.From) % (24 * time.Hour)
		if ago >= 23*time.Hour {
			ago -= 24 * time.Hour
		}
		if ago <= r.To.Sub(r.From) || r.Fine && r.From.Sub(w.now) <= 24*time.Hour {
			w.evaluate(true)
		}
		step := warmStep
		if r.Fine || ago >= -30*time.Minute && ago < time.Hour {
			step = time.Minute
		}
		w.now = w.now.Add(step)
	}
	for ; w.now.Before(r.To); w.now = w.now.Add(time.Minute) {
		w.feed(true)
		if r.Disturb != nil {
			r.Disturb(w, w.now)
		}
		w.scrape()
		w.evaluate(false)
		w.note()
		if !r.Settled.IsZero() && !w.now.Before(r.Settled) && len(w.firing) == 1 {
			return w // the watchdog alone
		}
	}
	return w
}

func (r replay) start(t testing.TB) *world {
	t.Helper()
	p := r.Sim.Process
	w := &world{t: t, replay: r, now: r.Sim.From, levels: newLevels(p, r.Sim.From), firing: map[string]*firing{}, gauges: map[gauge]float64{}}
	var err error
	if w.run, err = simulate.New(r.Sim); err != nil {
		t.Fatal(err)
	}
	w.plan = process.NewPlan(p)
	w.tracker = tracker.New(tracker.Config{Plan: w.plan, Linger: 48 * time.Hour})
	w.restart()
	w.store = teststorage.New(t)
	t.Cleanup(func() { _ = w.store.Close() }) // a second close is no fault
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	t.Cleanup(func() { _ = engine.Close() })
	m := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, w.store), Appendable: w.store, Queryable: w.store, Context: t.Context(),
		Registerer: prometheus.NewRegistry(), NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	})
	files := r.Rules
	if files == nil {
		files = []string{"rules/" + p.Name + ".rules.yaml", "rules/" + p.Name + ".alerts.yaml", "rules/own.alerts.yaml"}
	}
	for _, f := range files { // recording rules first, so that alerts see this minute's
		groups, errs := m.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, filepath.FromSlash(f))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, g := range groups {
			w.groups = append(w.groups, g)
			for _, r := range g.AlertingRules() {
				r.SetRestored(true) // else ALERTS is not written
			}
		}
	}
	return w
}

// restart makes the collector of a new process: its counters begin at zero.
func (w *world) restart() {
	w.reg = prometheus.NewPedanticRegistry()
	var err error
	p := w.replay.Sim.Process
	w.metrics, err = metrics.New(metrics.Config{
		Processes: []*process.Process{p}, Sources: []metrics.Source{{Name: "shop", Process: p.Name, Topic: "orders"}},
		Channels: []string{"app", "web", "marketplace", "vip", "store"}, Now: func() time.Time { return w.now },
	}, w.reg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.metrics.SetReady(true)
	w.metrics.SetAudit("orders", 0, 0)
	w.part = w.metrics.Partition("shop", "orders", 0)
	w.part.SetLag(0, 0)
}

// noRows leaves out what would be written to the store.
type noRows struct{}

func (noRows) Order(*tracker.Order)         {}
func (noRows) Visit(*tracker.Visit)         {}
func (noRows) Exception(*tracker.Exception) {}
func (noRows) Promise(*tracker.Promise)     {}

// gauge is what a gauge of the collector is moved by.
type gauge struct {
	kind                     tracker.DeltaKind
	stage                    int8
	a                        uint8
	channel, exception, team string
}

// remember sums up the gauges, for rebuild.
func (w *world) remember(e *tracker.Effects) {
	for i := range e.Deltas {
		d := &e.Deltas[i]
		if d.Kind >= tracker.VisitsOpen {
			k := gauge{d.Kind, d.Stage, d.A, strings.Clone(d.Dims.Channel), strings.Clone(d.Exception), strings.Clone(d.Team)}
			w.gauges[k] += d.Value
		}
	}
}

// rebuild gives a new collector the gauges, as recovery does: a tracker restored from
// the store tells them in its first cut.
func (w *world) rebuild() {
	e := &tracker.Effects{}
	for k, value := range w.gauges {
		e.Deltas = append(e.Deltas, tracker.Delta{
			Kind: k.kind, Stage: k.stage, A: k.a, Value: value, Dims: &tracker.Dims{Channel: k.channel}, Exception: k.exception, Team: k.team,
		})
	}
	w.part.Apply(e)
}

// feed takes what has reached the log by now.
func (w *world) feed(live bool) {
	if w.Held {
		return
	}
	latest := map[string]order.Instant{}
	records := metrics.Records{}
	for d := range w.run.Until(w.now) {
		e := *d.Event
		if w.replay.Absent != nil && w.replay.Absent(&e) {
			continue
		}
		if ends := w.plan.Step(e.Activity).Ends; ends != 0 {
			w.source[bits.TrailingZeros64(ends)] = e.Source
		}
		w.hasher.SetContent(&e)
		w.hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
		if w.tracker.Apply(&e, w.offset, live) {
			records.Stored++
		} else {
			records.Duplicate++
		}
		w.offset++
		if live {
			latest[e.Channel] = max(latest[e.Channel], e.OccurredAt)
		}
	}
	w.tracker.Advance(order.At(w.now), live)
	effects := w.tracker.Cut(noRows{})
	w.part.Apply(effects)
	w.levels.apply(effects, w.now)
	w.remember(effects)
	w.tracker.Release(effects)
	if live {
		w.part.Events(latest)
		w.part.Records(records)
	}
	if live {
		if upper, ok := w.levels.upper(w.now); ok {
			w.metrics.SetNormals(w.replay.Sim.Process.Name, upper)
		}
	}
}

// scrape appends what the collector gathers, as Prometheus would.
func (w *world) scrape() {
	a := w.store.AppenderV2(w.t.Context())
	b := labels.NewBuilder(labels.EmptyLabels())
	add := func(name string, pairs []*dto.LabelPair, le string, value float64) {
		b.Reset(labels.EmptyLabels())
		b.Set("__name__", name)
		b.Set("job", "takt")
		b.Set("instance", "takt:8380")
		for _, l := range pairs {
			b.Set(l.GetName(), l.GetValue())
		}
		if le != "" {
			b.Set("le", le)
		}
		series := b.Labels()
		if w.Mute != nil && w.Mute(series) {
			return
		}
		if _, err := a.Append(0, series, 0, w.now.UnixMilli(), value, nil, nil, storage.AppendV2Options{}); err != nil {
			w.t.Fatal(err)
		}
	}
	up := 1.0
	if w.Down {
		up = 0
	} else {
		families, err := w.reg.Gather()
		if err != nil {
			w.t.Fatal(err)
		}
		for _, f := range families {
			if f.GetType() == dto.MetricType_HISTOGRAM {
				continue // no rule reads one, as TestCatalogue shows
			}
			for _, m := range f.GetMetric() {
				add(f.GetName(), m.GetLabel(), "", m.GetCounter().GetValue()+m.GetGauge().GetValue())
			}
		}
	}
	add("up", nil, "", up)
	if err := a.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

// evaluate evaluates the groups that are due; while the replay warms, recording alone.
func (w *world) evaluate(warm bool) {
	for _, g := range w.groups {
		coarse := warm && !w.replay.Fine // then each step is due
		if warm && g.HasAlertingRules() || !coarse && w.now.Sub(w.replay.From)%g.Interval() != 0 {
			continue
		}
		g.Eval(w.t.Context(), w.now)
		for _, r := range g.Rules() {
			if err := r.LastError(); err != nil {
				w.t.Fatalf("%v: rule %s: %v", w.now, r.Name(), err)
			}
		}
	}
}

// note writes down what begins and what ends to fire.
func (w *world) note() {
	seen := map[string]bool{}
	for _, g := range w.groups {
		for _, r := range g.AlertingRules() {
			for _, a := range r.ActiveAlerts() {
				if a.State != rules.StateFiring {
					continue
				}
				key := a.Labels.String()
				seen[key] = true
				if w.firing[key] == nil {
					f := &firing{
						Alert: a.Labels.Get("alertname"), Severity: a.Labels.Get("severity"), Stage: a.Labels.Get("stage"),
						Team: a.Labels.Get("owner_team"), Kind: a.Labels.Get("kind"), Summary: a.Annotations.Get("summary"), From: w.now,
					}
					w.firing[key] = f
					w.result = append(w.result, f)
				}
			}
		}
	}
	for key, f := range w.firing {
		if !seen[key] {
			f.To = w.now
			delete(w.firing, key)
		}
	}
}
