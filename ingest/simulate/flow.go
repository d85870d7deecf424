package simulate

import (
	"slices"

	"github.com/takt-orders/takt/metrics/process"
)

// flow is what a process lets an order do, derived from its plan.
type flow struct {
	plan        *process.Plan
	actions     []action
	index       map[string]int32
	exits       []exits // per stage
	enter       []int32 // per stage: starts it when no end of another stage did
	again       []int32 // per stage: starts it anew after a rejection
	successors  [][]int // per stage: later stages that may follow
	opening     int32
	completing  int32
	cancelling  int32 // -1: orders are never cancelled
	split       int   // stage that parcels enter one by one; -1: none
	warehouse   int
	afterClose  uint64
	sources     []string
	stageSource []uint8
}

// action is an activity and what it does.
type action struct {
	name   string
	step   process.Step
	source uint8
}

// exits are the activities that end a stage, by where they lead.
type exits struct {
	forward []int32 // to a later stage, or completes the order
	back    []int32 // to the same or an earlier stage
	reject  []int32 // nowhere, while others lead forward
	cancel  []int32 // cancels the order
}

// usual returns the exit of an order that nothing is wrong with; u is uniform in [0, 1).
func (e *exits) usual(u float64) int32 {
	switch {
	case len(e.forward) > 0:
		return e.forward[usual(u, len(e.forward))]
	case len(e.back) > 0:
		return e.back[0]
	default:
		return e.cancel[0]
	}
}

// usual returns 0 nine times in ten, else one of 1 to n-1, for u uniform in [0, 1).
func usual(u float64, n int) int {
	if n < 2 || u < 0.9 {
		return 0
	}
	return 1 + min(int((u-0.9)*10*float64(n-1)), n-2)
}

func newFlow(plan *process.Plan, roles Roles) *flow {
	f := &flow{plan: plan, index: map[string]int32{}, cancelling: -1, split: -1}
	f.setSources(roles)
	f.opening = f.action(plan.OpensOn[0], 0)
	for i := range plan.Stages {
		f.addStage(i)
	}
	last := len(plan.Stages) - 1
	f.completing = f.action(plan.ClosesOn.Completed[0], f.stageSource[last])
	if len(plan.ClosesOn.Cancelled) > 0 {
		f.cancelling = f.action(plan.ClosesOn.Cancelled[0], 0)
	}
	if i := plan.StageIndex(roles.Carrier); i > 0 {
		f.split = i
	}
	return f
}

// setSources names the systems that send events: one for what customers and
// reviewers do, one for the warehouse, one for the carrier.
func (f *flow) setSources(roles Roles) {
	f.sources = []string{"oms", "wms", "tms"}
	f.warehouse = f.plan.StageIndex(roles.Warehouse)
	carrier := f.plan.StageIndex(roles.Carrier)
	for i := range f.plan.Stages {
		var source uint8
		switch {
		case i >= carrier && i > 0:
			source = 2
		case i >= f.warehouse && i > 0:
			source = 1
		}
		f.stageSource = append(f.stageSource, source)
		if f.plan.Stages[i].AfterClose {
			f.afterClose |= 1 << i
		}
	}
}

// action returns the index of the activity; the first mention sets its source.
func (f *flow) action(name string, source uint8) int32 {
	if i, ok := f.index[name]; ok {
		return i
	}
	i := int32(len(f.actions))
	f.actions = append(f.actions, action{name, f.plan.Step(name), source})
	f.index[name] = i
	return i
}

func (f *flow) addStage(i int) {
	s := &f.plan.Stages[i]
	e := exits{}
	var bare []int32
	for _, name := range s.EndsOn {
		a := f.action(name, f.stageSource[i])
		step := f.actions[a].step
		switch later := ^uint64(0) << (i + 1); {
		case step.Closes == process.Cancelled:
			e.cancel = append(e.cancel, a)
		case step.Closes == process.Completed || step.Starts&later != 0:
			e.forward = append(e.forward, a)
		case step.Starts != 0:
			e.back = append(e.back, a)
		default:
			bare = append(bare, a)
		}
	}
	switch {
	case len(e.forward) > 0:
		e.reject = bare
	case len(bare) > 0:
		e.forward, e.reject = bare[:1], bare[1:]
	}
	f.exits = append(f.exits, e)
	f.enter = append(f.enter, f.starter(i, false))
	f.again = append(f.again, f.starter(i, true))
	var next []int
	for j := i + 1; j < len(f.plan.Stages); j++ {
		if f.plan.Stages[j].AfterClose {
			continue
		}
		if len(s.Next) == 0 && len(next) > 0 || len(s.Next) > 0 && !slices.Contains(s.Next, f.plan.Stages[j].Name) {
			continue
		}
		next = append(next, j)
	}
	f.successors = append(f.successors, next)
}

// starter picks the activity that starts the stage: one that neither opens nor
// closes an order where there is one; for a repeat the last such.
func (f *flow) starter(i int, repeat bool) int32 {
	s := &f.plan.Stages[i]
	best := s.StartsOn[0]
	for _, name := range s.StartsOn {
		if step := f.plan.Step(name); !step.Opens && step.Closes == 0 {
			best = name
			if !repeat {
				break
			}
		}
	}
	return f.action(best, f.stageSource[i])
}
