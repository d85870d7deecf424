package tracker

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// store is what a database keeps of a tracker's effects: the row with the
// greatest revision under each identity, and how far the log was taken.
type store struct {
	visits     map[string]Visit
	orders     map[string]Order
	exceptions map[uint64]Exception
	promises   map[string]Promise
	flushes    map[string]int // of orders: the flush that wrote them
	flush      int            // last acknowledged
	next       int64
	stored     int
}

func newStore() *store {
	return &store{map[string]Visit{}, map[string]Order{}, map[uint64]Exception{}, map[string]Promise{}, map[string]int{}, 0, 0, 0}
}

func put[K comparable, V any](rows map[K]V, key K, row V, revision func(V) Revision) {
	if old, ok := rows[key]; ok {
		a, b := revision(old), revision(row)
		if a.Offset > b.Offset || a.Offset == b.Offset && a.AsOf > b.AsOf {
			return
		}
	}
	rows[key] = row
}

// gather returns the rows of a Cut.
func gather(t *Tracker) *Gathered {
	rows := &Gathered{}
	t.Cut(rows)
	return rows
}

// write stores e up to step: 1 orders, 2 visits, exceptions and promises, 3 progress.
func (s *store) write(e *Gathered, next int64, stored, step int) {
	for _, o := range e.Orders {
		o.State, o.Stages, o.Open = slices.Clone(o.State), slices.Clone(o.Stages), slices.Clone(o.Open)
		put(s.orders, o.ID, o, func(o Order) Revision { return o.Revision })
		s.flushes[o.ID] = s.flush + 1
	}
	if step < 2 {
		return
	}
	for _, v := range e.Visits {
		put(s.visits, fmt.Sprint(v.OrderID, "|", v.Unit, "|", v.Stage, "|", v.Number), v, func(v Visit) Revision { return v.Revision })
	}
	for _, x := range e.Exceptions {
		put(s.exceptions, x.ID, x, func(x Exception) Revision { return x.Revision })
	}
	for _, p := range e.Promises {
		put(s.promises, fmt.Sprint(p.OrderID, p.Event), p, func(p Promise) Revision { return p.Revision })
	}
	if step == 3 {
		s.next = next
		s.stored += stored
		s.flush++
	}
}

// result is the part of a store that the law speaks of.
type result struct {
	Visits     []Visit
	Orders     []Order
	Exceptions []Exception
	Promises   []Promise
}

func (s *store) result() result {
	var r result
	for _, k := range slices.Sorted(maps.Keys(s.visits)) {
		if v := s.visits[k]; !v.Deleted {
			v.Revision = Revision{}
			r.Visits = append(r.Visits, v)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.orders)) {
		o := s.orders[k]
		o.Revision, o.State, o.LateRecords, o.Live = Revision{}, nil, 0, false
		open := o.Open
		o.Open = nil
		for _, v := range open {
			v.Revision = Revision{}
			o.Open = append(o.Open, v)
		}
		r.Orders = append(r.Orders, o)
	}
	for _, k := range slices.Sorted(maps.Keys(s.exceptions)) {
		if x := s.exceptions[k]; !x.Withdrawn {
			x.Revision, x.DetectedAt, x.Live = Revision{}, 0, false
			r.Exceptions = append(r.Exceptions, x)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.promises)) {
		if p := s.promises[k]; !p.Deleted {
			p.Revision = Revision{}
			r.Promises = append(r.Promises, p)
		}
	}
	return r
}

// recover returns a tracker as a new process makes it from the store.
func (s *store) recover(plan *process.Plan) *Tracker {
	t := New(Config{Plan: plan, Rests: lawRests(), Resume: s.next, LingerOrders: 1})
	for _, k := range slices.Sorted(maps.Keys(s.orders)) {
		if o := s.orders[k]; o.Tracked || s.flushes[k] > s.flush {
			if err := t.Restore(o.State, s.flushes[k] > s.flush); err != nil {
				panic(err)
			}
		} else {
			t.RestoreClosed(hashOf(k))
		}
	}
	return t
}

// lawPlan is a process with parallel, re-entered, after-close and conditional stages.
func lawPlan() *process.Plan { return process.NewPlan(lawProcess()) }

// workingPlan is the same process on office hours, with two limits and a stuck time of working time.
func workingPlan() *process.Plan {
	p := lawProcess()
	p.Calendar = office(p.Zone)
	p.Stages[0].Limit.Of, p.Stages[2].Limit.Of = process.Working, process.Working
	return process.NewPlan(p)
}

func lawProcess() *process.Process {
	p := &process.Process{
		Name: "law", Zone: time.FixedZone("", 8*3600), OpensOn: []string{"placed"},
		ClosesOn: process.Closing{Completed: []string{"delivered"}, Cancelled: []string{"cancelled"}},
		Promise:  process.Promise{Granularity: process.Day},
		Stages: []process.Stage{
			{
				Name: "review", StartsOn: []string{"placed"}, EndsOn: []string{"approved", "rejected"},
				Limit: process.Limit{Within: 4 * time.Hour, Of: process.Wall, WarnAt: 0.75}, Next: []string{"pick", "pay"},
				Overrides:  []process.Override{{When: "vip", Within: time.Hour, Holds: func(e *order.Event) bool { return e.Channel == "vip" }}},
				StuckAfter: 24 * time.Hour,
			},
			{Name: "pay", StartsOn: []string{"approved"}, EndsOn: []string{"paid"}, Limit: process.Limit{Within: 2 * time.Hour}},
			{
				Name: "pick", StartsOn: []string{"approved", "returned"}, EndsOn: []string{"picked"}, Next: []string{"ship"},
				Owner: process.Owner{Team: "east", Person: "zhang"}, Limit: process.Limit{Within: 3 * time.Hour, WarnAt: 0.5}, StuckAfter: 5 * time.Hour,
			},
			{Name: "ship", StartsOn: []string{"picked"}, EndsOn: []string{"delivered", "returned"}, Next: []string{"rate", "pick"}},
			{Name: "rate", StartsOn: []string{"delivered"}, EndsOn: []string{"rated"}, AfterClose: true, Limit: process.Limit{Within: time.Hour}},
		},
	}
	p.Rules = lawRules()
	p.Exceptions = []process.Handling{{Kind: "lost", Severity: process.Critical, Owner: process.Owner{Team: "carrier-desk", Person: "qian"}}}
	p.Reasons = []process.Reason{{Name: "weather", Team: "carrier-desk"}}
	if problems := p.Validate(); len(problems) > 0 {
		panic(fmt.Sprint(problems))
	}
	return p
}

// lawRules are rules of every sort: by the event alone, by what was before it, and
// for the path.
func lawRules() []process.Rule {
	is := func(activity string) func(*order.Event) bool {
		return func(e *order.Event) bool { return e.Activity == activity }
	}
	return []process.Rule{
		{
			Name: "price", When: "differs", On: "paid",
			Knows: func(e *order.Event, k process.Known) bool {
				first, ok := k.Field("amount", false)
				return ok && e.Amount.Valid && first != e.Amount.Text(2)
			},
			Raise: &process.Raise{
				Kind: process.FieldMismatch, Stage: "pay", Owner: process.Owner{Team: "audit"},
				Cause: process.Text{EN: "the price differs", ZH: "价格不一致"},
			},
		},
		{
			Name: "quantity", When: "differs", On: "picked", Holds: func(e *order.Event) bool { return e.Actor != "li" }, Keeps: []string{"quantity", "attributes.to"},
			Knows: func(e *order.Event, k process.Known) bool {
				last, ok := k.Field("quantity", true)
				to, known := k.Field("attributes.to", false)
				return ok && e.Quantity.Valid && last != e.Quantity.Text(3) || known && e.Attr("to") != "" && to != e.Attr("to")
			},
			Raise: &process.Raise{Kind: process.FieldMismatch, Severity: process.Critical},
		},
		{Name: "vip", When: "vip", Holds: func(e *order.Event) bool { return e.Channel == "vip" }, Require: []string{"pay"}, Before: "ship"},
		{
			Name: "seen", When: "seen", Holds: is("delivered"),
			Knows:   func(_ *order.Event, k process.Known) bool { return k.Seen("paid") && !k.Visited("review") },
			Require: []string{"review", "pick"},
		},
		{Name: "small", When: "small", Holds: func(e *order.Event) bool { return e.Amount.Valid && e.Amount.Units == 1 }, Skip: []string{"pick"}},
	}
}

// lawRests are medians that changed while orders were under way.
func lawRests() Rests {
	h := int64(hour)
	return Rests{
		{From: start + 2*hour, Stages: []Rest{{Entered: 20 * h, Left: 10 * h}, {}, {Entered: 30 * h, Left: 20 * h}, {Entered: 6 * h}, {}}},
		{From: start + 9*hour, Stages: []Rest{{Entered: 30 * h, Left: 1 * h}, {Entered: 9 * h, Left: 9 * h}}},
	}
}

var start = order.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

const hour = order.Instant(3_600_000)

// drawEvents draws a log: events of a few orders with units, repeats, corrected
// and retracted versions, in any order.
func drawEvents(t *rapid.T) []order.Event {
	var h order.Hasher
	activities := []string{
		"placed", "placed", "approved", "rejected", "paid", "picked", "delivered", "delivered", "cancelled", "returned",
		"rated", "noted", "exception.lost", "exception.lost.resolved",
	}
	events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) order.Event {
		e := order.Event{
			OrderID:    rapid.SampledFrom([]string{"A", "B", "订单3"}).Draw(t, "order"),
			Source:     "shop",
			Activity:   rapid.SampledFrom(activities).Draw(t, "activity"),
			OccurredAt: start + order.Instant(rapid.IntRange(0, 40).Draw(t, "at"))*hour/2,
			Unit:       rapid.SampledFrom([]string{"", "", "", "p1", "p2"}).Draw(t, "unit"),
			Channel:    rapid.SampledFrom([]string{"", "web", "vip"}).Draw(t, "channel"),
			Actor:      rapid.SampledFrom([]string{"", "li", "wang", order.Reconciler}).Draw(t, "actor"),
			Amount:     order.Decimal{Units: int64(rapid.IntRange(0, 3).Draw(t, "amount")), Valid: rapid.Bool().Draw(t, "valid")},
		}
		e.SourceOrder = e.OrderID
		if rapid.IntRange(0, 3).Draw(t, "promises") == 0 {
			e.PromisedAt = start + order.Instant(rapid.IntRange(0, 3).Draw(t, "promised"))*24*hour
			e.PromiseKind = order.PromiseKind(rapid.IntRange(1, 3).Draw(t, "kind"))
		}
		if rapid.IntRange(0, 9).Draw(t, "declares") == 0 {
			e.Attributes = append(e.Attributes, order.Attribute{Key: order.AttrUnits, Value: "p1,p3"})
		}
		if rapid.IntRange(0, 3).Draw(t, "counts") == 0 {
			e.Quantity = order.Decimal{Units: int64(rapid.IntRange(1, 2).Draw(t, "quantity")) * 500, Valid: true}
			e.Attributes = append(e.Attributes, order.Attribute{Key: "to", Value: rapid.SampledFrom([]string{"", "a", "b=c"}).Draw(t, "to")})
		}
		e.Reason = rapid.SampledFrom([]string{"", "", "", "weather", "strike"}).Draw(t, "reason")
		e.Owner = rapid.SampledFrom([]string{"", "", "", "sun"}).Draw(t, "owner")
		if rapid.IntRange(0, 9).Draw(t, "retracts") == 0 {
			e.Attributes = append(e.Attributes, order.Attribute{Key: order.AttrRetracted, Value: "true"})
		}
		e.RecordedAt = e.OccurredAt + order.Instant(rapid.IntRange(0, 2).Draw(t, "recorded"))*1234
		h.SetContent(&e)
		if rapid.Bool().Draw(t, "slot") {
			h.SetID(&e, order.IdentitySlot, "", e.Activity, 0)
		} else {
			h.SetID(&e, order.IdentityContent, "", "", 0)
		}
		return e
	}), 1, 30).Draw(t, "events")
	for range rapid.IntRange(0, 6).Draw(t, "repeats") {
		events = append(events, events[rapid.IntRange(0, len(events)-1).Draw(t, "repeat")])
	}
	return events
}

// final is the instant at which the law compares.
const final = 72 * hour

// reference is the log applied in one go.
func reference(plan *process.Plan, events []order.Event) *store {
	s, t := newStore(), New(Config{Plan: plan, Rests: lawRests()})
	for i := range events {
		t.Apply(&events[i], int64(i), true)
	}
	t.Advance(start+final, true)
	s.write(gather(t), int64(len(events)), 0, 3)
	return s
}

// TestLaw: the same set of events and final now give the same rows, whatever the
// order, repeats, cuts, crashes at any point of a flush, recoveries and times at
// which the tracker looked; and a crash never changes how many records count as stored.
func TestLaw(t *testing.T) {
	t.Run("wall time", func(t *testing.T) { law(t, lawPlan()) })
	t.Run("working time", func(t *testing.T) { law(t, workingPlan()) })
}

func law(t *testing.T, plan *process.Plan) {
	rapid.Check(t, func(t *rapid.T) {
		log := drawEvents(t)
		want := reference(plan, log)
		log = rapid.Permutation(log).Draw(t, "log")

		undisturbed, once := 0, New(Config{Plan: plan, Rests: lawRests()})
		for i := range log {
			if once.Apply(&log[i], int64(i), true) {
				undisturbed++
			}
		}

		s := newStore()
		tr := s.recover(plan)
		now, stored := start, 0
		gauges := map[string]float64{}
		for at := 0; at < len(log); {
			if tr.Locate(log[at].OrderID) == Stored {
				if o, ok := s.orders[log[at].OrderID]; ok {
					if err := tr.Restore(o.State, false); err != nil {
						t.Fatal(err)
					}
				}
			}
			if tr.Apply(&log[at], int64(at), true) {
				stored++
			}
			at++
			if rapid.IntRange(0, 3).Draw(t, "cut") > 0 && at < len(log) {
				continue
			}
			now += order.Instant(rapid.IntRange(0, 5).Draw(t, "passes")) * hour
			tr.Advance(min(now, start+final), true)
			rows := &Gathered{}
			e := tr.Cut(rows)
			step := rapid.SampledFrom([]int{3, 3, 3, 0, 1, 2}).Draw(t, "step")
			if at == len(log) {
				step = 3
			}
			if step > 0 {
				s.write(rows, int64(at), stored, step)
			}
			stored = 0
			sum(gauges, e)
			if step < 3 || rapid.IntRange(0, 5).Draw(t, "dies") == 0 {
				tr, at = s.recover(plan), int(s.next)
				clear(gauges)
			}
		}
		tr.Advance(start+final, true)
		rows := &Gathered{}
		sum(gauges, tr.Cut(rows))
		s.write(rows, s.next, 0, 3)
		if diff := cmp.Diff(s.result(), want.result()); diff != "" {
			t.Fatalf("got -, want +:\n%s", diff)
		}
		if s.stored != undisturbed {
			t.Fatalf("stored %d records over all lives, undisturbed %d", s.stored, undisturbed)
		}
		if diff := cmp.Diff(gauges, wantGauges(plan, s, start+final)); diff != "" {
			t.Fatalf("gauges got -, want +:\n%s", diff)
		}
	})
}

// sum adds up gauges, dropping those that are zero.
func sum(gauges map[string]float64, e *Effects) {
	for _, d := range e.Deltas {
		if d.Kind < VisitsOpen {
			continue
		}
		k := fmt.Sprint(d.Kind, d.Stage, d.A, d.Dims.Channel, d.Exception)
		for name, value := range map[string]float64{k: d.Value, k + " amount": float64(d.Amount.Units)} {
			if gauges[name] += value; gauges[name] == 0 {
				delete(gauges, name)
			}
		}
	}
}

// wantGauges counts the gauges from the stored rows.
func wantGauges(plan *process.Plan, s *store, now order.Instant) map[string]float64 {
	g := map[string]float64{}
	count := func(k string, amount order.Decimal) {
		g[k]++
		if amount.Units != 0 {
			g[k+" amount"] += float64(amount.Units)
		}
	}
	for _, o := range s.orders {
		if o.Status == process.Open && o.OpenedAt.Known() {
			count(fmt.Sprint(OrdersOpen, -1, 0, o.Dims.Channel, ""), o.Amount)
			if o.PromiseDueAt.Known() && now > o.PromiseDueAt {
				count(fmt.Sprint(OrdersLate, -1, 0, o.Dims.Channel, ""), o.Amount)
			}
		}
		for _, v := range o.Open {
			state := onTime
			if warn := plan.Warning(v.Stage, v.EnteredAt, v.Limit); v.Limit > 0 {
				if now > v.DueAt {
					state = overdue
				} else if warn.Known() && now > warn {
					state = atRisk
				}
			}
			count(fmt.Sprint(VisitsOpen, v.Stage, state, o.Dims.Channel, ""), o.Amount)
		}
	}
	for _, x := range s.exceptions {
		if !x.Withdrawn && !x.ResolvedAt.Known() {
			g[fmt.Sprint(ExceptionsOpen, x.Stage, 0, s.orders[x.OrderID].Dims.Channel, x.Kind)]++
		}
	}
	return g
}
