package metrics_test

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// TestWorkingIsJudgedAtEachScrape: the stage's calendar decides, and the clock that
// was passed; no partition is needed.
func TestWorkingIsJudgedAtEachScrape(t *testing.T) {
	h := process.Hours{Name: "office", Zone: time.UTC}
	h.Week[time.Monday] = []process.Span{{Opens: 9 * time.Hour, Closes: 17 * time.Hour}}
	p := short()
	p.Stages[1].Calendar = process.NewCalendar(h)
	at := now
	c := config(p, "web")
	c.Now = func() time.Time { return at }
	_, reg := mustNew(t, c)
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		after time.Duration
		open  float64
	}{{9*time.Hour - time.Millisecond, 0}, {9 * time.Hour, 1}, {17*time.Hour - time.Millisecond, 1}, {17 * time.Hour, 0}, {33 * time.Hour, 0}} {
		at = monday.Add(tc.after)
		all := samples(t, reg)
		want(t, all, `takt_stage_working{process="short",stage="pay"}`, tc.open)
		want(t, all, `takt_stage_working{process="short",stage="review"}`, 1)
	}
}
