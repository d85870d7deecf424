package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/metrics/process"
)

// labels are the values by which orders and visits are told apart.
type labels struct {
	channel string
	extra   [3]string
}

func (l labels) clone() labels {
	l.channel = strings.Clone(l.channel)
	for i := range l.extra {
		l.extra[i] = strings.Clone(l.extra[i])
	}
	return l
}

// tuple is one combination of labels. Its stages are admitted one by one.
type tuple struct {
	labels labels
	other  bool     // of what the cap keeps out
	extra  []string // label values after those of the catalogue

	opened, reopened prometheus.Counter
	closed           [2]prometheus.Counter    // completed, cancelled
	promises         [2][2]prometheus.Counter // first, current; broken, kept
	stages           []*visits                // nil: not admitted so far
}

// visits are the counters of one stage under one combination of labels.
type visits struct {
	started, finished prometheus.Counter
	due               [2]prometheus.Counter // within, breached
}

// others returns the labels of what the cap keeps out.
func (f *family) others() labels {
	l := labels{channel: Other}
	for i := range f.m.config.ExtraLabels {
		l.extra[i] = Other
	}
	return l
}

// tuple returns the handles of l, those of "other" if l is refused. Metrics.mu
// is held, here and below.
func (f *family) tuple(l labels) *tuple {
	if t := f.tuples[l]; t != nil {
		return t
	}
	if l != f.others() && !f.m.budget.take(f.m.orderChunk()) {
		return f.tuple(f.others()) // its room was reserved
	}
	v, name := f.v, f.process.Name
	l = l.clone()
	t := &tuple{labels: l, other: l == f.others(), extra: l.extra[:len(f.m.config.ExtraLabels)], stages: make([]*visits, len(f.process.Stages))}
	with := func(c *prometheus.CounterVec, values ...string) prometheus.Counter {
		return c.WithLabelValues(append(append([]string{name, l.channel}, values...), t.extra...)...)
	}
	t.opened, t.reopened = with(v.opened), with(v.reopened)
	t.closed = [2]prometheus.Counter{with(v.closed, process.Completed.String()), with(v.closed, process.Cancelled.String())}
	for i, p := range [2]string{"first", "current"} {
		t.promises[i] = [2]prometheus.Counter{with(v.promises, p, "broken"), with(v.promises, p, "kept")}
	}
	f.tuples[l] = t
	return t
}

// stage returns the counters of stage i of t, nil if they are refused.
func (f *family) stage(t *tuple, i int) *visits {
	if t.stages[i] != nil {
		return t.stages[i]
	}
	if !t.other && !f.m.budget.take(f.m.stageChunk()) {
		return nil
	}
	with := func(c *prometheus.CounterVec, values ...string) prometheus.Counter {
		head := []string{f.process.Name, f.process.Stages[i].Name, t.labels.channel}
		return c.WithLabelValues(append(append(head, values...), t.extra...)...)
	}
	t.stages[i] = &visits{
		started: with(f.v.started), finished: with(f.v.finished),
		due: [2]prometheus.Counter{with(f.v.due, "within"), with(f.v.due, "breached")},
	}
	return t.stages[i]
}
