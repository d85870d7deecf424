package tracker

import (
	"math/bits"
	"slices"
)

// skipped notes the stages that the order had to pass before v and has not, and
// reports whether there are any. An order whose placing is not among its events
// came from somewhere: what it passed there is unknown.
func (d *folder) skipped(i int, v *stay) bool {
	if !d.placed {
		return false
	}
	return d.miss(i, d.t.plan.Demanded(v.stage)|d.required(v.stage))
}

// incomplete notes the stages that a completed order had to pass and has not.
func (d *folder) incomplete(i int) {
	if d.placed {
		d.miss(i, d.t.plan.DemandedAtEnd()|d.required(-1))
	}
}

// miss notes those of the stages that were neither entered nor noted before. What a
// rule requires, another's leave to skip does not take away.
func (d *folder) miss(i int, stages uint64) bool {
	e := &d.r.events[i]
	skip := d.skip
	for m := d.ruled; m != 0; m &= m - 1 {
		skip &^= d.t.plan.Requires(bits.TrailingZeros64(m))
	}
	missing := stages &^ (d.entered | d.missed | skip)
	d.missed |= missing
	for m := missing; m != 0; m &= m - 1 {
		d.problem(problem{
			kind: Skipped, stage: bits.TrailingZeros64(m), at: e.at, cause: e.dims[dimReason], owner: e.dims[dimOwner],
		})
	}
	return missing != 0
}

// entering notes that a stage is entered: if it had been skipped, it no longer is.
func (d *folder) entering(i, stage int) {
	bit := uint64(1) << stage
	if d.missed&bit != 0 {
		for n := range d.f.problems {
			if p := &d.f.problems[n]; p.kind == Skipped && p.stage == stage && p.resolved == 0 {
				p.resolved = d.r.events[i].at
			}
		}
	}
	d.entered |= bit
}

// duplicate notes that a source placed the order again: by the same activity for the
// same unit, without the order having been sent back to the stage that it starts.
func (d *folder) duplicate(i int, starts uint64) {
	e := &d.r.events[i]
	waits := slices.ContainsFunc(d.f.visits, func(v stay) bool { return v.end < 0 })
	if !waits && d.before >= 0 && starts&(1<<d.before) != 0 {
		return
	}
	again := slices.ContainsFunc(d.r.events[:i], func(o entry) bool {
		return !o.retracted && o.activity == e.activity && o.unit == e.unit && o.dims[dimSource] == e.dims[dimSource]
	})
	if again {
		d.problem(problem{kind: Duplicate, stage: -1, unit: e.unit, at: e.at, cause: e.dims[dimReason], owner: e.dims[dimOwner]})
	}
}
