package process

import (
	"fmt"
	"slices"
	"strings"
)

func (v *validator) rules(p *Process) {
	overrides := 0
	for i := range p.Stages {
		overrides += len(p.Stages[i].Overrides)
	}
	v.require(overrides+len(p.Rules) <= MaxConditions, "stages",
		fmt.Sprintf("have %d overrides, which with %d rules is more than the %d conditions that are possible", overrides, len(p.Rules), MaxConditions))
	for i := range p.Rules {
		v.rule(p, i)
	}
	for i := range p.Exceptions {
		h := &p.Exceptions[i]
		v.require(h.EscalateAfter >= 0, "exceptions."+h.Kind+".escalate_after", "must not be negative")
	}
}

func (v *validator) rule(p *Process, i int) {
	r := &p.Rules[i]
	at := func(key string) string { return fmt.Sprintf("rules[%d].%s", i, key) }
	stage := func(key, name string) {
		v.require(p.StageIndex(name) >= 0, at(key), fmt.Sprintf("%q is not a stage", name))
	}
	v.name(at("name"), r.Name)
	v.require(!slices.ContainsFunc(p.Rules[:i], func(q Rule) bool { return q.Name == r.Name }), at("name"), fmt.Sprintf("%q stands twice", r.Name))
	v.require(r.Holds != nil || r.On != "", at("when"), "is missing: give a condition")
	v.require(r.Raise != nil || len(r.Require)+len(r.Skip) > 0, at("raise"), "is missing: a rule raises an exception, or requires or skips stages")
	for j, n := range r.Require {
		stage(fmt.Sprintf("require[%d]", j), n)
		v.require(n != r.Before, at("before"), "is a stage that the rule requires")
	}
	for j, n := range r.Skip {
		stage(fmt.Sprintf("skip[%d]", j), n)
		v.require(!slices.Contains(r.Require, n), at(fmt.Sprintf("skip[%d]", j)), fmt.Sprintf("%q is required by the same rule", n))
	}
	if r.Before != "" {
		stage("before", r.Before)
		v.require(len(r.Require) > 0, at("before"), "needs require: name the stages that come before it")
	}
	if r.Raise != nil {
		v.kind(at("raise.kind"), r.Raise.Kind)
		if r.Raise.Stage != "" {
			stage("raise.stage", r.Raise.Stage)
		}
	}
}

// kind demands a name that can be the end of an activity.
func (v *validator) kind(path, s string) {
	v.name(path, s)
	v.require(!strings.ContainsAny(s, ". "), path, "must not hold dots or blanks")
}
