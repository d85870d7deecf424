package tracker

import (
	"slices"

	"github.com/takt-orders/takt/metrics/process"
)

// find returns the open visit of the stage and unit, -1 if there is none.
func (d *folder) find(stage int, unit ref) int {
	for i := range d.f.visits {
		if v := &d.f.visits[i]; v.end < 0 && v.stage == stage && v.unit == unit {
			return i
		}
	}
	return -1
}

// visited counts the visits of a stage by the unit; those of the order as a
// whole count for each unit, and any unit's for the order as a whole.
func (d *folder) visited(stage int, unit ref) int {
	n := 0
	for i := range d.f.visits {
		if v := &d.f.visits[i]; v.stage == stage && (v.unit == unit || v.unit == 0 || unit == 0) {
			n++
		}
	}
	return n
}

// number returns the number of the next visit of the stage by the unit.
func (d *folder) number(stage int, unit ref) int {
	n := 1
	for i := range d.f.visits {
		if v := &d.f.visits[i]; v.stage == stage && v.unit == unit {
			n = max(n, v.number+1)
		}
	}
	return n
}

func (d *folder) end(i, stage int, cancels bool) {
	e := &d.r.events[i]
	if e.unit != 0 {
		if v := d.find(stage, e.unit); v >= 0 {
			d.leave(v, i, Finished)
		} else if v := d.find(stage, 0); v >= 0 {
			d.leaveShared(v, i)
		} else {
			d.endWithout(i, stage, cancels)
		}
		return
	}
	ended := false
	for v := range d.f.visits {
		if d.f.visits[v].stage == stage && d.f.visits[v].end < 0 {
			d.leave(v, i, Finished)
			ended = true
		}
	}
	if !ended {
		d.endWithout(i, stage, cancels)
	}
}

// leaveShared lets one unit leave a visit that the order entered as a whole: the
// unit gets a visit of its own with the order's entry, and the shared one is gone
// when the last unit has left it.
func (d *folder) leaveShared(v, i int) {
	unit := d.r.events[i].unit
	own := d.f.visits[v]
	own.unit, own.shared, own.number = unit, nil, d.number(own.stage, unit)
	d.f.visits[v].shared = append(d.f.visits[v].shared, unit)
	d.f.visits = append(d.f.visits, own)
	d.leave(len(d.f.visits)-1, i, Finished)
	for _, u := range d.known {
		if !slices.Contains(d.f.visits[v].shared, u) {
			return
		}
	}
	d.f.visits = slices.Delete(d.f.visits, v, v+1)
}

// endWithout handles an end that finds no open visit. After an earlier visit it
// changes nothing. Before any start it shows that the steps were recorded out of
// sequence: the visit took no time, and the start still to come is part of it.
// An order that is cancelled or closed skips its stages and violates nothing.
func (d *folder) endWithout(i, stage int, cancels bool) {
	e := &d.r.events[i]
	closed := d.f.status != process.Open && !d.t.plan.Stages[stage].AfterClose
	if cancels || closed {
		return
	}
	if d.visited(stage, e.unit) > 0 {
		d.f.ignored++
		return
	}
	v := d.enter(i, stage, e.unit)
	d.leave(v, i, Finished)
	d.absorb = append(d.absorb, stageUnit{stage, e.unit})
	d.problem(problem{
		kind: SequenceViolation, stage: stage, unit: e.unit, visit: d.f.visits[v].number, at: e.at,
		cause: e.dims[dimReason], owner: e.dims[dimOwner],
	})
}

func (d *folder) start(i, stage int) {
	e := &d.r.events[i]
	if d.f.status != process.Open && !d.t.plan.Stages[stage].AfterClose {
		return
	}
	if d.find(stage, e.unit) >= 0 || d.find(stage, 0) >= 0 {
		return
	}
	if at := slices.Index(d.absorb, stageUnit{stage, e.unit}); at >= 0 {
		d.absorb = slices.Delete(d.absorb, at, at+1)
		if !d.endsLater(i, stage, e.unit) {
			return
		}
	}
	v := &d.f.visits[d.enter(i, stage, e.unit)]
	if !d.skipped(i, v) {
		d.checkPath(e, v)
	}
	if v.number >= reworkLoop {
		d.problem(problem{
			kind: Rework, stage: stage, unit: e.unit, visit: v.number, at: e.at,
			cause: e.dims[dimReason], owner: e.dims[dimOwner],
		})
	}
}

// endsLater reports whether an event after i ends the stage for the unit.
func (d *folder) endsLater(i, stage int, unit ref) bool {
	d.looked = true
	for j := i + 1; j < len(d.r.events); j++ {
		e := &d.r.events[j]
		if !e.retracted && (e.unit == unit || e.unit == 0 || unit == 0) && d.t.step(d.r, e).Ends&(1<<stage) != 0 {
			return true
		}
	}
	return false
}

// checkPath tells whether v may follow the stage left by the same event or, if
// it left none, the one left last.
func (d *folder) checkPath(e *entry, v *stay) {
	from := d.left
	if len(from) == 0 && d.before >= 0 {
		from = append(from, d.before)
	}
	for _, s := range from {
		if s == v.stage || d.t.plan.Follows(s, v.stage) || d.skip != 0 && d.t.plan.FollowsWithout(s, v.stage, d.skip) {
			return
		}
	}
	if len(from) > 0 {
		d.problem(problem{
			kind: OutOfPath, stage: v.stage, unit: v.unit, visit: v.number, at: e.at,
			cause: e.dims[dimReason], owner: e.dims[dimOwner],
		})
	}
}

// enter opens a visit and returns its place.
func (d *folder) enter(i, stage int, unit ref) int {
	e, plan := &d.r.events[i], d.t.plan
	d.entering(i, stage)
	within := plan.Within(stage, e.held)
	d.f.visits = append(d.f.visits, stay{
		stage: stage, unit: unit, number: d.number(stage, unit), entered: e.at, start: i, end: -1, owner: e.dims[dimOwner], cause: e.dims[dimReason],
		within: within, due: plan.Deadline(stage, e.at, within), warn: plan.Warning(stage, e.at, within),
	})
	d.f.stages = append(d.f.stages, uint8(stage))
	return len(d.f.visits) - 1
}

func (d *folder) leave(v, i int, how Outcome) {
	s := &d.f.visits[v]
	s.left, s.end, s.outcome = d.r.events[i].at, i, how
	s.dims, s.amount = d.f.dims, d.f.amount
	if how == Finished {
		d.left = append(d.left, s.stage)
	}
}
