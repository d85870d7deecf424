package backtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// TestIncidents: hours that chance explains are none; bad ones at most twelve hours apart
// are one; promises that break at the end of their day are judged by the day.
func TestIncidents(t *testing.T) {
	midnight := time.Date(2026, 4, 14, 16, 0, 0, 0, time.UTC) // in the shop
	due := func(n float64, broken tracker.Tri) tracker.Delta {
		return tracker.Delta{Kind: tracker.VisitsDue, Stage: 1, A: uint8(broken), Value: n}
	}
	promised := func(kept tracker.Tri) tracker.Delta {
		return tracker.Delta{Kind: tracker.PromisesDue, Stage: -1, A: currentPromise, B: uint8(kept), Value: 1}
	}
	reported := func(kind string) tracker.Delta {
		return tracker.Delta{Kind: tracker.ExceptionsOpened, Stage: 2, Exception: kind, Value: 1}
	}
	type change struct {
		after time.Duration // midnight
		times int
		delta tracker.Delta
	}
	hours := func(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }
	for _, tt := range []struct {
		name    string
		changes []change
		want    []*Incident
	}{
		{"nothing", nil, nil},
		{"kept", []change{{hours(2.5), 40, due(1, tracker.No)}}, nil},
		{"within what chance explains", []change{{hours(2.5), 38, due(1, tracker.No)}, {hours(2.6), 6, due(1, tracker.Yes)}}, nil},
		{"too few to say", []change{{hours(2.5), 9, due(1, tracker.Yes)}}, nil},
		{"one bad hour", []change{{hours(2.5), 30, due(1, tracker.No)}, {hours(2.75), 10, due(1, tracker.Yes)}}, []*Incident{
			{Stage: "pick", From: midnight.Add(hours(2.75)), To: midnight.Add(hours(3)), Breaches: 10},
		}},
		{"an hour ends with its last instant", []change{{hours(3), 10, due(1, tracker.Yes)}}, []*Incident{
			{Stage: "pick", From: midnight.Add(hours(3)), To: midnight.Add(hours(3)), Breaches: 10},
		}},
		{"twelve hours apart are one", []change{{hours(2.5), 10, due(1, tracker.Yes)}, {hours(15.5), 11, due(1, tracker.Yes)}}, []*Incident{
			{Stage: "pick", From: midnight.Add(hours(2.5)), To: midnight.Add(hours(16)), Breaches: 21},
		}},
		{"thirteen are two", []change{{hours(2.5), 10, due(1, tracker.Yes)}, {hours(16.5), 11, due(1, tracker.Yes)}}, []*Incident{
			{Stage: "pick", From: midnight.Add(hours(2.5)), To: midnight.Add(hours(3)), Breaches: 10},
			{Stage: "pick", From: midnight.Add(hours(16.5)), To: midnight.Add(hours(17)), Breaches: 11},
		}},
		{"promises kept all day, the rest broken at its end", []change{{hours(14), 97, promised(tracker.Yes)}, {hours(24), 3, promised(tracker.No)}}, nil},
		{"a bad day of promises", []change{{hours(14), 70, promised(tracker.Yes)}, {hours(24), 30, promised(tracker.No)}}, []*Incident{
			{From: midnight.Add(hours(24)), To: midnight.Add(hours(24)), Breaches: 30},
		}},
		{"reported", []change{{hours(5.5), 5, reported("lost")}}, []*Incident{
			{Stage: "ship", From: midnight.Add(hours(5.5)), To: midnight.Add(hours(6)), Reported: 5},
		}},
		{"too few reported", []change{{hours(5.5), 4, reported("lost")}}, nil},
		{"derived, not reported", []change{{hours(5.5), 50, reported("overdue")}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			truth := newTruth(shop(t, nil), order.At(midnight), order.At(midnight.Add(48*time.Hour)))
			for _, c := range tt.changes {
				for range c.times {
					truth.apply(&tracker.Effects{Deltas: []tracker.Delta{c.delta}}, order.At(midnight.Add(c.after)))
				}
			}
			if diff := cmp.Diff(truth.incidents(), tt.want, cmpopts.IgnoreUnexported(Incident{})); diff != "" {
				t.Errorf("incidents (-got +want):\n%s", diff)
			}
		})
	}
}

// TestMatch: which fires an incident from ten to twelve explains, and what they lead by.
func TestMatch(t *testing.T) {
	at := func(h float64) time.Time {
		return time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour)))
	}
	for _, tt := range []struct {
		name          string
		stage         string
		from, to      float64
		right, caught bool
		lead          time.Duration
	}{
		{"overlaps", "pick", 11, 13, true, true, -time.Hour},
		{"begins with it", "pick", 10, 11, true, true, 0},
		{"earlier", "pick", 8, 11, true, true, 2 * time.Hour},
		{"over before it begins, by less than the limit", "pick", 5, 7, true, true, 5 * time.Hour},
		{"over before it begins, by more than the limit", "pick", 4, 5.5, false, false, 0},
		{"begins within the hour after", "pick", 12.5, 13, true, true, -150 * time.Minute},
		{"begins an hour after", "pick", 13, 14, false, false, 0},
		{"of another stage", "ship", 10, 11, false, false, 0},
		{"of the process as a whole", "", 10, 11, true, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := &Incident{Stage: "pick", From: at(10), To: at(12), within: 4 * time.Hour, after: time.Hour}
			fires := []Fire{{Key: Key{Stage: tt.stage}, From: at(tt.from), To: at(tt.to)}}
			match(fires, []*Incident{x})
			if fires[0].Right != tt.right || x.Caught != tt.caught || x.Lead != tt.lead {
				t.Errorf("right %t, caught %t, lead %v, want %t, %t, %v", fires[0].Right, x.Caught, x.Lead, tt.right, tt.caught, tt.lead)
			}
		})
	}
	var all []*Incident
	if _, ok := medianLead(all); ok {
		t.Error("nothing caught has a lead")
	}
	for _, lead := range []time.Duration{3, -1, 2} {
		all = append(all, &Incident{Caught: true, Lead: lead * time.Hour})
	}
	all = append(all, &Incident{Lead: 9 * time.Hour}) // missed
	if lead, ok := medianLead(all); !ok || lead != 2*time.Hour {
		t.Errorf("median lead %v, %t, want 2h", lead, ok)
	}
}
