package tracker

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// never is an instant that does not come.
const never = order.Instant(1<<63 - 1)

// due returns until when the visit holds its limit, unknown without one.
func (s *stay) due() order.Instant {
	if s.within == 0 {
		return 0
	}
	return s.entered + order.Instant(s.within)
}

// warn returns after when the visit is at risk, unknown without a warning.
func (t *Tracker) warn(s *stay) order.Instant {
	if at := t.plan.Stages[s.stage].Limit.WarnAt; s.within > 0 && at > 0 {
		return s.entered + order.Instant(float64(s.within)*at)
	}
	return 0
}

// breached judges the visit at now. A visit abandoned before its deadline is
// never judged; one abandoned after it was overdue while it lasted.
func (s *stay) breached(now order.Instant) Tri {
	switch due := s.due(); {
	case due == 0:
		return Undecided
	case s.end < 0 && now > due, s.end >= 0 && s.left > due:
		return Yes
	case s.outcome == Finished:
		return No
	default:
		return Undecided
	}
}

// Risk states of an open visit, as in Delta.A of VisitsOpen.
const (
	onTime = iota + 1
	atRisk
	overdue
)

func (t *Tracker) risk(s *stay, now order.Instant) uint8 {
	switch {
	case s.within > 0 && now > s.due():
		return overdue
	case t.warn(s) > 0 && now > t.warn(s):
		return atRisk
	default:
		return onTime
	}
}

// kept judges a promise that holds until due.
func (f *folded) kept(due, now order.Instant) Tri {
	switch {
	case due == 0 || f.status == process.Cancelled || f.opened == 0:
		return Undecided
	case f.status == process.Completed && f.closed <= due:
		return Yes
	case f.status == process.Completed || now > due:
		return No
	default:
		return Undecided
	}
}

// due returns until when the promise of event i holds; -1 is no promise.
func (t *Tracker) due(r *record, i int) order.Instant {
	if i < 0 {
		return 0
	}
	// Promises are few dates: the calendar is asked once for each.
	promised := r.events[i].promised
	known := &t.dues[uint64(promised)*mixConstant>>(64-duesBits)]
	if known.promised != promised {
		*known = dueDate{promised, t.plan.Due(promised)}
	}
	return known.due
}

// dueDate remembers until when a promise holds.
type dueDate struct{ promised, due order.Instant }

const duesBits = 10

// tracked reports whether the order has to stay in memory: while it is open, or
// any of its visits or exceptions is.
func (f *folded) tracked(found []Exception) bool {
	if f.opened == 0 {
		return false
	}
	if f.status == process.Open {
		return true
	}
	for i := range f.visits {
		if f.visits[i].end < 0 {
			return true
		}
	}
	for i := range found {
		if found[i].open() {
			return true
		}
	}
	return false
}

func (x *Exception) open() bool { return !x.ResolvedAt.Known() && !x.Withdrawn }

// derive lists the order's exceptions at now, with when each was detected, and
// returns the next instant at which time alone changes the order. What is found
// for the first time is detected at now.
func (t *Tracker) derive(r *record, f *folded, now order.Instant, list *[]Exception) order.Instant {
	*list = (*list)[:0]
	return t.exceptions(r, f, now, func(x *Exception) {
		x.DetectedAt = now
		for _, known := range r.findings {
			if known.id == x.ID {
				x.DetectedAt, x.Live = known.detected, known.live
			}
		}
		*list = append(*list, *x)
	})
}

// exceptions derives every exception of the order at now, calling found with it
// and returning the next instant at which time alone changes anything, never if
// none does.
func (t *Tracker) exceptions(r *record, f *folded, now order.Instant, found func(*Exception)) order.Instant {
	next := never
	wake := func(at order.Instant) {
		if at >= now && at+1 < next {
			next = at + 1
		}
	}
	var x Exception
	for i := range f.visits {
		s := &f.visits[i]
		until := s.left
		if s.end < 0 {
			until = now
		}
		t.timed(r, f, s, until, wake, found)
		if s.end < 0 || t.plan.Stages[s.stage].StuckAfter > 0 {
			t.stuck(r, f, s, until, wake, found)
		}
	}
	if f.isOpen() {
		wake(t.due(r, f.first))
	}
	if due := t.due(r, f.current); due > 0 && f.status != process.Cancelled && f.opened > 0 {
		end := now
		if f.status == process.Completed {
			end = f.closed
		} else {
			wake(due)
		}
		if end > due {
			x = Exception{Kind: PromiseBroken, Stage: -1, OpenedAt: due, ResolvedAt: f.closed}
			t.complete(r, f, &x, 0, 0, 0, 0, found)
		}
	}
	for i := range f.problems {
		p := &f.problems[i]
		x = Exception{Kind: p.kind, Stage: p.stage, Visit: p.visit, OpenedAt: p.at, ResolvedAt: p.resolved}
		if p.resolved == 0 && f.closed > 0 && p.at <= f.closed {
			x.ResolvedAt = f.closed
		} else if p.resolved == 0 && f.closed > 0 && !p.reported {
			x.ResolvedAt = p.at // seen after the close: there is nothing left to do
		}
		t.complete(r, f, &x, p.unit, p.n, p.cause, p.owner, found)
	}
	return next
}

// timed derives at-risk and overdue of one visit.
func (t *Tracker) timed(r *record, f *folded, s *stay, until order.Instant, wake func(order.Instant), found func(*Exception)) {
	due, warn := s.due(), t.warn(s)
	if due == 0 {
		return
	}
	if s.end < 0 {
		wake(due)
		if warn > 0 {
			wake(warn)
		}
	}
	if warn > 0 && until > warn {
		x := Exception{Kind: AtRisk, Stage: s.stage, Visit: s.number, OpenedAt: warn}
		switch {
		case until > due:
			x.ResolvedAt = due
		case s.end >= 0:
			x.ResolvedAt = s.left
		}
		t.complete(r, f, &x, s.unit, 0, 0, 0, found)
	}
	if until > due {
		x := Exception{Kind: Overdue, Stage: s.stage, Visit: s.number, OpenedAt: due, ResolvedAt: s.left}
		t.complete(r, f, &x, s.unit, 0, 0, 0, found)
	}
}

// stuck derives an exception for every stretch of the visit without an event of
// the order that was longer than the stage's stuck time.
func (t *Tracker) stuck(r *record, f *folded, s *stay, until order.Instant, wake func(order.Instant), found func(*Exception)) {
	limit := order.Instant(t.plan.Stages[s.stage].StuckAfter.Milliseconds())
	if limit == 0 {
		return
	}
	n, from := 0, s.entered
	stretch := func(to order.Instant, ended bool) {
		if to-from > limit {
			x := Exception{Kind: Stuck, Stage: s.stage, Visit: s.number, OpenedAt: from + limit}
			if ended {
				x.ResolvedAt = to
			}
			t.complete(r, f, &x, s.unit, n, 0, 0, found)
			n++
		}
		from = to
	}
	for i := range r.events {
		if e := &r.events[i]; !e.retracted && e.at > from && (s.end < 0 || e.at <= s.left) {
			stretch(e.at, true)
		}
	}
	if s.end < 0 {
		wake(from + limit)
		if until > from {
			stretch(until, false)
		}
	}
}

// complete fills what all exceptions have and hands x to found.
func (t *Tracker) complete(r *record, f *folded, x *Exception, unit ref, n int, cause, owner ref, found func(*Exception)) {
	x.OrderID, x.Unit = r.id, t.text(r, unit)
	x.Cause, x.Owner = t.text(r, cause), t.text(r, owner)
	if x.Owner == "" {
		x.Owner = t.text(r, f.dims[dimOwner])
	}
	if x.Stage >= 0 {
		owner := &t.plan.Stages[x.Stage].Owner
		x.Team = owner.Team
		if x.Owner == "" {
			x.Owner = owner.Person
		}
	}
	x.Amount, x.Currency = f.amount, t.text(r, f.dims[dimCurrency])
	x.ID = t.exceptionID(x, n)
	found(x)
}

// exceptionID hashes what makes the exception this one: order, unit, stage,
// visit, kind and which of several it is.
func (t *Tracker) exceptionID(x *Exception, n int) uint64 {
	b := t.scratch[:0]
	stage := ""
	if x.Stage >= 0 {
		stage = t.plan.Stages[x.Stage].Name
	}
	for _, s := range [...]string{t.plan.Name, x.OrderID, x.Unit, stage, x.Kind} {
		b = appendText(b, s)
	}
	b = binary.AppendVarint(b, int64(x.Visit))
	b = binary.AppendVarint(b, int64(n))
	t.scratch = b
	return xxhash.Sum64(b)
}
