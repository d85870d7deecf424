package alerts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// monday is one in Shanghai, at midnight.
var monday = time.Date(2026, 4, 13, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))

func wednesday() time.Time { return monday.AddDate(0, 0, 2) }

// incident returns the replay of an incident that begins on a Wednesday at ten in the
// morning and lasts for six hours, until some time after it is visible. Parcels are late
// for a day.
func incident(t testing.TB, s simulate.Scenario, seed uint64, after time.Duration) (replay, simulate.Truth) {
	t.Helper()
	from := wednesday()
	cfg := simulate.Config{
		Process: shipped(t, "retail"), Seed: seed, From: from.AddDate(0, 0, -20), Scenario: s,
		Onset: from.Add(10 * time.Hour), Duration: 6 * time.Hour,
	}
	if s == simulate.CarrierDelay {
		cfg.Duration = 24 * time.Hour
	}
	truth, err := simulate.FindTruth(cfg)
	if err != nil {
		t.Fatal(err)
	}
	end := from.Add(10 * time.Hour)
	if truth.VisibleAt != nil {
		end = *truth.VisibleAt
	}
	return replay{Sim: cfg, Warm: from.AddDate(0, 0, -2), From: from.Add(9*time.Hour + 30*time.Minute), To: end.Add(after)}, truth
}

// show logs what fired.
func (w *world) show() {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "..."
		}
		return t.In(monday.Location()).Format("01-02 15:04")
	}
	for _, f := range w.result {
		if f.Alert != "TaktWatchdog" {
			w.t.Logf("%-8s %-24s %-8s %-10s %-15s %s - %s  %s", f.Severity, f.Alert, f.Stage, f.Kind, f.Team, at(f.From), at(f.To), f.Summary)
		}
	}
}

// within is how soon after the truth is visible in the log an alert has to fire.
const within = 10 * time.Minute

// TestScenarios plays one seed of each incident: the right stage and team are alerted
// in time, and nothing is where nothing is wrong. TestCarrierDelay tells of the one
// that is found later, TestProof of more seeds and of the end.
func TestScenarios(t *testing.T) {
	for _, tt := range []struct {
		scenario simulate.Scenario
		want     []string // one of them
	}{
		{simulate.WarehouseOutage, []string{"TaktStageSilent"}},
		{simulate.SlowReviewers, []string{"TaktStageBacklogGrowing", "TaktStageSilent"}},
		{simulate.StockOut, []string{"TaktStageBacklogGrowing", "TaktExceptionsSpike"}},
		{simulate.SilentSource, []string{"TaktStageSilent"}},
		{simulate.LostOrders, []string{"TaktStageBacklogGrowing"}},
		{simulate.Normal, nil},
	} {
		t.Run(tt.scenario.String(), func(t *testing.T) {
			t.Parallel()
			r, truth := incident(t, tt.scenario, 1, within+time.Minute)
			w := r.play(t)
			defer w.show()
			v := w.judge(truth)
			if len(v.wrong) > 0 {
				t.Errorf("false: %s", names(v.wrong))
			}
			if truth.Stage == nil {
				return
			}
			if v.first == nil || v.minutes() > int(within/time.Minute) || !slices.Contains(tt.want, v.first.Alert) {
				t.Errorf("got %+v, visible %v", v.first, truth.VisibleAt)
			}
		})
	}
}

// scenarios lists all of them, blanks around each.
func scenarios() string {
	var b strings.Builder
	for _, s := range simulate.Scenarios() {
		b.WriteString(" " + s.String() + " ")
	}
	return b.String()
}

// TestCarrierDelay plays the first hours in which parcels come late. Days of them are
// under way as a rule, so that a region's delay shows late among them: an alert may come
// hours after the log shows it, but it names no other stage.
func TestCarrierDelay(t *testing.T) {
	t.Parallel()
	r, truth := incident(t, simulate.CarrierDelay, 1, 3*time.Hour)
	w := r.play(t)
	defer w.show()
	if v := w.judge(truth); len(v.wrong) > 0 {
		t.Errorf("false: %s", names(v.wrong))
	}
}
