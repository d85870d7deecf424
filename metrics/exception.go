package metrics

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// exceptionKey tells exceptions apart; stage -1 is the order as a whole.
type exceptionKey struct {
	stage      int
	kind, team string
}

// exception is the counter of one kind of exception of one stage and team.
type exception struct {
	key    exceptionKey
	opened prometheus.Counter
	told   bool // the series of the ledger are admitted
}

// exception returns the handle of k, that of "other" if k is refused.
func (f *family) exception(k exceptionKey) *exception {
	if e := f.exceptions[k]; e != nil {
		return e
	}
	others := exceptionKey{k.stage, Other, Other}
	if k != others && !f.m.budget.take(exceptionChunk) {
		return f.exception(others) // its room was reserved
	}
	k.kind, k.team = strings.Clone(k.kind), strings.Clone(k.team)
	e := &exception{key: k, opened: f.v.exceptions.WithLabelValues(f.process.Name, f.stageName(k.stage), k.kind, k.team)}
	f.exceptions[k] = e
	return e
}

// kinds returns the exceptions that the process may have, under the teams that they
// fall to unless an event or a stage says otherwise.
func (f *family) kinds() []exceptionKey {
	p, plan := f.process, process.NewPlan(f.process)
	var keys []exceptionKey
	add := func(stage int, kind string, others ...string) {
		k := exceptionKey{stage, kind, ""}
		if stage >= 0 {
			k.team = p.Stages[stage].Owner.Team
		}
		for _, team := range append(others, plan.Handling(kind).Owner.Team) {
			k.team = cmp.Or(k.team, team)
		}
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	for _, kind := range []string{tracker.PromiseRewritten, tracker.PromiseBroken, tracker.AtRisk, tracker.Duplicate} {
		add(-1, kind)
	}
	demanded := plan.DemandedAtEnd()
	for i := range p.Stages {
		demanded |= plan.Demanded(i)
	}
	for i := range p.Rules {
		demanded |= plan.Requires(i)
		if raise := p.Rules[i].Raise; raise != nil {
			add(plan.RaisedAt(i), raise.Kind, raise.Owner.Team)
		}
	}
	for i := range p.Stages {
		s := &p.Stages[i]
		kinds := append([]string{tracker.OutOfPath, tracker.Rework, tracker.SequenceViolation}, f.m.config.Reported...)
		if s.Limit.Within > 0 {
			kinds = append(kinds, tracker.Overdue)
		}
		if s.Limit.WarnAt > 0 {
			kinds = append(kinds, tracker.AtRisk)
		}
		if s.StuckAfter > 0 {
			kinds = append(kinds, tracker.Stuck)
		}
		if demanded&(1<<i) != 0 {
			kinds = append(kinds, tracker.Skipped)
		}
		for _, kind := range kinds {
			add(i, kind)
		}
	}
	return keys
}

// handled returns the handle of k for the gauges of the ledger, that of "other" if
// there is no room for them.
func (f *family) handled(k exceptionKey) *exception {
	e := f.exception(k)
	others := exceptionKey{k.stage, Other, Other}
	if !e.told && e.key != others && !f.m.budget.take(handledChunk) {
		return f.exception(others) // its room was reserved
	}
	e.told = true
	return e
}

// stageName returns the label value of stage i.
func (f *family) stageName(i int) string {
	if i < 0 {
		return ""
	}
	return f.process.Stages[i].Name
}
