package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// Report is an event that opens an exception, or resolves it, and its identity.
type Report struct {
	Event    order.Event
	Delivery string // the same, however often one result is reported
}

// about is what an exception is about.
type about struct{ order, kind string }

// Reports returns what the result raises that the former one did not, and what is
// repaired of the former, as events of the order, by number. They belong to owner. A
// late record is over when it is found, and of an order placed twice the tracker
// knows: neither is reported. run names this result, formerRun the former; 0: there
// was none.
func Reports(r *Result, former []Difference, run, formerRun order.Instant, owner string) (raised, repaired []Report) {
	if r.Counted {
		return nil, nil
	}
	now, before := exceptions(r.Differences), exceptions(former)
	report := func(all []Report, a about, e order.Event) []Report {
		e.OrderID, e.SourceOrder, e.Process, e.Source = a.order, a.order, r.Process, r.Source
		e.OccurredAt, e.RecordedAt, e.Actor = run, run, order.Reconciler
		return append(all, Report{e, fmt.Sprintf("reconcile/%d/%s", formerRun, e.Activity)})
	}
	for _, a := range sortedKeys(now) {
		if _, stands := before[a]; stands {
			continue
		}
		e := order.Event{Activity: "exception." + a.kind, Owner: owner, Reason: reason(now[a])}
		if a.kind == process.Missing {
			e.Channel = now[a][0].Channel
		}
		raised = report(raised, a, e)
	}
	for _, a := range sortedKeys(before) {
		if _, stands := now[a]; !stands {
			repaired = report(repaired, a, order.Event{Activity: "exception." + a.kind + ".resolved"})
		}
	}
	return raised, repaired
}

// exceptions groups differences by the exception that each is.
func exceptions(all []Difference) map[about][]Difference {
	out := map[about][]Difference{}
	for _, d := range all {
		kind := ""
		switch {
		case d.Kind == Missing || d.Kind == Extra:
			kind = process.Missing
		case d.Kind == Mismatch:
			kind = process.FieldMismatch
		case d.Kind == Duplicate && d.Detail == InList:
			kind = process.Duplicate
		default:
			continue
		}
		out[about{d.Order, kind}] = append(out[about{d.Order, kind}], d)
	}
	return out
}

func sortedKeys(m map[about][]Difference) []about {
	return slices.SortedFunc(maps.Keys(m), func(a, b about) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.kind, b.kind)) })
}

// reason names the cause of an exception, as reasons of a process file may.
func reason(all []Difference) string {
	switch all[0].Kind {
	case Missing:
		return "not_in_takt"
	case Extra:
		return "not_in_source"
	case Duplicate:
		return ListedTwice
	}
	var fields []string
	for i := range all {
		fields = append(fields, all[i].Detail)
	}
	slices.Sort(fields)
	return "differs: " + strings.Join(fields, ", ")
}

// ListedTwice is the cause of an exception of kind duplicate that a list gave rise to.
const ListedTwice = "listed_twice"
