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

// incident replays the day of an incident that begins at ten in the morning and lasts
// six hours, until some time after it is visible.
func incident(t testing.TB, s simulate.Scenario, seed uint64, after time.Duration) (*world, simulate.Truth) {
	t.Helper()
	from := wednesday()
	cfg := simulate.Config{
		Process: shipped(t, "retail"), Seed: seed, From: from.AddDate(0, 0, -20), Scenario: s,
		Onset: from.Add(10 * time.Hour), Duration: 6 * time.Hour,
	}
	truth, err := simulate.FindTruth(cfg)
	if err != nil {
		t.Fatal(err)
	}
	end := from.Add(10 * time.Hour)
	if truth.VisibleAt != nil {
		end = *truth.VisibleAt
	}
	r := replay{Sim: cfg, Warm: from.AddDate(0, 0, -2), From: from.Add(9*time.Hour + 30*time.Minute), To: end.Add(after)}
	return r.play(t), truth
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
		w.t.Logf("%-10s %-24s %-8s %-10s %-15s %s - %s  %s", f.Severity, f.Alert, f.Stage, f.Kind, f.Team, at(f.From), at(f.To), f.Summary)
	}
}

// within is how soon after the truth is visible in the log an alert has to fire.
const within = 10 * time.Minute

// TestScenarios plays one seed of each incident: the right stage and team are alerted
// in time, and nothing is where nothing is wrong. TestCarrierDelay tells of the one
// that is found later.
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
			w, truth := incident(t, tt.scenario, 1, within+time.Minute)
			defer w.show()
			fired := time.Time{}
			for _, f := range w.result {
				switch {
				case f.Alert == "TaktWatchdog":
				case truth.Stage == nil || f.Stage != *truth.Stage:
					t.Errorf("%s of stage %q is false", f.Alert, f.Stage)
				case slices.Contains(tt.want, f.Alert) && fired.IsZero():
					fired = f.From
				}
			}
			if truth.Stage == nil {
				return
			}
			t.Logf("visible %v after the onset, fired %v after that", truth.VisibleAt.Sub(*truth.Onset), fired.Sub(*truth.VisibleAt))
			if fired.IsZero() || fired.Before(*truth.Onset) || fired.After(truth.VisibleAt.Add(within)) {
				t.Errorf("fired %v, visible %v", fired, truth.VisibleAt)
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

// TestCarrierDelay tells when parcels that come late are found: days of them are under
// way as a rule, so that a region's delay shows late among them. An alert may come hours
// after the log shows it, but it names no other stage.
func TestCarrierDelay(t *testing.T) {
	t.Parallel()
	w, truth := incident(t, simulate.CarrierDelay, 1, 3*time.Hour)
	defer w.show()
	for _, f := range w.result {
		if f.Alert != "TaktWatchdog" && f.Stage != *truth.Stage {
			t.Errorf("%s of stage %q is false", f.Alert, f.Stage)
		}
	}
}
