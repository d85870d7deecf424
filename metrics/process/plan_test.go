package process_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

func TestStep(t *testing.T) {
	plan := process.NewPlan(retail(t))
	for _, tc := range []struct {
		activity  string
		want      process.Step
		mentioned bool
	}{
		{"order.placed", process.Step{Place: 0, Opens: true, Starts: 0b001}, true},
		{"order.approved", process.Step{Place: 1, Ends: 0b001, Starts: 0b010}, true},
		{"order.rejected", process.Step{Place: 2, Ends: 0b001}, true},
		{"order.picked", process.Step{Place: 3, Ends: 0b010, Starts: 0b100}, true},
		{"order.shipped", process.Step{Place: 4, Starts: 0b100}, true},
		{"order.delivered", process.Step{Place: 5, Ends: 0b100, Closes: process.Completed}, true},
		{"order.cancelled", process.Step{Place: 6, Closes: process.Cancelled}, true},
		{"exception.lost", process.Step{Place: 7}, false},
		{"", process.Step{Place: 7}, false},
	} {
		t.Run(tc.activity, func(t *testing.T) {
			if diff := cmp.Diff(plan.Step(tc.activity), tc.want); diff != "" {
				t.Errorf("step (-got +want):\n%s", diff)
			}
			if got := plan.Mentions(tc.activity); got != tc.mentioned {
				t.Errorf("mentioned: got %t, want %t", got, tc.mentioned)
			}
		})
	}
}

func TestStepOfLastStage(t *testing.T) {
	p := retail(t)
	p.Stages = nil
	for i := range process.MaxStages {
		name := string(rune('一' + i))
		p.Stages = append(p.Stages, process.Stage{Name: name, StartsOn: []string{"start " + name}, EndsOn: []string{"end " + name}})
	}
	p.Stages[0].Next = []string{p.Stages[63].Name}
	if problems := p.Validate(); len(problems) != 0 {
		t.Fatal(problems)
	}
	plan := process.NewPlan(p)
	if got := plan.Step("end " + p.Stages[63].Name).Ends; got != 1<<63 {
		t.Errorf("ends: got %b, want bit 63", got)
	}
	if !plan.Follows(0, 63) || plan.Follows(0, 1) || !plan.Follows(1, 5) {
		t.Error("stage 63 alone may follow stage 0, any may follow stage 1")
	}
}

func TestWithin(t *testing.T) {
	plan := process.NewPlan(retail(t))
	hours := func(h float64) int64 { return int64(h * float64(time.Hour/time.Millisecond)) }
	for _, tc := range []struct {
		name       string
		event      order.Event
		conditions uint64
		want       [3]int64
	}{
		{"none", order.Event{}, 0, [3]int64{hours(4), hours(2), 0}},
		{"vip", order.Event{Channel: "vip"}, 0b001, [3]int64{hours(1), hours(2), 0}},
		{"large", order.Event{Amount: order.Decimal{Units: 200_000, Valid: true}}, 0b010, [3]int64{hours(8), hours(2), 0}},
		{
			"first of two",
			order.Event{Channel: "vip", Amount: order.Decimal{Units: 200_000, Valid: true}},
			0b011,
			[3]int64{hours(1), hours(2), 0},
		},
		{"another stage's", order.Event{Warehouse: "east"}, 0b100, [3]int64{hours(4), hours(0.5), 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := plan.Conditions(&tc.event)
			if got != tc.conditions {
				t.Errorf("conditions: got %b, want %b", got, tc.conditions)
			}
			for i, want := range tc.want {
				if within := plan.Within(i, got); within != want {
					t.Errorf("limit of stage %d: got %d ms, want %d ms", i, within, want)
				}
			}
		})
	}
}

func TestStageIndex(t *testing.T) {
	p := retail(t)
	for name, want := range map[string]int{"审核": 0, "pick": 1, "transit": 2, "Pick": -1, "": -1} {
		if got := p.StageIndex(name); got != want {
			t.Errorf("%q: got %d, want %d", name, got, want)
		}
	}
}

func TestDue(t *testing.T) {
	for _, tc := range []struct {
		name     string
		zone     string
		promised string
		want     string // the next millisecond is no longer in time
	}{
		{"midnight as given", "Asia/Shanghai", "2025-11-25T00:00:00+08:00", "2025-11-25T23:59:59.999+08:00"},
		{"last millisecond", "Asia/Shanghai", "2025-11-25T23:59:59.999+08:00", "2025-11-25T23:59:59.999+08:00"},
		{"utc day is not the zone's", "Asia/Shanghai", "2025-11-25T17:00:00Z", "2025-11-26T23:59:59.999+08:00"},
		{"end of month", "UTC", "2024-02-29T12:00:00Z", "2024-02-29T23:59:59.999Z"},
		{"end of year", "UTC", "2024-12-31T12:00:00Z", "2024-12-31T23:59:59.999Z"},
		// Berlin changes at 02:00 and 03:00: the days have 23 and 25 hours.
		{"23 hours", "Europe/Berlin", "2025-03-30T00:00:00+01:00", "2025-03-30T23:59:59.999+02:00"},
		{"25 hours", "Europe/Berlin", "2025-10-26T00:00:00+02:00", "2025-10-26T23:59:59.999+01:00"},
		// São Paulo had no midnight on 2017-10-15: clocks went from 00:00 to 01:00. The
		// day before ends where the day begins.
		{"before a day without midnight", "America/Sao_Paulo", "2017-10-14T12:00:00-03:00", "2017-10-14T23:59:59.999-03:00"},
		{"day without midnight", "America/Sao_Paulo", "2017-10-15T01:00:00-02:00", "2017-10-15T23:59:59.999-02:00"},
		// 2018-02-17 had 23:00 twice there: midnight is after the second.
		{"day with its last hour twice", "America/Sao_Paulo", "2018-02-17T12:00:00-02:00", "2018-02-17T23:59:59.999-03:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &process.Process{Zone: mustZone(t, tc.zone), Promise: process.Promise{Granularity: process.Day}}
			if got, want := p.Due(mustInstant(t, tc.promised)), mustInstant(t, tc.want); got != want {
				t.Errorf("got %s, want %s", got.Time().In(p.Zone), want.Time().In(p.Zone))
			}
		})
	}
	p := &process.Process{Zone: time.UTC, Promise: process.Promise{Granularity: process.Instant}}
	if at := mustInstant(t, "2025-11-25T10:00:00Z"); p.Due(at) != at {
		t.Error("a promise of an instant holds until that instant")
	}
	p.Promise.Granularity = process.Day
	if got := p.Due(0); got.Known() {
		t.Errorf("no promise is due at %s", got.Time())
	}
}

func mustInstant(t *testing.T, s string) order.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return order.At(at)
}
