package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
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
	e := &exception{k, f.v.exceptions.WithLabelValues(f.process.Name, f.stageName(k.stage), k.kind, k.team)}
	f.exceptions[k] = e
	return e
}

// stageName returns the label value of stage i.
func (f *family) stageName(i int) string {
	if i < 0 {
		return ""
	}
	return f.process.Stages[i].Name
}
