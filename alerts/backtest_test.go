package alerts_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/takt-orders/takt/alerts/backtest"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
)

// simulated gives the events of a simulation as the store does.
type simulated simulate.Config

func (s simulated) Events(_ context.Context, _ string, from, until time.Time, fn func(order.Instant, *order.Event) error) error {
	run, err := simulate.New(simulate.Config(s))
	if err != nil {
		return err
	}
	var hasher order.Hasher
	for d := range run.Until(until) {
		if d.Duplicate || d.At < order.At(from) {
			continue
		}
		e := *d.Event
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
		if err := fn(d.At, &e); err != nil {
			return err
		}
	}
	return nil
}

// TestBacktestAgrees plays an outage through the rules that Prometheus evaluates and
// through a back-test: the same alerts fire and end, at most two minutes apart.
func TestBacktestAgrees(t *testing.T) {
	t.Parallel()
	from := wednesday()
	at := func(hour, minute int) time.Time { return from.Add(time.Duration(60*hour+minute) * time.Minute) }
	r := replay{
		Sim: simulate.Config{
			Process: shipped(t, "retail"), Seed: 2, From: from.AddDate(0, 0, -20), Scenario: simulate.WarehouseOutage, Onset: at(10, 0), Duration: 4 * time.Hour,
		},
		Warm: at(9, 30).AddDate(0, 0, -3), From: at(9, 30), To: at(17, 40), Fine: true,
		Rules: []string{"rules/retail.rules.yaml", "rules/retail.alerts.yaml"},
	}
	const least, over = 6, 2 // alerts, and those that end, for the comparison to say something
	w := r.play(t)
	defer w.show()
	end := r.To.Add(-time.Minute) // the last that Prometheus evaluated
	report, err := backtest.Run(t.Context(), simulated(r.Sim), backtest.Config{Process: r.Sim.Process, From: r.From, Until: end})
	if err != nil {
		t.Fatal(err)
	}
	got, ended := report.Current.Fires, 0
	if len(got) != len(w.result) || len(got) < least {
		t.Errorf("the back-test has %d alerts, Prometheus %d, want %d at least", len(got), len(w.result), least)
	}
	for _, f := range w.result {
		to := f.To
		if to.IsZero() {
			to = end
		} else {
			ended++
		}
		if !slices.ContainsFunc(got, func(g backtest.Fire) bool {
			return g.Key == backtest.Key{Alert: f.Alert, Severity: f.Severity, Stage: f.Stage, Kind: f.Kind, Team: f.Team} &&
				g.From.Sub(f.From).Abs() <= 2*time.Minute && g.To.Sub(to).Abs() <= 2*time.Minute
		}) {
			t.Errorf("%s %s of %q, %v to %v, is missing in the back-test", f.Alert, f.Kind, f.Stage, f.From, to)
		}
	}
	if ended < over {
		t.Errorf("%d alerts end, want %d at least", ended, over)
	}
	if t.Failed() {
		for _, g := range got {
			t.Logf("%v %v to %v", g.Key, g.From, g.To)
		}
	}
}
