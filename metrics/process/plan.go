package process

import "github.com/takt-orders/takt/ingest/order"

// Status is what became of an order.
type Status uint8

// The statuses of an order.
const (
	Open Status = iota + 1
	Completed
	Cancelled
	Merged    // into the order of another number
	Retracted // its source took back all that it told
)

// String returns the status as it stands in columns and labels.
func (s Status) String() string {
	switch s {
	case Open:
		return "open"
	case Completed:
		return "completed"
	case Cancelled:
		return "cancelled"
	case Merged:
		return "merged"
	case Retracted:
		return "retracted"
	default:
		return ""
	}
}

// Step is what an activity does to an order, in the order ends, starts, close.
type Step struct {
	Place  int    // first mention in the process file: the tie-break of equal times
	Opens  bool   // places the order
	Ends   uint64 // bit i: ends stage i
	Starts uint64 // bit i: starts stage i
	Rules  uint64 // bit i: rule i is judged at it
	Closes Status // Completed or Cancelled; 0: does not close
}

// Plan answers what an activity does in a process. It is immutable.
type Plan struct {
	*Process
	steps   map[string]Step
	unknown Step
	next    []uint64 // per stage: bit i set if stage i may follow; 0: any
	conds   []func(*order.Event) bool
	first   []int    // per stage: index of its first override in conds
	clocks  []clocks // per stage
	plain   uint64   // rules that hold for every event of their activity
	ways    []way    // by rule
	paths   paths
	kinds   map[string]Handling
	cause   map[string]Reason
	keeps   []string // fields kept for rules, sorted
}

// NewPlan prepares p, which must be valid.
func NewPlan(p *Process) *Plan {
	plan := &Plan{Process: p, steps: map[string]Step{}}
	place := 0
	mention := func(activities []string, set func(*Step)) {
		for _, a := range activities {
			s, seen := plan.steps[a]
			if !seen {
				s.Place = place
				place++
			}
			set(&s)
			plan.steps[a] = s
		}
	}
	mention(p.OpensOn, func(s *Step) { s.Opens = true })
	for i := range p.Stages {
		bit := uint64(1) << i
		mention(p.Stages[i].StartsOn, func(s *Step) { s.Starts |= bit })
		mention(p.Stages[i].EndsOn, func(s *Step) { s.Ends |= bit })
	}
	mention(p.ClosesOn.Completed, func(s *Step) { s.Closes = Completed })
	mention(p.ClosesOn.Cancelled, func(s *Step) { s.Closes = Cancelled })
	plan.unknown.Place = place
	plan.next = make([]uint64, len(p.Stages))
	plan.first = make([]int, len(p.Stages))
	plan.clocks = make([]clocks, len(p.Stages))
	for i := range p.Stages {
		for _, name := range p.Stages[i].Next {
			plan.next[i] |= uint64(1) << p.StageIndex(name)
		}
		plan.first[i] = len(plan.conds)
		for j := range p.Stages[i].Overrides {
			plan.conds = append(plan.conds, p.Stages[i].Overrides[j].Holds)
		}
		plan.clocks[i] = newClocks(p, i)
	}
	plan.prepareRules()
	plan.prepareKinds()
	plan.paths = newPaths(plan)
	return plan
}

// Step returns what the activity does; one the process does not mention does
// nothing and sorts last.
func (p *Plan) Step(activity string) Step {
	s, ok := p.steps[activity]
	if !ok {
		s = p.unknown
	}
	s.Rules = p.ruled(activity)
	return s
}

// Mentions reports whether the process file names the activity.
func (p *Plan) Mentions(activity string) bool {
	_, ok := p.steps[activity]
	return ok
}

// Follows reports whether stage next may follow stage i.
func (p *Plan) Follows(i, next int) bool { return p.next[i] == 0 || p.next[i]&(1<<next) != 0 }

// Conditions returns, as bits, which conditions of the process's overrides and rules
// hold for e: the event alone decides them, so they are judged once.
func (p *Plan) Conditions(e *order.Event) uint64 {
	var held uint64
	for i, holds := range p.conds {
		if holds(e) {
			held |= 1 << i
		}
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Holds != nil && (r.On == "" || r.On == e.Activity) && r.Holds(e) {
			held |= 1 << (63 - i) // from the top: another override moves no rule
		}
	}
	return held
}

// Within returns the limit of stage i, in milliseconds, for a visit entered by an
// event with these conditions; 0 is no limit.
func (p *Plan) Within(i int, conditions uint64) int64 {
	stage := &p.Stages[i]
	for j := range stage.Overrides {
		if conditions&(1<<(p.first[i]+j)) != 0 {
			return stage.Overrides[j].Within.Milliseconds()
		}
	}
	return stage.Limit.Within.Milliseconds()
}

// StageIndex returns the position of the stage of that name, -1 if there is none.
func (p *Process) StageIndex(name string) int {
	for i := range p.Stages {
		if p.Stages[i].Name == name {
			return i
		}
	}
	return -1
}

// Due returns the instant until which a promise holds.
func (p *Process) Due(promised order.Instant) order.Instant {
	if !promised.Known() || p.Promise.Granularity != Day {
		return promised
	}
	y, m, d := promised.Time().In(p.Zone).Date()
	return order.InZone(y, m, d+1, 0, 0, 0, 0, p.Zone) - 1
}
