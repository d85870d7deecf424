package backtest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// counter is a cumulative value and its series.
type counter struct {
	value float64
	ring
}

// stageCounts are the series of one stage.
type stageCounts struct {
	finished, due, breached counter
	waiting                 ring // open visits
	oldest                  order.Instant
	stuck                   float64 // exceptions that are open
}

// kindKey tells kinds of exception apart; stage -1 is the order as a whole.
type kindKey struct {
	stage      int
	kind, team string
}

// kindCounts are the series of one kind.
type kindCounts struct {
	kindKey
	opened counter
	hourly ring // increase within an hour
}

// counts are the series that rules read, as the collector would export them.
type counts struct {
	began    order.Instant // when the counters begin
	open     []float64     // visits by stage
	stages   []stageCounts
	moved    counter // visits started and finished
	promised counter // current promises due
	broken   counter
	kinds    []*kindCounts // sorted
	byKind   map[kindKey]*kindCounts
}

func newCounts(p *process.Process, began order.Instant) counts {
	return counts{began: began, open: make([]float64, len(p.Stages)), stages: make([]stageCounts, len(p.Stages)), byKind: map[kindKey]*kindCounts{}}
}

// apply takes what has changed by now.
func (c *counts) apply(e *tracker.Effects, now order.Instant) {
	for i := range e.Deltas {
		d := &e.Deltas[i]
		switch d.Kind {
		case tracker.VisitsOpen:
			c.open[d.Stage] += d.Value
		case tracker.VisitsStarted:
			c.moved.value += d.Value
		case tracker.VisitsFinished:
			c.moved.value += d.Value
			c.stages[d.Stage].finished.value += d.Value
		case tracker.VisitsDue:
			c.stages[d.Stage].due.value += d.Value
			if d.A == uint8(tracker.Yes) {
				c.stages[d.Stage].breached.value += d.Value
			}
		case tracker.PromisesDue:
			if d.A == currentPromise {
				c.promised.value += d.Value
				if d.B == uint8(tracker.No) {
					c.broken.value += d.Value
				}
			}
		case tracker.ExceptionsOpen:
			if d.Exception == process.Stuck && d.Stage >= 0 {
				c.stages[d.Stage].stuck += d.Value
			}
		case tracker.ExceptionsOpened:
			c.kind(d).opened.value += d.Value
		}
	}
	for i, at := range e.Oldest {
		c.stages[i].oldest = at
	}
}

const currentPromise = 2 // of tracker.PromisesDue

// kind returns the series of the exception that d counts, which begin at zero.
func (c *counts) kind(d *tracker.Delta) *kindCounts {
	key := kindKey{int(d.Stage), d.Exception, d.Team}
	if k := c.byKind[key]; k != nil {
		return k
	}
	// The tracker's strings are valid until Release only.
	key.kind, key.team = strings.Clone(key.kind), strings.Clone(key.team)
	k := &kindCounts{kindKey: key}
	c.byKind[key] = k
	i, _ := slices.BinarySearchFunc(c.kinds, key, func(k *kindCounts, key kindKey) int {
		return cmp.Or(cmp.Compare(k.stage, key.stage), cmp.Compare(k.kind, key.kind), cmp.Compare(k.team, key.team))
	})
	c.kinds = slices.Insert(c.kinds, i, k)
	return k
}

// push appends the values of this minute.
func (c *counts) push(now order.Instant) {
	for i := range c.stages {
		s := &c.stages[i]
		for _, n := range [...]*counter{&s.finished, &s.due, &s.breached} {
			n.push(now, n.value)
		}
		s.waiting.push(now, c.open[i])
	}
	for _, n := range [...]*counter{&c.moved, &c.promised, &c.broken} {
		n.push(now, n.value)
	}
	for _, k := range c.kinds {
		k.opened.push(now, k.opened.value)
		k.hourly.push(now, k.opened.increase(hour, 0))
	}
}
