package tracker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// wayPlan is a process in which no allowed way leaves out review, pick and ship.
func wayPlan() *process.Plan {
	stage := func(name, starts, ends, team string, next ...string) process.Stage {
		return process.Stage{Name: name, StartsOn: []string{starts}, EndsOn: []string{ends}, Owner: process.Owner{Team: team}, Next: next}
	}
	is := func(activity string) func(*order.Event) bool {
		return func(e *order.Event) bool { return e.Activity == activity }
	}
	p := &process.Process{
		Name: "way", Zone: time.UTC, OpensOn: []string{"placed"},
		ClosesOn: process.Closing{Completed: []string{"delivered"}, Cancelled: []string{"cancelled"}},
		Stages: []process.Stage{
			stage("review", "placed", "approved", "sales", "check", "pick"),
			stage("check", "approved", "checked", "finance", "pick"),
			stage("pick", "picking", "picked", "east", "ship"),
			stage("ship", "loaded", "delivered", ""),
		},
		Rules: []process.Rule{
			{Name: "large", When: "large", Holds: func(e *order.Event) bool { return e.Amount.Units >= 500 }, Require: []string{"check"}, Before: "pick"},
			{Name: "gift", When: "gift", Holds: func(e *order.Event) bool { return e.Attr("gift") == "true" }, Skip: []string{"pick"}},
			{
				Name: "price", When: "price", Holds: is("paid"),
				Knows: func(e *order.Event, k process.Known) bool {
					first, ok := k.Field("amount", false)
					return ok && first != e.Amount.Text(2)
				},
				Raise: &process.Raise{
					Kind: process.FieldMismatch, Severity: process.Critical, Stage: "ship", Owner: process.Owner{Team: "audit", Person: "wu"},
					Cause: process.Text{EN: "the price differs", ZH: "价格不一致"},
				},
			},
		},
		Exceptions: []process.Handling{
			{Kind: "lost", Severity: process.Critical, Owner: process.Owner{Team: "carrier-desk"}},
			{Kind: process.FieldMismatch, Owner: process.Owner{Team: "nobody"}},
		},
		Reasons: []process.Reason{{Name: "weather", Team: "carrier-desk"}},
	}
	if problems := p.Validate(); len(problems) > 0 {
		panic(fmt.Sprint(problems))
	}
	return process.NewPlan(p)
}

// TestRaised holds what each kind says beyond its time: severity, owner and cause.
func TestRaised(t *testing.T) {
	plan := wayPlan()
	for _, tc := range []struct {
		name string
		log  []string
		want []string // kind stage opened-resolved severity team cause>team
	}{
		{"nothing", []string{"0h placed", "1h approved", "1h checked", "2h picking", "3h picked", "3h loaded", "4h delivered"}, nil},
		{"a stage skipped, seen at the next", []string{"0h placed", "1h approved", "2h loaded"}, []string{"skipped pick 2h- warning east"}},
		{"several skipped, once each", []string{"0h placed", "2h loaded", "4h delivered"}, []string{"skipped pick 2h-4h warning east"}},
		{"skipped and made up for", []string{"0h placed", "1h approved", "2h loaded", "3h picking"}, []string{"skipped pick 2h-3h warning east"}},
		{"seen at the completion", []string{"0h placed", "1h noted", "4h delivered"}, []string{
			"sequence_violation ship 4h-4h info", "skipped pick 4h-4h warning east",
		}},
		{"cancelled before it came there", []string{"0h placed", "1h cancelled"}, nil},
		{"placed where nobody saw it", []string{"2h loaded", "3h delivered"}, nil},
		{"a rule requires a stage", []string{"0h placed amount=500", "1h cleared", "1h picking"}, []string{"skipped check 1h- warning finance"}},
		{"a rule lets one be skipped", []string{"0h placed gift=true", "1h approved", "2h loaded", "3h delivered"}, nil},
		{"placed twice", []string{"0h placed", "1h placed"}, []string{"duplicate  1h- warning"}},
		{"placed by two sources", []string{"0h placed", "1h placed source=erp"}, nil},
		{"lines placed one by one", []string{"0h placed a", "1h placed b"}, nil},
		{"a rule over what was before", []string{"0h placed amount=300", "1h paid amount=299", "2h paid amount=300"}, []string{
			"field_mismatch ship 1h- critical audit the price differs; 价格不一致",
		}},
		{"raised again, resolved by an event", []string{"0h placed amount=300", "1h paid amount=1", "2h paid amount=2", "3h exception.field_mismatch.resolved"}, []string{
			"field_mismatch ship 1h-3h critical audit the price differs; 价格不一致", "field_mismatch ship 2h-3h critical audit the price differs; 价格不一致",
		}},
		{"reported, with a reason and an owner by its kind", []string{"0h placed", "0h checked", "1h approved", "1h picking", "1h picked", "1h30m loaded", "2h exception.lost reason=weather"}, []string{
			"lost ship 2h- critical carrier-desk weather>carrier-desk", "sequence_violation check 0h- info finance",
		}},
		{"reported by a reconciliation, of the order as a whole", []string{"0h placed", "1h exception.missing reason=not_in_source actor=takt/reconcile"}, []string{
			"missing  1h- critical not_in_source",
		}},
		{"a reconciliation resolves only what one raised", []string{
			"0h placed amount=300", "1h paid amount=1", "2h exception.field_mismatch actor=takt/reconcile", "3h exception.field_mismatch.resolved actor=takt/reconcile",
		}, []string{"field_mismatch  2h-3h warning nobody", "field_mismatch ship 1h- critical audit the price differs; 价格不一致"}},
		{"of an unknown kind", []string{"0h placed", "1h exception.odd reason=mood"}, []string{"odd review 1h- warning sales mood"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			short := strings.NewReplacer("0h0m0s", "0h", "h0m0s", "h", "0s", "0h")
			for _, x := range script(t, plan, 9, tc.log...).result().Exceptions {
				stage, resolved, cause := "", "", x.Cause
				if x.Stage >= 0 {
					stage = plan.Stages[x.Stage].Name
				}
				if x.ResolvedAt.Known() {
					resolved = x.ResolvedAt.Sub(start).String()
				}
				if x.CauseTeam != "" {
					cause += ">" + x.CauseTeam
				}
				got = append(got, strings.Join(strings.Fields(short.Replace(fmt.Sprintf("%s %s %s-%s", x.Kind, stage, x.OpenedAt.Sub(start), resolved))+
					fmt.Sprintf(" %s %s %s", x.Severity, x.Team, cause)), " "))
			}
			slices.Sort(got)
			var want []string
			for _, w := range tc.want {
				want = append(want, strings.Join(strings.Fields(w), " "))
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("got -, want +:\n%s", diff)
			}
		})
	}
}

// TestReasonOfAVisit: a reason given while the order waits is why it is late there,
// and names who answers for it; the owner stays the stage's.
func TestReasonOfAVisit(t *testing.T) {
	s := script(t, lawPlan(), 5, "0h placed", "1h noted reason=weather")
	for _, x := range s.result().Exceptions {
		if x.Cause != "weather" || x.CauseTeam != "carrier-desk" {
			t.Errorf("%s has cause %q of team %q", x.Kind, x.Cause, x.CauseTeam)
		}
	}
	if n := len(s.exceptions); n != 2 {
		t.Errorf("%d exceptions, want at risk and overdue", n)
	}
}

func TestEndsIgnored(t *testing.T) {
	for id, o := range script(t, wayPlan(), 9, "0h placed", "1h approved", "2h approved", "3h approved", "4h delivered", "5h approved").orders {
		if o.EndsIgnored != 2 {
			t.Errorf("order %s ignored %d ends, want the two after the first, while it was open", id, o.EndsIgnored)
		}
	}
}

// TestOrderAtRisk: the order waits in pick, whose median is 4 h and after which
// 2 h are usual, and has promised the tenth hour.
func TestOrderAtRisk(t *testing.T) {
	plan := wayPlan()
	h := int64(hour)
	rests := Rests{{From: start, Stages: []Rest{{Entered: 9 * h, Left: 7 * h}, {}, {Entered: 6 * h, Left: 2 * h}, {Entered: 2 * h}}}}
	for _, tc := range []struct {
		name  string
		until float64
		from  order.Instant // of the medians
		log   []string
		want  string // opened-resolved
	}{
		{"in time", 1.5, start, []string{"0h placed promise=10h"}, ""},
		{"too long in the stage", 5, start, []string{"0h placed promise=10h"}, "3h-"},
		{"caught up", 6, start, []string{"0h placed promise=10h", "3h30m approved", "3h30m picking"}, "3h-3h30m"},
		{"entered too late", 7, start, []string{"0h placed promise=10h", "3h approved", "5h picking"}, "5h-"},
		{"until the promise is broken", 11, start, []string{"0h placed promise=10h", "3h approved", "5h picking"}, "5h-10h"},
		{"delivered in time after all", 11, start, []string{"0h placed promise=10h", "3h approved", "5h picking", "6h picked", "6h loaded", "9h30m delivered"}, "5h-6h"},
		{"promised anew", 7, start, []string{"0h placed promise=10h", "3h approved", "5h picking", "5h30m noted promise=20h"}, ""},
		{"cancelled", 7, start, []string{"0h placed promise=10h", "5h30m cancelled"}, ""},
		{"opened before there were medians", 7, start + 1, []string{"0h placed promise=10h"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rests[0].From = tc.from
			got := ""
			for _, x := range scriptWith(t, Config{Plan: plan, Rests: rests}, tc.until, tc.log...).result().Exceptions {
				if x.Kind != AtRisk {
					continue
				}
				if x.Stage != -1 {
					t.Errorf("it is of stage %d, want the order as a whole", x.Stage)
				}
				got += x.OpenedAt.Sub(start).String() + "-"
				if x.ResolvedAt.Known() {
					got += x.ResolvedAt.Sub(start).String()
				}
			}
			got = strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(got)
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
