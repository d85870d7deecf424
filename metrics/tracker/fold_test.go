package tracker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// script applies lines such as "3h picked p1" (hours after start, activity, unit)
// to one order and returns what follows at the given hour.
func script(t *testing.T, plan *process.Plan, until float64, lines ...string) *store {
	t.Helper()
	return scriptWith(t, Config{Plan: plan}, until, lines...)
}

func scriptWith(t *testing.T, cfg Config, until float64, lines ...string) *store {
	t.Helper()
	tr, s := New(cfg), newStore()
	var h order.Hasher
	for i, line := range lines {
		f := strings.Fields(line)
		after, err := time.ParseDuration(f[0])
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		e := order.Event{OrderID: "A", SourceOrder: "A", Activity: f[1], OccurredAt: start.Add(after), Source: "shop"}
		for _, word := range f[2:] {
			key, value, found := strings.Cut(word, "=")
			switch {
			case !found:
				e.Unit = word
			case key == "promise":
				after, err := time.ParseDuration(value)
				if err != nil {
					t.Fatalf("line %q: %v", line, err)
				}
				e.PromisedAt, e.PromiseKind = start.Add(after), order.PromiseCurrent
			case key == "channel":
				e.Channel = value
			case key == "source":
				e.Source = value
			case key == "actor":
				e.Actor = value
			case key == "reason":
				e.Reason = value
			case key == "amount":
				n, err := strconv.ParseInt(value, 10, 64)
				if err != nil {
					t.Fatalf("line %q: %v", line, err)
				}
				e.Amount = order.Decimal{Units: n, Valid: true}
			default:
				e.Attributes = append(e.Attributes, order.Attribute{Key: key, Value: value})
			}
		}
		h.SetContent(&e)
		h.SetID(&e, order.IdentityContent, "", "", 0)
		tr.Apply(&e, int64(i), true)
	}
	tr.Advance(start+order.Instant(until*float64(hour)), true)
	s.write(gather(tr), int64(len(lines)), 0, 3)
	return s
}

// tell renders a store's rows shortly: "pick#1 2h-5h finished breached".
func tell(plan *process.Plan, s *store) []string {
	at := func(i order.Instant) string {
		if !i.Known() {
			return ""
		}
		return i.Sub(start).String()
	}
	short := strings.NewReplacer("h0m0s", "h", "m0s", "m")
	var lines []string
	add := func(format string, args ...any) {
		lines = append(lines, strings.TrimRight(short.Replace(fmt.Sprintf(format, args...)), " "))
	}
	r := s.result()
	visit := func(v Visit) {
		unit := v.Unit
		if unit != "" {
			unit = "/" + unit
		}
		add("%s%s#%d %s-%s %s %s", plan.Stages[v.Stage].Name, unit, v.Number, at(v.EnteredAt), at(v.LeftAt), v.Outcome,
			[...]string{"", "within", "breached"}[v.Breached])
	}
	for _, v := range r.Visits {
		visit(v)
	}
	for _, o := range r.Orders {
		for _, v := range o.Open {
			visit(v)
		}
		add("order %s closed %s reopened %d kept %s", o.Status, at(o.ClosedAt), o.Reopened, [...]string{"?", "no", "yes"}[o.PromiseKept])
	}
	return lines
}

func TestFold(t *testing.T) {
	plan := lawPlan()
	for _, tc := range []struct {
		name  string
		until float64
		log   []string
		want  []string
	}{
		{
			name: "straight through, parallel stages", until: 20,
			log: []string{"0h placed", "1h approved", "2h paid", "3h picked", "6h delivered", "6h30m rated"},
			want: []string{
				"review#1 0s-1h finished within", "pay#1 1h-2h finished within", "pick#1 1h-3h finished within",
				"ship#1 3h-6h finished", "rate#1 6h-6h30m finished within", "order completed closed 6h reopened 0 kept ?",
			},
		},
		{
			name: "open and past its limit by time alone", until: 5,
			log:  []string{"0h placed"},
			want: []string{"review#1 0s- open breached", "order open closed  reopened 0 kept ?"},
		},
		{
			name: "override chosen when entered", until: 2,
			log:  []string{"0h placed channel=vip"},
			want: []string{"review#1 0s- open breached", "order open closed  reopened 0 kept ?"},
		},
		{
			name: "closing abandons what may not be recorded after it", until: 9,
			log: []string{"0h placed", "1h approved", "2h picked", "5h delivered"},
			want: []string{
				"review#1 0s-1h finished within", "pay#1 1h-5h abandoned breached", "pick#1 1h-2h finished within",
				"ship#1 2h-5h finished", "rate#1 5h- open breached", "order completed closed 5h reopened 0 kept ?",
			},
		},
		{
			name: "abandoned before its deadline is in no rate", until: 9,
			log:  []string{"0h placed", "1h cancelled"},
			want: []string{"review#1 0s-1h abandoned", "order cancelled closed 1h reopened 0 kept ?"},
		},
		{
			name: "an end before any start takes no time and absorbs the start", until: 9,
			log: []string{"0h placed", "1h picked", "2h approved", "3h delivered"},
			want: []string{
				"review#1 0s-2h finished within", "pay#1 2h-3h abandoned", "pick#1 1h-1h finished within",
				"ship#1 1h-3h finished", "rate#1 3h- open breached", "order completed closed 3h reopened 0 kept ?",
			},
		},
		{
			name: "the start is real if another end follows", until: 9,
			log: []string{"0h placed", "1h picked", "2h approved", "2h30m picked"},
			want: []string{
				"review#1 0s-2h finished within", "pick#1 1h-1h finished within", "pick#2 2h-2h30m finished within",
				"pay#1 2h- open breached", "ship#1 1h- open", "order open closed  reopened 0 kept ?",
			},
		},
		{
			name: "re-entry is a further visit", until: 7,
			log: []string{"0h placed", "1h approved", "1h paid", "2h picked", "3h returned", "4h picked"},
			want: []string{
				"review#1 0s-1h finished within", "pay#1 1h-1h finished within", "pick#1 1h-2h finished within", "pick#2 3h-4h finished within",
				"ship#1 2h-3h finished", "ship#2 4h- open", "order open closed  reopened 0 kept ?",
			},
		},
		{
			name: "the order is done when all its units are", until: 9,
			log: []string{"0h placed units=p1,p2", "1h approved", "1h paid", "2h picked p1", "3h picked p2", "4h delivered p1"},
			want: []string{
				"review#1 0s-1h finished within", "pay#1 1h-1h finished within", "pick/p1#1 1h-2h finished within", "pick/p2#1 1h-3h finished within",
				"ship/p1#1 2h-4h finished", "ship/p2#1 3h- open", "rate/p1#1 4h- open breached", "order open closed  reopened 0 kept ?",
			},
		},
		{
			name: "a unit that appears after the close reopens", until: 9,
			log: []string{"0h placed", "1h approved", "1h paid", "2h picked p1", "4h delivered p1", "5h picked p2", "6h delivered p2"},
			want: []string{
				"review#1 0s-1h finished within", "pay#1 1h-1h finished within",
				"pick#1 1h-4h abandoned", "pick/p1#1 1h-2h finished within",
				"ship/p1#1 2h-4h finished", "ship/p2#1 5h-6h finished", "rate/p1#1 4h- open breached", "rate/p2#1 6h- open breached",
				"order completed closed 6h reopened 1 kept ?",
			},
		},
		{
			name: "a promised day holds until its end in the process's zone", until: 20,
			log: []string{"0h placed promise=1h", "1h approved", "1h paid", "2h picked", "7h59m59s delivered"},
			want: []string{
				"review#1 0s-1h finished within", "pay#1 1h-1h finished within", "pick#1 1h-2h finished within", "ship#1 2h-7h59m59s finished",
				"rate#1 7h59m59s- open breached", "order completed closed 7h59m59s reopened 0 kept yes",
			},
		},
		{
			name: "and no longer", until: 20,
			log: []string{"0h placed promise=1h", "8h delivered"},
			want: []string{
				"review#1 0s-8h abandoned breached", "ship#1 8h-8h finished", "rate#1 8h- open breached",
				"order completed closed 8h reopened 0 kept no",
			},
		},
		{
			name: "open past its promise", until: 9,
			log:  []string{"0h placed promise=1h"},
			want: []string{"review#1 0s- open breached", "order open closed  reopened 0 kept no"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tell(plan, script(t, plan, tc.until, tc.log...))
			slices.Sort(got)
			slices.Sort(tc.want)
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("got -, want +:\n%s", diff)
			}
		})
	}
}

func TestExceptions(t *testing.T) {
	plan := lawPlan()
	for _, tc := range []struct {
		name  string
		until float64
		log   []string
		want  []string // kind stage opened-resolved
	}{
		{"at risk", 3.5, []string{"0h placed"}, []string{"at_risk review 3h0m0s-"}},
		{"overdue ends at risk", 5, []string{"0h placed"}, []string{"at_risk review 3h0m0s-4h0m0s", "overdue review 4h0m0s-"}},
		{"overdue is resolved by leaving", 9, []string{"0h placed", "5h rejected"}, []string{"at_risk review 3h0m0s-4h0m0s", "overdue review 4h0m0s-5h0m0s"}},
		{
			"stuck without any event of the order, from the last one on", 12,
			[]string{"0h placed", "1h approved", "1h paid", "2h noted"},
			[]string{"at_risk pick 2h30m0s-4h0m0s", "overdue pick 4h0m0s-", "stuck pick 7h0m0s-"},
		},
		{"stuck in the past", 9, []string{"0h placed", "1h approved", "1h paid", "8h picked", "8h delivered", "8h rated"}, []string{
			"at_risk pick 2h30m0s-4h0m0s", "overdue pick 4h0m0s-8h0m0s", "stuck pick 6h0m0s-8h0m0s",
		}},
		{"out of path", 2, []string{"0h placed", "1h approved", "1h paid", "1h returned", "1h30m rejected"}, []string{"sequence_violation ship 1h0m0s-"}},
		{"a stage that may not follow", 9, []string{"0h placed", "1h approved", "1h paid", "2h picked", "3h returned", "3h picked", "4h placed"}, []string{
			"at_risk review 7h0m0s-8h0m0s", "duplicate  4h0m0s-", "out_of_path review 4h0m0s-", "overdue review 8h0m0s-",
		}},
		{"rework from the third visit on", 5, []string{
			"0h placed", "1h approved", "1h paid", "2h picked", "2h30m returned", "3h picked", "3h30m returned", "4h picked",
		}, []string{"rework pick 3h30m0s-", "rework ship 4h0m0s-"}},
		{"promise rewritten and broken", 60, []string{"0h placed promise=1h", "1h rejected promise=25h"}, []string{
			"promise_broken  31h59m59.999s-", "promise_rewritten  1h0m0s-",
		}},
		{"reported and resolved", 3, []string{"0h placed", "1h exception.stock_out", "2h exception.stock_out.resolved", "2h30m exception.damaged"}, []string{
			"damaged review 2h30m0s-", "stock_out review 1h0m0s-2h0m0s",
		}},
		{"resolved by the close at the latest", 3, []string{"0h placed", "1h exception.stock_out", "2h cancelled"}, []string{"stock_out review 1h0m0s-2h0m0s"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, x := range script(t, plan, tc.until, tc.log...).result().Exceptions {
				stage, resolved := "", ""
				if x.Stage >= 0 {
					stage = plan.Stages[x.Stage].Name
				}
				if x.ResolvedAt.Known() {
					resolved = x.ResolvedAt.Sub(start).String()
				}
				got = append(got, fmt.Sprintf("%s %s %s-%s", x.Kind, stage, x.OpenedAt.Sub(start), resolved))
			}
			slices.Sort(got)
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("got -, want +:\n%s", diff)
			}
		})
	}
}
