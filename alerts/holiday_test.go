package alerts_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/takt-orders/takt/alerts"
)

// TestHoliday plays an outage that begins on the last working afternoon before a
// holiday of a week: one notification then, one reminder on the first working morning,
// one resolution. In closed hours nothing becomes due, as the calendar's clock stands.
func TestHoliday(t *testing.T) {
	t.Parallel()
	c, _ := routing(t)
	zone := shipped(t, "retail").Zone
	begin := time.Date(2026, 9, 30, 9, 0, 0, 0, zone) // Wednesday
	broke, mended := begin.Add(5*time.Hour), time.Date(2026, 10, 8, 11, 0, 0, 0, zone)
	end := mended.Add(6 * time.Hour)
	store := teststorage.New(t)
	t.Cleanup(func() { _ = store.Close() }) // a second close is no fault
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	t.Cleanup(func() { _ = engine.Close() })
	m := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, store), Appendable: store, Queryable: store, Context: t.Context(),
		Registerer: prometheus.NewRegistry(), NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	})
	path := filepath.Join(t.TempDir(), "rules.yaml")
	text, err := burnOfPick(t).YAML()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	groups, errs := m.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, path)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, r := range groups[rules.GroupKey(path, "alerts")].AlertingRules() {
		r.SetRestored(true) // else ALERTS is not written
	}
	var fired, resolved []time.Time
	firing := false
	w := &works{begin: begin, broke: broke, mended: mended}
	for at := begin; !at.After(end); at = at.Add(4 * time.Minute) {
		w.until(t, store, at)
		now := false
		for _, name := range []string{"recording", "alerts"} {
			g := groups[rules.GroupKey(path, name)]
			g.Eval(t.Context(), at)
			for _, r := range g.AlertingRules() {
				now = now || r.State() == rules.StateFiring
			}
		}
		if now && !firing {
			fired = append(fired, at)
		} else if firing && !now {
			resolved = append(resolved, at)
		}
		firing = now
	}
	if len(fired) != 1 || len(resolved) != 1 {
		t.Fatalf("fired %v, resolved %v", fired, resolved)
	}
	if fired[0].Before(broke) || fired[0].After(broke.Add(2*time.Hour)) || resolved[0].Before(mended) {
		t.Errorf("fired %v, resolved %v", fired, resolved)
	}
	var told []string
	for _, r := range dispatch.NewRoute(c.Route, nil).Match(model.LabelSet{"severity": "critical", "owner_team": "warehouse-east"}) {
		o := &r.RouteOpts
		var last time.Time
		for at := fired[0].Add(o.GroupWait); at.Before(resolved[0]); at = at.Add(o.GroupInterval) {
			if (last.IsZero() || at.Sub(last) >= o.RepeatInterval) && delivers(c, r, at.UTC()) {
				last = at
				told = append(told, o.Receiver+" "+at.In(zone).Format("01-02 15"))
			}
		}
	}
	want := []string{"team warehouse-east " + fired[0].In(zone).Format("01-02 15"), "reminder warehouse-east 10-08 09"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

// burnOfPick returns the page for the burn of one stage, and what it needs.
func burnOfPick(t *testing.T) alerts.File {
	c := alerts.Config{Process: shipped(t, "retail")}
	recording, page := alerts.Group{Name: "recording", Interval: "1m"}, alerts.Group{Name: "alerts", Interval: "1m"}
	for _, g := range c.Recording().Groups {
		for _, r := range g.Rules {
			if strings.Contains(r.Record, "_due") && strings.HasPrefix(r.Record, "process_stage:") {
				recording.Rules = append(recording.Rules, r)
			}
		}
	}
	for _, r := range c.Alerting().Groups[0].Rules {
		if r.Alert == "TaktStageBudgetBurn" && r.Labels["stage"] == "pick" && r.Labels["severity"] == "critical" {
			page.Rules = append(page.Rules, r)
		}
	}
	return alerts.File{Groups: []alerts.Group{recording, page}}
}

// works is a stage in whose working hours one visit a minute is due, all of them
// broken in the outage.
type works struct {
	begin, broke, mended time.Time
	now                  time.Time
	within, breached     float64
}

// until appends the stage's series every other minute up to at.
func (w *works) until(t *testing.T, store *teststorage.TestStorage, at time.Time) {
	t.Helper()
	if w.now.IsZero() {
		w.now = w.begin
	}
	a := store.AppenderV2(t.Context())
	for ; !w.now.After(at); w.now = w.now.Add(2 * time.Minute) {
		open := 0.0
		if holiday := w.now.Month() == time.October && w.now.Day() < 8; !holiday && w.now.Hour() >= 9 && w.now.Hour() < 18 {
			open = 1
			if w.now.Before(w.broke) || !w.now.Before(w.mended) {
				w.within += 2
			} else {
				w.breached += 2
			}
		}
		for _, s := range []struct {
			name, outcome string
			value         float64
		}{{"takt_stage_due_total", "within", w.within}, {"takt_stage_due_total", "breached", w.breached}, {"takt_stage_working", "", open}} {
			series := labels.FromStrings("__name__", s.name, "process", "retail", "stage", "pick", "outcome", s.outcome)
			if _, err := a.Append(0, series, 0, w.now.UnixMilli(), s.value, nil, nil, storage.AppendV2Options{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
}
