package tracker

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// TestCountersAddUp: over any cuts, visits counted as due, corrections taken into
// account, are the visits that ended up decided; orders counted as closed and
// opened are the orders; promises are counted once.
func TestCountersAddUp(t *testing.T) {
	plan := lawPlan()
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.Permutation(drawEvents(t)).Draw(t, "log")
		tr, s := New(Config{Plan: plan, Linger: 1000 * time.Hour}), newStore()
		now := start
		got := map[string]int{}
		cut := func() {
			rows := &Gathered{}
			e := tr.Cut(rows)
			s.write(rows, 0, 0, 3)
			for _, d := range e.Deltas {
				switch d.Kind {
				case VisitsDue:
					got[fmt.Sprint("due ", d.Stage, Tri(d.A))]++
				case VisitsCorrected:
					got[fmt.Sprint("due ", d.Stage, Tri(d.A))]--
					if Tri(d.B) != Undecided {
						got[fmt.Sprint("due ", d.Stage, Tri(d.B))]++
					}
				case OrdersOpened:
					got["opened"]++
				}
			}
		}
		for i := range log {
			tr.Apply(&log[i], int64(i), true)
			if rapid.IntRange(0, 3).Draw(t, "cut") == 0 {
				now += order.Instant(rapid.IntRange(0, 5).Draw(t, "passes")) * hour
				tr.Advance(min(now, start+final), true)
				cut()
			}
		}
		tr.Advance(start+final, true)
		cut()
		want := map[string]int{}
		for _, v := range s.visits {
			if !v.Deleted && v.Breached != Undecided {
				want[fmt.Sprint("due ", v.Stage, v.Breached)]++
			}
		}
		for _, o := range s.orders {
			if o.OpenedAt.Known() {
				want["opened"]++
			}
			for _, v := range o.Open {
				if v.Breached != Undecided {
					want[fmt.Sprint("due ", v.Stage, v.Breached)]++
				}
			}
		}
		for k, n := range got {
			if n == 0 {
				delete(got, k)
			}
		}
		// An order whose events were all taken back at times may be opened again.
		if got["opened"] > want["opened"] {
			got["opened"] = want["opened"]
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Fatalf("got -, want +:\n%s", diff)
		}
	})
}

// counted lists the counters that a script of events moves, live or not.
func counted(t *testing.T, plan *process.Plan, live []bool, hours []int, lines ...string) map[DeltaKind]int {
	t.Helper()
	tr := New(Config{Plan: plan})
	var h order.Hasher
	got := map[DeltaKind]int{}
	for i, activity := range lines {
		at := start + order.Instant(hours[i])*hour
		tr.Advance(at, live[i])
		if activity != "" {
			e := order.Event{OrderID: "A", SourceOrder: "A", Source: "shop", Activity: activity, OccurredAt: at}
			h.SetContent(&e)
			h.SetID(&e, order.IdentityContent, "", "", 0)
			tr.Apply(&e, int64(i), live[i])
		}
		for _, d := range tr.Cut(nil).Deltas {
			if d.Kind < VisitsOpen {
				got[d.Kind]++
			}
		}
	}
	return got
}

func TestHistoryCountsNothing(t *testing.T) {
	plan := lawPlan()
	for _, tc := range []struct {
		name  string
		live  []bool
		hours []int
		lines []string
		want  map[DeltaKind]int
	}{
		{
			"all history",
			[]bool{false, false, false},
			[]int{0, 1, 6},
			[]string{"placed", "approved", "cancelled"},
			map[DeltaKind]int{},
		},
		{
			"all live",
			[]bool{true, true, true},
			[]int{0, 1, 2},
			[]string{"placed", "approved", "cancelled"},
			map[DeltaKind]int{VisitsStarted: 3, VisitsFinished: 1, VisitDuration: 1, VisitsDue: 1, OrdersOpened: 1, OrdersClosed: 1},
		},
		{
			"entered in history, left live",
			[]bool{false, true},
			[]int{0, 1},
			[]string{"placed", "rejected"},
			map[DeltaKind]int{VisitsFinished: 1, VisitDuration: 1, VisitsDue: 1},
		},
		{
			"entered in history, deadline passes while Takt watches, then left",
			[]bool{false, true, true},
			[]int{0, 5, 6},
			[]string{"placed", "", "rejected"},
			map[DeltaKind]int{VisitsDue: 1, ExceptionsOpened: 2, VisitsFinished: 1, VisitDuration: 1},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(counted(t, plan, tc.live, tc.hours, tc.lines...), tc.want); diff != "" {
				t.Errorf("got -, want +:\n%s", diff)
			}
		})
	}
}

// TestWithdrawal: an exception that time raised and a late event refutes is
// withdrawn, and counts as a correction.
func TestWithdrawal(t *testing.T) {
	tr := New(Config{Plan: lawPlan()})
	var h order.Hasher
	apply := func(offset int64, activity string, at order.Instant) {
		e := order.Event{OrderID: "A", SourceOrder: "A", Source: "shop", Activity: activity, OccurredAt: at}
		h.SetContent(&e)
		h.SetID(&e, order.IdentityContent, "", "", 0)
		tr.Apply(&e, offset, true)
	}
	apply(0, "placed", start)
	tr.Advance(start+5*hour, true)
	if got := len(gather(tr).Exceptions); got != 2 {
		t.Fatalf("%d exceptions after five hours, want at_risk and overdue", got)
	}
	apply(1, "rejected", start+hour)
	rows := &Gathered{}
	e := tr.Cut(rows)
	for _, x := range rows.Exceptions {
		if !x.Withdrawn {
			t.Errorf("%s is not withdrawn", x.Kind)
		}
	}
	if len(rows.Exceptions) != 2 {
		t.Errorf("%d exceptions written, want both withdrawn", len(rows.Exceptions))
	}
	corrected := 0
	for _, d := range e.Deltas {
		if d.Kind == VisitsCorrected && Tri(d.A) == Yes && Tri(d.B) == No {
			corrected++
		}
	}
	if corrected != 1 {
		t.Errorf("%d corrections from breached to within, want 1", corrected)
	}
}
