package tracker

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// never is an instant that does not come.
const never = order.Instant(1<<63 - 1)

// breached judges the visit at now. A visit abandoned before its deadline is
// never judged; one abandoned after it was overdue while it lasted.
func (s *stay) breached(now order.Instant) Tri {
	switch {
	case s.due == 0:
		return Undecided
	case s.end < 0 && now > s.due, s.end >= 0 && s.left > s.due:
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

func (s *stay) risk(now order.Instant) uint8 {
	switch {
	case s.due > 0 && now > s.due:
		return overdue
	case s.warn > 0 && now > s.warn:
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

const (
	duesBits    = 10
	mixConstant = 0x9e3779b97f4a7c15 // spreads what is multiplied by it over the high bits
)

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

// deriver collects the exceptions of one order at one instant.
type deriver struct {
	t    *Tracker
	r    *record
	f    *folded
	now  order.Instant
	next order.Instant
	list []Exception

	raised *process.Raise // by the rule that raised the exception at hand; nil: none did
}

// derive lists the order's exceptions at now, with when each was detected, and
// returns the next instant at which time alone changes the order, never if none
// does. What is found for the first time is detected at now.
func (t *Tracker) derive(r *record, f *folded, now order.Instant, list *[]Exception) order.Instant {
	d := &t.deriver
	*d = deriver{t: t, r: r, f: f, now: now, next: never, list: (*list)[:0]}
	for i := range f.visits {
		s := &f.visits[i]
		until := s.left
		if s.end < 0 {
			until = now
		}
		n := len(d.list)
		d.timed(s, until)
		d.stuck(s, until)
		for ; n < len(d.list); n++ {
			d.because(&d.list[n], s.cause)
		}
	}
	d.promise()
	d.atRisk()
	for i := range f.problems {
		p := &f.problems[i]
		d.rule(p.rule)
		x := d.raise(p.kind, p.stage, p.visit, p.unit, p.n, p.at, p.owner)
		switch {
		case p.resolved > 0:
			x.ResolvedAt = p.resolved
		case f.closed > 0 && p.at <= f.closed:
			x.ResolvedAt = f.closed
		case f.closed > 0 && !p.reported:
			x.ResolvedAt = p.at // seen after the close: there is nothing left to do
		}
		d.settle(x, p)
	}
	*list = d.list
	return d.next
}

// wake notes that the order changes when at has passed.
func (d *deriver) wake(at order.Instant) {
	if at >= d.now && at+1 < d.next {
		d.next = at + 1
	}
}

// promise derives that the promise in force was broken.
func (d *deriver) promise() {
	f := d.f
	if f.isOpen() {
		d.wake(d.t.due(d.r, f.first))
	}
	due := d.t.due(d.r, f.current)
	if due == 0 || f.status == process.Cancelled || f.opened == 0 {
		return
	}
	end := d.now
	if f.status == process.Completed {
		end = f.closed
	} else {
		d.wake(due)
	}
	if end > due {
		x := d.raise(PromiseBroken, -1, 0, 0, 0, due, f.dims[dimOwner])
		x.ResolvedAt = f.closed
		d.because(x, f.dims[dimReason])
	}
}

// timed derives at-risk and overdue of one visit.
func (d *deriver) timed(s *stay, until order.Instant) {
	due, warn := s.due, s.warn
	if due == 0 {
		return
	}
	if s.end < 0 {
		d.wake(due)
		if warn > 0 {
			d.wake(warn)
		}
	}
	if warn > 0 && until > warn {
		x := d.raise(AtRisk, s.stage, s.number, s.unit, 0, warn, s.owner)
		switch {
		case until > due:
			x.ResolvedAt = due
		case s.end >= 0:
			x.ResolvedAt = s.left
		}
	}
	if until > due {
		d.raise(Overdue, s.stage, s.number, s.unit, 0, due, s.owner).ResolvedAt = s.left
	}
}

// stuck derives an exception for every stretch of the visit without an event of
// the order that was longer than the stage's stuck time.
func (d *deriver) stuck(s *stay, until order.Instant) {
	n, from, stuck := 0, s.entered, d.t.plan.Stuck(s.stage, s.entered)
	if stuck == 0 {
		return
	}
	for i := range d.r.events {
		e := &d.r.events[i]
		if e.retracted || e.at <= from || s.end >= 0 && e.at > s.left || d.t.reconciled(d.r, e) {
			continue
		}
		if e.at > stuck {
			d.raise(Stuck, s.stage, s.number, s.unit, n, stuck, s.owner).ResolvedAt = e.at
			n++
		}
		from, stuck = e.at, d.t.plan.Stuck(s.stage, e.at)
	}
	if s.end < 0 {
		d.wake(stuck)
		if until > stuck {
			d.raise(Stuck, s.stage, s.number, s.unit, n, stuck, s.owner)
		}
	}
}

// raise adds the n-th exception of its kind and returns it, valid until the next.
func (d *deriver) raise(kind string, stage, visit int, unit ref, n int, at order.Instant, owner ref) *Exception {
	t, r, f := d.t, d.r, d.f
	d.list = append(d.list, Exception{})
	x := &d.list[len(d.list)-1]
	*x = Exception{
		OrderID: r.id, Unit: t.text(r, unit), Stage: stage, Visit: visit, Kind: kind, Owner: t.text(r, owner),
		Amount: f.amount, Currency: t.text(r, f.dims[dimCurrency]), OpenedAt: at, DetectedAt: d.now,
	}
	d.handle(x)
	x.ID = t.exceptionID(x, n)
	for i := range r.findings {
		if known := &r.findings[i]; known.id == x.ID {
			x.DetectedAt, x.Live = known.detected, known.live
		}
	}
	return x
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
