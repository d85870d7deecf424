package simulate

import (
	"slices"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

const (
	leadSamples  = 2000
	leadQuantile = 0.975 // of the undisturbed time from placing to completion
)

// promiseLead returns how long after placing an order its completion is
// promised: the leadQuantile of the time the usual way takes without queues. A
// promise that holds until the end of its day is given half a day earlier.
func (r *Run) promiseLead() time.Duration {
	path := r.flow.usualPath()
	week := int64(order.At(r.cfg.From))
	lengths := make([]int64, leadSamples)
	for n := range lengths {
		rng := r.draws.at(forLead, uint64(n), 0)
		start := week + int64(rng.Float64()*float64(7*dayMS))
		at := start
		for _, i := range path {
			s := &r.stations[i]
			if s.delay {
				at = s.works(at+s.service(rng), &r.clock)
			} else {
				at = s.works(at, &r.clock) + s.service(rng)
			}
		}
		lengths[n] = at - start
	}
	slices.Sort(lengths)
	lead := time.Duration(lengths[int(leadQuantile*leadSamples)]) * time.Millisecond
	if r.cfg.Process.Promise.Granularity == process.Day {
		lead -= 12 * time.Hour
	}
	return max(lead, time.Hour)
}

// usualPath returns the stages of an order that nothing is wrong with.
func (f *flow) usualPath() []int {
	var path []int
	seen := f.afterClose
	open := f.actions[f.opening].step.Starts &^ seen
	for far := -1; ; {
		if open == 0 {
			switch {
			case far < 0:
				open = 1
			case len(f.successors[far]) > 0:
				open = 1 << f.successors[far][0]
			}
			open &^= seen
			if open == 0 {
				return path
			}
		}
		for i := range f.exits {
			if open&(1<<i) == 0 {
				continue
			}
			path = append(path, i)
			seen |= 1 << i
			far = max(far, i)
			step := f.actions[f.exits[i].usual(0)].step
			open = (open | step.Starts) &^ seen
			if step.Closes == process.Completed {
				return path
			}
			break
		}
	}
}

// promise returns what is promised for the instant: itself, or the day it lies in.
func (r *Run) promise(at int64) int64 {
	if r.cfg.Process.Promise.Granularity != process.Day {
		return at
	}
	_, ofDay := r.clock.local(at)
	return at - ofDay
}
