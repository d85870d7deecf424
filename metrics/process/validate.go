package process

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a process, at a key path such as
// "stages[2].limit.within".
type Problem struct {
	Path    string
	Message string
}

// MaxStages and MaxConditions bound a process: both are kept as bits. The conditions
// are those of overrides and rules together.
const (
	MaxStages     = 64
	MaxConditions = 64
)

// Validate returns everything wrong with p.
func (p *Process) Validate() []Problem {
	v := &validator{}
	v.name("process", p.Name)
	v.require(p.Zone != nil, "timezone", "is missing: name the zone of the process's days, such as Asia/Shanghai")
	v.activities("opens_on", p.OpensOn)
	v.require(len(p.OpensOn) > 0, "opens_on", "is missing: name the activities that place an order")
	v.activities("closes_on.completed", p.ClosesOn.Completed)
	v.activities("closes_on.cancelled", p.ClosesOn.Cancelled)
	v.require(len(p.ClosesOn.Completed) > 0, "closes_on.completed", "is missing: name the activities that complete an order")
	for _, a := range p.ClosesOn.Completed {
		v.require(!slices.Contains(p.ClosesOn.Cancelled, a), "closes_on", fmt.Sprintf("%q cannot both complete and cancel", a))
	}
	v.share("promise.objective", p.Promise.Objective)
	v.require(len(p.Stages) > 0, "stages", "is missing: name at least one stage")
	v.require(len(p.Stages) <= MaxStages, "stages", fmt.Sprintf("has %d stages, at most %d are possible", len(p.Stages), MaxStages))
	for i := range p.Stages {
		v.stage(p, i)
	}
	v.rules(p)
	return v.problems
}

type validator struct{ problems []Problem }

func (v *validator) require(ok bool, path, message string) {
	if !ok {
		v.problems = append(v.problems, Problem{path, message})
	}
}

func (v *validator) name(path, s string) {
	v.require(s != "", path, "is missing: give a name")
	v.require(strings.TrimSpace(s) == s && !strings.ContainsAny(s, "\"\\{}\n\r\t"), path,
		"must not begin or end with a blank nor hold quotes, backslashes, braces or line breaks")
}

func (v *validator) share(path string, f float64) {
	v.require(f >= 0 && f < 1, path, "must be a share of at least 0 and less than 100%")
}

func (v *validator) activities(path string, names []string) {
	for i, n := range names {
		v.name(fmt.Sprintf("%s[%d]", path, i), n)
		v.require(!slices.Contains(names[:i], n), fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%q stands twice", n))
	}
}

func (v *validator) stage(p *Process, i int) {
	s := &p.Stages[i]
	at := func(key string) string { return fmt.Sprintf("stages[%d].%s", i, key) }
	v.name(at("name"), s.Name)
	v.require(p.StageIndex(s.Name) == i, at("name"), fmt.Sprintf("%q stands twice", s.Name))
	v.activities(at("starts_on"), s.StartsOn)
	v.activities(at("ends_on"), s.EndsOn)
	v.require(len(s.StartsOn) > 0, at("starts_on"), "is missing: name the activities that start the stage")
	v.require(len(s.EndsOn) > 0, at("ends_on"), "is missing: name the activities that end the stage")
	v.share(at("limit.objective"), s.Limit.Objective)
	v.share(at("limit.warn_at"), s.Limit.WarnAt)
	v.require(s.Limit.Within >= 0, at("limit.within"), "must not be negative")
	v.require(s.Limit.Within > 0 || s.Limit.Objective == 0 && s.Limit.WarnAt == 0, at("limit.within"),
		"is missing: an objective or a warning needs a limit")
	v.require(s.Owner.EscalateAfter == 0 || s.Owner.EscalateTo != "", at("owner.escalate_to"), "is missing: escalate_after needs somebody to escalate to")
	v.require(s.StuckAfter >= 0, at("stuck_after"), "must not be negative")
	for j := range s.Overrides {
		v.require(s.Overrides[j].Within > 0, at(fmt.Sprintf("overrides[%d].within", j)), "must be more than zero")
		v.require(s.Overrides[j].Holds != nil, at(fmt.Sprintf("overrides[%d].when", j)), "is missing: give a condition")
	}
	for j, n := range s.Next {
		v.require(p.StageIndex(n) >= 0, at(fmt.Sprintf("next[%d]", j)), fmt.Sprintf("%q is not a stage", n))
	}
}
