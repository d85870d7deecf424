package alerts_test

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/gateway"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics"
)

// only returns what fired of an alert, and fails if a stage is given and is another.
func (w *world) only(alert, severity string) []*firing {
	var out []*firing
	for _, f := range w.result {
		if f.Alert == alert && f.Severity == severity {
			out = append(out, f)
		}
	}
	return out
}

// TestOutageEnds plays an outage of two hours: one alert, which ends with it.
func TestOutageEnds(t *testing.T) {
	t.Parallel()
	from := wednesday()
	onset := from.Add(10 * time.Hour)
	cfg := simulate.Config{
		Process: shipped(t, "retail"), Seed: 2, From: from.AddDate(0, 0, -20), Scenario: simulate.WarehouseOutage, Onset: onset, Duration: 2 * time.Hour,
	}
	w := replay{Sim: cfg, Warm: from.AddDate(0, 0, -2), From: onset.Add(-10 * time.Minute), To: onset.Add(180 * time.Minute)}.play(t)
	defer w.show()
	got := w.only("TaktStageSilent", "critical")
	if len(got) != 1 || got[0].Stage != "pick" || got[0].Team != "warehouse-east" {
		t.Fatalf("got %d alerts of silent stages", len(got))
	}
	if f := got[0]; f.From.Before(onset) || f.From.After(onset.Add(25*time.Minute)) || f.To.Before(onset.Add(2*time.Hour)) || f.To.After(onset.Add(170*time.Minute)) {
		t.Errorf("fired %v to %v, the outage was %v to %v", f.From, f.To, onset, onset.Add(2*time.Hour))
	}
}

// TestLongOutage plays the seventh day of an outage, when limits and promises are
// broken and the oldest order is forgotten.
func TestLongOutage(t *testing.T) {
	t.Parallel()
	from := wednesday()
	cfg := simulate.Config{
		Process: shipped(t, "retail"), Seed: 3, From: from.AddDate(0, 0, -20), Scenario: simulate.WarehouseOutage, Onset: from.AddDate(0, 0, -6), Duration: 300 * time.Hour,
	}
	w := replay{Sim: cfg, Warm: from.AddDate(0, 0, -2), From: from.Add(10 * time.Hour), To: from.Add(10*time.Hour + 20*time.Minute)}.play(t)
	defer w.show()
	for _, tt := range []struct{ alert, severity, stage, team string }{
		{"TaktStageBudgetBurn", "critical", "pick", "warehouse-east"},
		{"TaktStageBudgetBurn", "warning", "pick", "warehouse-east"},
		{"TaktStageOldestOrder", "warning", "pick", "warehouse-east"},
		{"TaktPromiseBurn", "critical", "", "operations"},
		{"TaktPromiseBurn", "warning", "", "operations"},
	} {
		got := w.only(tt.alert, tt.severity)
		if len(got) != 1 || got[0].Stage != tt.stage || got[0].Team != tt.team {
			t.Errorf("%s, %s: got %d, want one of %q, %q", tt.alert, tt.severity, len(got), tt.stage, tt.team)
		}
	}
}

// TestBurnAndSpike plays an outage until limits break.
func TestBurnAndSpike(t *testing.T) {
	t.Parallel()
	from := wednesday()
	onset := from.Add(10 * time.Hour)
	cfg := simulate.Config{
		Process: shipped(t, "retail"), Seed: 4, From: from.AddDate(0, 0, -20), Scenario: simulate.WarehouseOutage, Onset: onset, Duration: 8 * time.Hour,
	}
	w := replay{Sim: cfg, Warm: from.AddDate(0, 0, -2), From: onset.Add(2 * time.Hour), To: onset.Add(5 * time.Hour)}.play(t)
	defer w.show()
	if got := w.only("TaktStageBudgetBurn", "critical"); len(got) != 1 || got[0].Stage != "pick" || got[0].From.After(onset.Add(4*time.Hour+15*time.Minute)) {
		t.Errorf("got %d burns, want one of pick within 15 minutes after the limit", len(got))
	}
	kinds := map[string]bool{}
	for _, f := range w.only("TaktExceptionsSpike", "warning") {
		kinds[f.Stage+" "+f.Kind] = true
	}
	if !kinds["pick overdue"] || !kinds["pick at_risk"] || len(kinds) != 2 {
		t.Errorf("got spikes of %v", kinds)
	}
}

// TestDisturbances plays a normal morning on which Takt itself is disturbed, one thing
// after the other: each is alerted, ends, and no alert about a stage fires falsely,
// neither over missing series nor over counters that begin anew.
func TestDisturbances(t *testing.T) {
	t.Parallel()
	from := wednesday().Add(9 * time.Hour)
	at := func(minutes int) time.Time { return from.Add(time.Duration(minutes) * time.Minute) }
	cfg := simulate.Config{Process: shipped(t, "retail"), Seed: 5, From: from.AddDate(0, 0, -20), Scenario: simulate.Normal}
	r := replay{Sim: cfg, Warm: wednesday().AddDate(0, 0, -2), From: from, To: at(200)}
	var pushed *metrics.Gateway
	var polls *metrics.Polls
	r.Disturb = func(w *world, now time.Time) {
		minute := int(now.Sub(from) / time.Minute)
		if minute == 6 {
			pushed, polls = w.others(t)
		}
		if minute >= 6 {
			push(pushed, polls, minute, now)
		}
		switch now {
		case at(5):
			w.part.Close()
			w.restart() // counters begin at zero, gauges at nothing until they are rebuilt
			w.rebuild()
		case at(30):
			for range 60 {
				w.part.DeadLetter(order.BadTime)
			}
			w.part.Records(metrics.Records{Dead: 60})
		case at(100):
			w.metrics.SetAudit("orders", 3, 0)
		case at(115):
			w.metrics.SetAudit("orders", 0, 0)
		case at(102):
			w.metrics.SetParity("retail", metrics.FigureOrdersOpen, 2)
		case at(118):
			w.metrics.SetParity("retail", metrics.FigureOrdersOpen, 0)
		case at(65):
			w.metrics.SetReconciliation("orders", "missing", 3)
			w.metrics.SetReconciliation("orders", "late", 3)
		case at(80):
			w.metrics.SetReconciliation("orders", "missing", 0)
		case at(120):
			w.part.SetLag(4000, 20*time.Minute)
		case at(130):
			w.part.SetLag(0, 0)
		case at(135):
			w.Down = true
		case at(145):
			w.Down = false
		case at(150):
			w.Held = true
		case at(185):
			w.Held = false
		}
	}
	w := r.play(t)
	defer w.show()
	for _, tt := range []struct {
		alert, severity string
		begins, ends    int // at most, in minutes
	}{
		{"TaktAuditGap", "critical", 106, 116},
		{"TaktParityBroken", "warning", 113, 119},
		{"TaktReconciliation", "warning", 71, 81},
		{"TaktGatewayFailing", "critical", 20, 40},
		{"TaktPollBehind", "warning", 81, 91},
		{"TaktIngestLag", "critical", 126, 131},
		{"TaktDown", "critical", 141, 146},
		{"TaktSourceSilent", "critical", 168, 187},
	} {
		got := w.only(tt.alert, tt.severity)
		if len(got) != 1 {
			t.Errorf("%s fired %d times", tt.alert, len(got))
			continue
		}
		if f := got[0]; f.From.After(at(tt.begins)) || f.To.IsZero() || f.To.After(at(tt.ends)) {
			t.Errorf("%s fired %v to %v", tt.alert, f.From.Sub(from), f.To.Sub(from))
		}
	}
	begins := func(alert string) (minutes []int) {
		for _, f := range w.only(alert, "warning") {
			minutes = append(minutes, int(f.From.Sub(from)/time.Minute))
		}
		return minutes
	}
	if at := begins("TaktGatewayRefused"); len(at) != 2 || at[0] < 40 || at[0] > 50 || at[1] < 150 || at[1] > 160 {
		t.Errorf("refused deliveries were told at minutes %v, want once for the stranger and once for the long one", at)
	}
	if at := begins("TaktDeadLetters"); len(at) != 2 || at[0] < 30 || at[0] > 40 || at[1] < 150 || at[1] > 160 {
		t.Errorf("dead letters were told at minutes %v, want once for many and once for the long one", at)
	}
	for _, f := range w.result {
		if f.Stage != "" && f.From.Before(at(150)) {
			t.Errorf("%s of %s is false", f.Alert, f.Stage)
		}
	}
}

// others registers a gateway and a poller, as their processes do.
func (w *world) others(t *testing.T) (*metrics.Gateway, *metrics.Polls) {
	t.Helper()
	var results []string
	for _, r := range gateway.Results() {
		results = append(results, r.String())
	}
	g, err := metrics.NewGateway([]string{"hook"}, results, w.reg)
	if err != nil {
		t.Fatal(err)
	}
	p, err := metrics.NewPolls(map[string]time.Duration{"bills": time.Minute, "slow": 24 * time.Hour}, func() time.Time { return w.now }, w.reg)
	if err != nil {
		t.Fatal(err)
	}
	return g, p
}

// push is a minute of what a gateway answers and pollers reach: each is in trouble for
// a while, but one whose source is asked once a day.
func push(g *metrics.Gateway, p *metrics.Polls, minute int, now time.Time) {
	answer := func(n int, source, result string) {
		for range n {
			g.Delivered(source, result, time.Millisecond)
		}
	}
	answer(20, "hook", "taken")
	switch {
	case minute >= 10 && minute < 25: // Kafka is away for a quarter of what comes
		answer(7, "hook", "not_acknowledged")
	case minute >= 40 && minute < 50: // a stranger who knows no secret, and one at no source
		answer(30, "hook", "unauthentic")
		answer(30, "", "unknown_source")
	case minute == 150:
		answer(1, "hook", "too_large_for_topic")
		p.TooLarge("bills", 1)
	}
	if minute < 60 || minute >= 90 {
		p.Polled("bills", now, 1)
	}
}
