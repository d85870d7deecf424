package backtest

import (
	"cmp"
	"slices"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// whole adds the rules of the process as a whole.
func (j *judge) whole() {
	c, silences := j.counts, alerts.Silences(0)
	j.add(-1, alerts.SourceSilent, process.Critical, func(order.Instant, bool) bool {
		if !slices.Contains(j.open, true) {
			return false
		}
		for _, w := range silences {
			if c.moved.increase(w, 0) == 0 && c.moved.increase(w, day) >= alerts.LeastDue && c.moved.increase(w, 2*day) >= alerts.LeastDue {
				return true
			}
		}
		return false
	})
	objective := j.process.Promise.Objective
	for _, page := range [...]bool{true, false} {
		if b := burning(process.Burns(alerts.PromiseWithin), objective, page); len(b) > 0 {
			j.add(-1, alerts.PromiseBurn, severity(page), func(order.Instant, bool) bool {
				return b.hold(&c.promised, &c.broken, objective)
			})
		}
	}
}

// kinds adds the rules of kinds of exception that have appeared.
func (j *judge) kinds() {
	if len(j.spikes) == len(j.counts.kinds) {
		return
	}
	for _, k := range j.counts.kinds {
		if j.spikes[k] != nil {
			continue
		}
		r := j.add(k.stage, alerts.ExceptionsSpike, process.Warning, func(now order.Instant, firing bool) bool {
			return now.Sub(j.first) >= 2*day && k.spikes(firing)
		})
		r.Kind, r.Team = k.kind, cmp.Or(k.team, r.Team)
		j.spikes[k] = r
	}
}

// spikes reports whether many more were opened within an hour than is usual, or where it
// fires still half as many.
func (k *kindCounts) spikes(firing bool) bool {
	x := k.hourly.at(0)
	if firing && x >= alerts.LeastDue/2.0 && x > alerts.SpikeFactor/2.0*k.hourly.at(day) {
		return true
	}
	return x >= alerts.LeastDue && x > alerts.SpikeFactor*k.hourly.at(day) && x > alerts.SpikeFactor*k.hourly.at(2*day) &&
		x > alerts.SpikeFactor*k.hourly.mean(day)
}

// finish returns what fired, in the order of time, the unresolved up to the end.
func (j *judge) finish(until order.Instant) []Fire {
	for _, r := range j.rules {
		if r.firing {
			j.resolve(r, until)
		}
	}
	slices.SortFunc(j.fires, func(a, b Fire) int {
		return cmp.Or(a.From.Compare(b.From), a.Key.compare(b.Key))
	})
	return j.fires
}
