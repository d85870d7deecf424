package tracker

import (
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// Rests are the medians of what orders had still to go, as they were known at
// several times, the latest last. An order is judged by those in force when it was
// opened, so that a new table changes no judgement that was made.
type Rests []RestTable

// RestTable is what orders opened from an instant on are judged by.
type RestTable struct {
	From   order.Instant
	Stages []Rest // by stage
}

// Rest is the median rest of an order's way, in milliseconds; both unknown are zero.
type Rest struct {
	Entered int64 // from entering the stage to completion
	Left    int64 // from leaving it to completion
}

// of returns the table for an order opened at the instant, nil if there is none.
func (r Rests) of(opened order.Instant) []Rest {
	for i := len(r) - 1; i >= 0; i-- {
		if r[i].From <= opened {
			return r[i].Stages
		}
	}
	return nil
}

// SetRests gives the tables of medians, none of which may begin before an order
// that was cut without it was opened.
func (t *Tracker) SetRests(r Rests) { t.rests = r }

// atRisk derives that the order will probably break its promise: from when the
// median rest of the way, counted from the entry of a stage, ends after the promise,
// or the stage is so late that even the rest after it does. Passing the stage or the
// promise ends it.
func (d *deriver) atRisk() {
	f, rests := d.f, d.t.rests.of(d.f.opened)
	due := d.t.due(d.r, f.current)
	if rests == nil || due == 0 || f.opened == 0 || f.status == process.Cancelled {
		return
	}
	var from, until order.Instant
	open := false
	for i := range f.visits {
		s := &f.visits[i]
		if s.stage >= len(rests) || rests[s.stage] == (Rest{}) || d.t.plan.Stages[s.stage].AfterClose {
			continue
		}
		rest := rests[s.stage]
		at := due - order.Instant(rest.Left)
		if s.entered+order.Instant(rest.Entered) > due {
			at = s.entered
		}
		at = max(at, s.entered)
		left := s.left
		if s.end < 0 {
			left = d.now
			d.wake(at)
		}
		if left <= at || at >= due {
			continue
		}
		if from == 0 || at < from {
			from = at
		}
		until, open = max(until, left), open || s.end < 0
	}
	if from == 0 {
		return
	}
	x := d.raise(AtRisk, -1, 0, 0, 0, from, f.dims[dimOwner])
	switch {
	case until > due:
		x.ResolvedAt = due
	case !open:
		x.ResolvedAt = until
	}
	if open {
		d.wake(due)
	}
}
