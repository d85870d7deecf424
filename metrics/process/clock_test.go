package process_test

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

func TestClocksOfStages(t *testing.T) {
	p := retail(t)
	h := china(t)
	h.CutOff = 17 * time.Hour
	p.Calendar = mustCalendar(t, h)
	night := every(t, "Asia/Shanghai", span(22, 30))
	night.Name = "night"
	p.Stages[0].Limit.Of, p.Stages[1].Limit.Of = process.Working, process.Working
	p.Stages[1].Calendar = mustCalendar(t, night)
	p.Stages[0].StuckAfter, p.Stages[2].StuckAfter = 8*time.Hour, 8*time.Hour
	plan := process.NewPlan(p)
	const hour = order.Instant(3_600_000)
	at := mustInstant(t, "2026-03-06T17:30:00+08:00") // a Friday
	for _, tc := range []struct {
		name      string
		got, want order.Instant
	}{
		{"deadline after the cut-off", plan.Deadline(0, at, int64(4*hour)), mustInstant(t, "2026-03-09T14:00:00+08:00")},
		{"warning after the cut-off", plan.Warning(0, at, int64(4*hour)), mustInstant(t, "2026-03-09T12:00:00+08:00")},
		{"stuck, where no cut-off counts", plan.Stuck(0, at), mustInstant(t, "2026-03-09T17:30:00+08:00")},
		{"deadline on the stage's own calendar", plan.Deadline(1, at, int64(2*hour)), mustInstant(t, "2026-03-07T00:00:00+08:00")},
		{"no warning", plan.Warning(1, at, int64(2*hour)), 0},
		{"never stuck", plan.Stuck(1, at), 0},
		{"wall time", plan.Deadline(2, at, int64(2*hour)), at + 2*hour},
		{"stuck by wall time", plan.Stuck(2, at), at + 8*hour},
		{"no limit", plan.Deadline(0, at, 0), 0},
		{"no limit, no warning", plan.Warning(0, at, 0), 0},
		{"work", order.Instant(plan.Working(0, at, at+hour)), hour / 2},
		{"work of a stage with a limit of wall time", order.Instant(plan.Working(2, at, at+hour)), hour / 2},
		{"work of the night", order.Instant(plan.Working(1, at, at+24*hour)), 8 * hour},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %s (%d), want %s (%d)", tc.name, tc.got.Time().In(p.Zone), tc.got, tc.want.Time().In(p.Zone), tc.want)
		}
	}
	if got := plan.CalendarName(0) + " " + plan.CalendarName(1) + " " + retail(t).CalendarName(0); got != "test night always" {
		t.Errorf("names: got %s", got)
	}
}
