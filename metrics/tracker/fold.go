package tracker

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// folded is what an order's events say at one instant. It is a function of the
// set of events, the process and that instant alone: whatever the order of
// arrival, duplicates, cuts and recoveries, the same set folds to the same result.
type folded struct {
	visits    []stay // in order of entering; the open ones have no left
	promises  []int  // events that change the promise, in order
	problems  []problem
	stages    []uint8 // stages entered, in order
	status    process.Status
	merged    bool // what happened is told of the order of another number
	opened    order.Instant
	closed    order.Instant
	closedBy  int // event; -1 while open
	reopened  int
	ignored   int // ends without an open visit, after an earlier one
	current   int // event that gives the promise in force; -1: none
	first     int
	requested int
	dims      [numDims]ref
	amount    order.Decimal
}

// stay is one visit while folding.
type stay struct {
	stage   int
	unit    ref
	number  int
	entered order.Instant
	left    order.Instant
	start   int // event that entered it
	end     int // event that left it; -1 while open
	within  int64
	due     order.Instant // until when it holds its limit; unknown without one
	warn    order.Instant // after when it is at risk; unknown without a warning
	outcome Outcome
	shared  []ref // units that have left an order-level visit so far
	owner   ref   // named last by an event from its entry on, its end excluded
	cause   ref   // reason given last by such an event
	dims    [numDims]ref
	amount  order.Decimal
}

// folder holds the scratch of one fold.
type folder struct {
	t      *Tracker
	r      *record
	f      *folded
	known  []ref // every unit that any event names or declares
	seen   []ref // those named or declared so far
	done   []ref
	kept   bool // a unit was completed, not cancelled
	absorb []stageUnit
	left   []int // stages left by the event at hand
	before int   // stage left last by an earlier event; -1: none
	looked bool  // an event was judged by what follows it
	placed bool  // opened_at comes from an activity that places orders

	entered, missed uint64 // stages entered so far; those found to be skipped
	ruled, skip     uint64 // rules that hold so far; stages that they allow to skip
}

type stageUnit struct {
	stage int
	unit  ref
}

// reworkLoop is the number of a visit from which returning is an exception.
const reworkLoop = 3

// fold computes f from r's events. The result's slices are reused.
func (t *Tracker) fold(r *record, f *folded) {
	d := t.begin(r, f)
	for i := range r.events {
		d.event(i)
	}
}

// foldThrough computes fold1 from r's events and fold0 from the first n of them,
// and reports whether it could: units and looks ahead make the beginning depend on
// what follows.
func (t *Tracker) foldThrough(r *record, n int) bool {
	d := t.begin(r, &t.fold1)
	if len(d.known) > 0 || d.f.merged {
		return false
	}
	for i := range n {
		d.event(i)
	}
	if d.looked {
		return false
	}
	t.fold0.set(d.f)
	for i := n; i < len(r.events); i++ {
		d.event(i)
	}
	return true
}

// set makes f a copy of g, whose visits no unit shares.
func (f *folded) set(g *folded) {
	visits, promises, problems, stages := f.visits, f.promises, f.problems, f.stages
	*f = *g
	f.visits, f.promises = append(visits[:0], g.visits...), append(promises[:0], g.promises...)
	f.problems, f.stages = append(problems[:0], g.problems...), append(stages[:0], g.stages...)
}

// begin prepares the folder for r's events.
func (t *Tracker) begin(r *record, f *folded) *folder {
	*f = folded{
		visits: f.visits[:0], promises: f.promises[:0], problems: f.problems[:0], stages: f.stages[:0],
		status: process.Open, closedBy: -1, current: -1, first: -1, requested: -1,
	}
	d := &t.folder
	*d = folder{
		t: t, r: r, f: f, before: -1,
		known: d.known[:0], seen: d.seen[:0], done: d.done[:0], absorb: d.absorb[:0], left: d.left[:0],
	}
	if t.mergedInto(r) != 0 {
		f.status, f.merged = process.Merged, true
		return d
	}
	for i := range r.events {
		if !r.events[i].retracted {
			d.meet(&d.known, &r.events[i])
		}
	}
	return d
}

// meet adds the units that e names or declares.
func (d *folder) meet(units *[]ref, e *entry) {
	add := func(u ref) {
		if u != 0 && !slices.Contains(*units, u) {
			*units = append(*units, u)
		}
	}
	add(e.unit)
	if e.units != 0 {
		for name := range strings.SplitSeq(d.t.text(d.r, e.units), ",") {
			add(d.r.local(strings.TrimSpace(name)))
		}
	}
}

func (d *folder) event(i int) {
	e, f := &d.r.events[i], d.f
	if e.retracted || f.merged {
		return
	}
	step := d.t.step(d.r, e)
	d.rules(i, &step)
	if step.Opens {
		d.duplicate(i, step.Starts)
	}
	if f.opened == 0 || step.Opens && !d.placed {
		f.opened, d.placed = e.at, step.Opens
	}
	for k := range dimFacts {
		if e.dims[k] != 0 {
			f.dims[k] = e.dims[k]
		}
	}
	if e.amount.Valid {
		f.amount = e.amount
	}
	if f.status != process.Open && e.unit != 0 && !slices.Contains(d.seen, e.unit) {
		f.status, f.closed, f.closedBy = process.Open, 0, -1
		f.reopened++
	}
	d.meet(&d.seen, e)
	d.promise(i, e)
	d.left = d.left[:0]
	for m := step.Ends; m != 0; m &= m - 1 {
		d.end(i, bits.TrailingZeros64(m), step.Closes == process.Cancelled)
	}
	for m := step.Starts; m != 0; m &= m - 1 {
		d.start(i, bits.TrailingZeros64(m))
	}
	if len(d.left) > 0 {
		d.before = d.left[len(d.left)-1]
	}
	if step.Closes != 0 && f.status == process.Open {
		d.close(i, step.Closes)
	}
	if d.t.reconciled(d.r, e) {
		d.reported(e, true)
		return
	}
	d.own(e)
	d.reported(e, false)
}

// reconciled reports whether a reconciliation said so.
func (t *Tracker) reconciled(r *record, e *entry) bool {
	return e.dims[dimActor] != 0 && t.text(r, e.dims[dimActor]) == order.Reconciler
}

// own gives the visits still open to the owner that e names: from here on.
func (d *folder) own(e *entry) {
	if e.dims[dimOwner] == 0 && e.dims[dimReason] == 0 {
		return
	}
	for i := range d.f.visits {
		if v := &d.f.visits[i]; v.end < 0 && (v.unit == e.unit || v.unit == 0 || e.unit == 0) {
			v.owner, v.cause = cmp.Or(e.dims[dimOwner], v.owner), cmp.Or(e.dims[dimReason], v.cause)
		}
	}
}

func (d *folder) promise(i int, e *entry) {
	f := d.f
	switch {
	case e.promise == order.PromiseNone || !e.promised.Known():
		return
	case e.promise == order.PromiseRequested:
		if f.requested < 0 || d.r.events[f.requested].promised != e.promised {
			f.promises = append(f.promises, i)
		}
		f.requested = i
		return
	case f.current < 0:
		f.promises = append(f.promises, i)
		f.first, f.current = i, i
	case d.r.events[f.current].promised != e.promised:
		f.promises = append(f.promises, i)
		f.current = i
		d.problem(problem{kind: PromiseRewritten, stage: -1, at: e.at, cause: e.dims[dimReason], owner: e.dims[dimOwner]})
	}
}

// close applies a terminal activity: to its unit, and to the order once all its
// units are done.
func (d *folder) close(i int, status process.Status) {
	e, f := &d.r.events[i], d.f
	d.kept = d.kept || status == process.Completed
	if e.unit != 0 {
		if !slices.Contains(d.done, e.unit) {
			d.done = append(d.done, e.unit)
		}
		d.abandon(i, func(v *stay) bool { return v.unit == e.unit })
		for _, u := range d.seen {
			if !slices.Contains(d.done, u) {
				return
			}
		}
		if d.kept {
			status = process.Completed
		}
	}
	f.status, f.closed, f.closedBy = status, e.at, i
	if status == process.Completed {
		d.incomplete(i)
	}
	d.abandon(i, func(*stay) bool { return true })
}

func (d *folder) abandon(i int, which func(*stay) bool) {
	for v := range d.f.visits {
		s := &d.f.visits[v]
		if s.end < 0 && !d.t.plan.Stages[s.stage].AfterClose && which(s) {
			d.leave(v, i, Abandoned)
		}
	}
}

// reported handles "exception.<kind>" and "exception.<kind>.resolved". What a
// reconciliation says is about the order as a whole, and it resolves only what one
// has said.
func (d *folder) reported(e *entry, reconciled bool) {
	kind, ok := strings.CutPrefix(d.t.text(d.r, e.activity), "exception.")
	if !ok || kind == "" {
		return
	}
	if kind, ok := strings.CutSuffix(kind, ".resolved"); ok {
		for i := range d.f.problems {
			p := &d.f.problems[i]
			if p.kind == kind && p.unit == e.unit && p.resolved == 0 && (p.reconciled || !reconciled) {
				p.resolved = e.at
			}
		}
		return
	}
	stage := -1
	for i := range d.f.visits {
		if v := &d.f.visits[i]; v.end < 0 && !reconciled && (v.unit == e.unit || v.unit == 0 || e.unit == 0) {
			stage = v.stage
		}
	}
	d.problem(problem{
		kind: kind, stage: stage, unit: e.unit, at: e.at, reported: true, reconciled: reconciled,
		cause: e.dims[dimReason], owner: e.dims[dimOwner],
	})
}
