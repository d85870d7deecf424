package backtest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

// outage is three weeks of the shop, whose warehouse stands still on the last Wednesday
// from ten on for six hours.
func outage(t testing.TB, p *process.Process) (stored, Config) {
	t.Helper()
	until := wednesday().AddDate(0, 0, 1)
	from := until.AddDate(0, 0, -4)
	return record(t, simulate.Config{
		Process: p, Seed: 2, From: from.AddDate(0, 0, -21), To: until, OrdersPerDay: 600, Scenario: simulate.WarehouseOutage, Onset: wednesday(), Duration: 6 * time.Hour,
	}), Config{Process: p, From: from, Until: until}
}

// TestRun: the outage is one incident, told by the stage's own alerts before it breaks
// the first limit, and a second replay says the same.
func TestRun(t *testing.T) {
	events, c := outage(t, shop(t, nil))
	r, err := Run(t.Context(), events, c)
	if err != nil {
		t.Fatal(err)
	}
	picks := slices.DeleteFunc(slices.Clone(r.Current.Incidents), func(x *Incident) bool { return x.Stage != "pick" })
	if len(picks) != 1 || !picks[0].Caught || picks[0].Lead <= 0 || picks[0].From.Before(wednesday()) || picks[0].Breaches < leastJudged {
		t.Errorf("incidents of pick: %+v", picks)
	}
	for _, name := range []string{alerts.StageSilent, alerts.BacklogGrowing, alerts.BudgetBurn} {
		if !slices.ContainsFunc(r.Current.Fires, func(f Fire) bool { return f.Alert == name && f.Stage == "pick" && f.Right }) {
			t.Errorf("%s of pick is not among %+v", name, r.Current.Fires)
		}
	}
	if got := r.Current.Right() + sum(r.Current.Rules, func(t *Tally) int { return t.Fires - t.Right }); got != len(r.Current.Fires) {
		t.Errorf("right and false fires are %d of %d", got, len(r.Current.Fires))
	}
	again, err := Run(t.Context(), events, c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again, r, cmpopts.IgnoreUnexported(Incident{})); diff != "" {
		t.Errorf("the second replay differs (-got +want):\n%s", diff)
	}
}

func sum(all []Tally, of func(*Tally) int) (n int) {
	for i := range all {
		n += of(&all[i])
	}
	return n
}

// TestChanged: an equal process changes nothing; a tighter limit changes what fires, and
// is judged by the incidents of the current one; a stage of another name has its own.
func TestChanged(t *testing.T) {
	events, c := outage(t, shop(t, nil))
	run := func(change func(*process.Process)) *Report {
		t.Helper()
		c.Changed = shop(t, change)
		r, err := Run(t.Context(), events, c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	same := run(nil)
	if diff := cmp.Diff(*same.Changed, same.Current, cmpopts.IgnoreUnexported(Incident{})); diff != "" || len(same.Changes)+len(same.Newly)+len(same.Missed) > 0 {
		t.Errorf("an equal process: changes %v, newly %v, missed %v, (-changed +current):\n%s", same.Changes, same.Newly, same.Missed, diff)
	}

	tight := run(func(p *process.Process) { p.Stages[0].Limit.Within = 20 * time.Minute })
	if len(tight.Changed.Fires) <= len(tight.Current.Fires) || len(tight.Changed.Incidents) != len(tight.Current.Incidents) {
		t.Errorf("a tighter limit: %d fires and %d incidents, were %d and %d",
			len(tight.Changed.Fires), len(tight.Changed.Incidents), len(tight.Current.Fires), len(tight.Current.Incidents))
	}
	if i := slices.IndexFunc(tight.Changes, func(c Change) bool { return c.Stage == "review" && c.Alert == alerts.BudgetBurn }); i < 0 ||
		tight.Changes[i].Changed.Fires <= tight.Changes[i].Current.Fires {
		t.Errorf("changes of a tighter limit: %+v", tight.Changes)
	}

	named := run(func(p *process.Process) { p.Stages[1].Name = "collect" })
	if !slices.ContainsFunc(named.Changed.Incidents, func(x *Incident) bool { return x.Stage == "collect" && x.Caught }) ||
		slices.ContainsFunc(named.Changed.Incidents, func(x *Incident) bool { return x.Stage == "pick" }) {
		t.Errorf("incidents where pick is called collect: %+v", named.Changed.Incidents)
	}
}

// TestCompare: what one process alone catches is told, what only one of them has is not.
func TestCompare(t *testing.T) {
	at := func(hour int) time.Time { return wednesday().Add(time.Duration(hour) * time.Hour) }
	current := []*Incident{
		{Stage: "pick", From: at(0), Caught: true},
		{Stage: "pick", From: at(24)},
		{Stage: "pick", From: at(48), Caught: true},
		{Stage: "ship", From: at(0)},
		{Stage: "gone", From: at(0), Caught: true},
	}
	changed := []*Incident{
		{Stage: "pick", From: at(0)},
		{Stage: "pick", From: at(24), Caught: true},
		{Stage: "pick", From: at(48), Caught: true},
		{Stage: "ship", From: at(0)},
		{Stage: "new", From: at(0), Caught: true},
	}
	newly, missed := compare(current, changed)
	if len(newly) != 1 || newly[0] != changed[1] || len(missed) != 1 || missed[0] != current[0] {
		t.Errorf("newly %v, missed %v", newly, missed)
	}
}

func TestRunRefuses(t *testing.T) {
	p := shop(t, nil)
	now := wednesday()
	early := stored{{order.At(now).Add(-time.Hour), order.Event{OrderID: "1", Activity: "order.placed", OccurredAt: order.At(now)}}}
	broken := errors.New("broken")
	for _, tt := range []struct {
		name   string
		source Source
		until  time.Time
		want   error
	}{
		{"nothing stored", stored(nil), now.Add(time.Hour), ErrNoEvents},
		{"history alone", early, now.Add(time.Hour), ErrNoEvents},
		{"no length", early, now, ErrInverted},
		{"less than a minute", early, now.Add(59 * time.Second), ErrInverted},
		{"ends before it begins", early, now.Add(-time.Hour), ErrInverted},
		{"store that fails", failing{broken}, now.Add(time.Hour), broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := Run(t.Context(), tt.source, Config{Process: p, From: now, Until: tt.until}); r != nil || !errors.Is(err, tt.want) {
				t.Errorf("got %v, %v, want %v", r, err, tt.want)
			}
		})
	}
}

// TestGaps: what too little history is stored for is said.
func TestGaps(t *testing.T) {
	now := wednesday()
	var events stored
	for i := range 3 * 24 {
		at := order.At(now).Add(time.Duration(i-24) * time.Hour)
		events = append(events, storedEvent{at, order.Event{
			ID: order.ID{byte(i + 1)}, OrderID: string(rune('a' + i)), Activity: "order.placed", OccurredAt: at,
		}})
	}
	r, err := Run(t.Context(), events, Config{Process: shop(t, nil), From: now, Until: now.AddDate(0, 0, 2)})
	if err != nil {
		t.Fatal(err)
	}
	want := []Gap{
		{alerts.BacklogGrowing, now.AddDate(0, 0, 2)}, // the period's end: never
		{alerts.StageSilent, now.Add(25 * time.Hour)},
		{alerts.SourceSilent, now.Add(25 * time.Hour)},
		{alerts.ExceptionsSpike, now.Add(24 * time.Hour)},
	}
	if diff := cmp.Diff(r.Gaps, want); diff != "" || r.Events != 48 {
		t.Errorf("%d events, gaps (-got +want):\n%s", r.Events, diff)
	}
}
