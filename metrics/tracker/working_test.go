package tracker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// office works Monday to Friday, 9 to 12 and 13 to 18, but not on Wednesday the
// 4th; Saturday the 7th is worked for it. The start of the tests is Monday the
// 2nd, 16:00.
func office(zone *time.Location) *process.Calendar {
	day := []process.Span{{Opens: 9 * time.Hour, Closes: 12 * time.Hour}, {Opens: 13 * time.Hour, Closes: 18 * time.Hour}}
	h := process.Hours{
		Name: "office", Zone: zone, MakeUp: day, CutOff: 17 * time.Hour,
		Years: []process.Year{{Year: 2026, Holidays: []process.Holiday{{
			Name: process.Text{EN: "Day off", ZH: "假日"}, From: process.Date{Year: 2026, Month: 3, Day: 4}, To: process.Date{Year: 2026, Month: 3, Day: 4},
			MakeUp: []process.Date{{Year: 2026, Month: 3, Day: 7}},
		}}}},
	}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = day
	}
	return process.NewCalendar(h)
}

// TestWorkingLimits: what is due, at risk, overdue and stuck by office hours.
// Review: 4 h, at risk after 3 h, stuck after 24 h; pick: 3 h, 1 h 30 m and 5 h.
func TestWorkingLimits(t *testing.T) {
	plan := workingPlan()
	for _, tc := range []struct {
		name  string
		until float64 // hours after Monday 16:00
		log   []string
		want  []string // exceptions, then the order's open visits and closed ones
	}{
		{
			// 2 h on Monday, 2 h on Tuesday: due at 11:00, 19 h after the start.
			"due the next morning", 19,
			[]string{"0h placed"},
			[]string{"at_risk review 18h0m0s-", "review due 19h0m0s working 0s"},
		},
		{
			"overdue right after", 19.000001,
			[]string{"0h placed"},
			[]string{"at_risk review 18h0m0s-19h0m0s", "overdue review 19h0m0s-", "review due 19h0m0s working 0s"},
		},
		{
			// Monday 17:30 is after the cut-off: counted from Tuesday 9:00, due at 14:00.
			"after the cut-off", 23,
			[]string{"1h30m placed"},
			[]string{"at_risk review 20h0m0s-22h0m0s", "overdue review 22h0m0s-", "review due 22h0m0s working 0s"},
		},
		{
			// 1 h 30 m of pick on Tuesday evening, the holiday, 1 h 30 m on Thursday morning.
			"over the holiday", 66,
			[]string{"0h placed", "24h30m approved", "65h picked"},
			[]string{
				"at_risk pick 26h0m0s-65h0m0s", "at_risk review 18h0m0s-19h0m0s", "overdue review 19h0m0s-24h30m0s",
				"pick due 66h30m0s working 1h30m0s", "review due 19h0m0s working 8h30m0s",
			},
		},
		{
			// Pick is stuck after 5 h of working time: 1 h 30 m on Tuesday, 3 h 30 m on Thursday.
			"stuck counts working time", 71,
			[]string{"0h placed", "1h approved", "24h30m noted"},
			[]string{
				"at_risk pick 17h30m0s-19h0m0s", "overdue pick 19h0m0s-", "stuck pick 22h0m0s-24h30m0s", "stuck pick 69h30m0s-",
				"pick due 19h0m0s working 0s", "review due 19h0m0s working 1h0m0s",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			r := script(t, plan, tc.until, tc.log...).result()
			since := func(at order.Instant) string {
				if !at.Known() {
					return ""
				}
				return at.Sub(start).String()
			}
			for _, x := range r.Exceptions {
				if stage := plan.Stages[x.Stage].Name; stage == "review" || stage == "pick" {
					got = append(got, x.Kind+" "+stage+" "+since(x.OpenedAt)+"-"+since(x.ResolvedAt))
				}
			}
			slices.Sort(got)
			exceptions := len(got)
			for _, v := range append(r.Visits, r.Orders[0].Open...) {
				if stage := plan.Stages[v.Stage].Name; stage == "review" || stage == "pick" {
					got = append(got, stage+" due "+since(v.DueAt)+" working "+(time.Duration(v.Working)*time.Millisecond).String())
				}
			}
			slices.Sort(got[exceptions:])
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("got -, want +:\n%s", strings.TrimSpace(diff))
			}
		})
	}
}

// TestWorkingOfWallLimits: working seconds are the calendar's, whatever clock the
// limit is on.
func TestWorkingOfWallLimits(t *testing.T) {
	r := script(t, workingPlan(), 30, "0h placed", "1h approved", "18h paid").result()
	for _, v := range r.Visits {
		if v.Stage == 1 && (v.Working != int64(2*hour) || v.DueAt != start+3*hour) {
			t.Errorf("pay: got %d ms of working time, due %s; want 2 h, due 3 h after the start", v.Working, v.DueAt.Sub(start))
		}
	}
}
