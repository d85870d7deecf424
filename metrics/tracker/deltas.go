package tracker

import (
	"slices"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// share is one thing that an order contributes to a gauge.
type share struct {
	kind      DeltaKind
	stage     int8
	a         uint8
	exception string
	team      string
	entered   order.Instant // of an open visit, for its age
	amount    order.Decimal // of a visit or an order
}

// shares lists what the order contributes to the gauges.
func (t *Tracker) shares(list []share, r *record, f *folded, found []Exception, now order.Instant) []share {
	for i := range f.visits {
		if s := &f.visits[i]; s.end < 0 {
			list = append(list, share{kind: VisitsOpen, stage: int8(s.stage), a: s.risk(now), entered: s.entered, amount: f.amount})
		}
	}
	if f.isOpen() {
		list = append(list, share{kind: OrdersOpen, stage: -1, amount: f.amount})
		if f.kept(t.due(r, f.current), now) == No {
			list = append(list, share{kind: OrdersLate, stage: -1, amount: f.amount})
		}
	}
	for i := range found {
		if x := &found[i]; x.open() {
			list = append(list, share{kind: ExceptionsOpen, stage: int8(x.Stage), exception: x.Kind, team: x.Team})
		}
	}
	return list
}

// moveGauges moves the gauges from what the order contributed to what it does now.
func (t *Tracker) moveGauges(e *Effects, r, old *record) {
	t.is = t.shares(t.is[:0], r, &t.fold1, t.found, r.asOf)
	t.was = t.was[:0]
	if old != nil {
		t.was = t.shares(t.was, old, &t.fold0, t.found0, old.asOf)
		if sameDims(&t.fold0.dims, &t.fold1.dims) {
			t.cancel()
		}
	}
	t.move(e, old, &t.fold0, t.was, -1)
	t.move(e, r, &t.fold1, t.is, 1)
}

// cancel takes out of was and is what stands in both.
func (t *Tracker) cancel() {
	for i := 0; i < len(t.was); {
		j := slices.Index(t.is, t.was[i])
		if j < 0 {
			i++
			continue
		}
		t.was = slices.Delete(t.was, i, i+1)
		t.is = slices.Delete(t.is, j, j+1)
	}
}

func (t *Tracker) move(e *Effects, r *record, f *folded, list []share, sign float64) {
	if len(list) == 0 {
		return
	}
	dims := t.shared(e, r, &f.dims)
	for i := range list {
		s := &list[i]
		if s.kind == VisitsOpen {
			if sign > 0 {
				t.ages[s.stage].add(s.entered)
			} else {
				t.ages[s.stage].remove(s.entered)
			}
		}
		e.Deltas = append(e.Deltas, Delta{
			Kind: s.kind, Stage: s.stage, A: s.a, Value: sign, Dims: dims, Exception: e.arena.text(s.exception), Team: s.team,
			Amount: order.Decimal{Units: int64(sign) * s.amount.Units, Valid: s.amount.Valid},
		})
	}
}

// counting collects the counters that one order moves in one Cut.
type counting struct {
	t    *Tracker
	e    *Effects
	r    *record
	dims *Dims
}

// add counts one.
func (c *counting) add(d Delta) { c.observe(d, 1) }

func (c *counting) observe(d Delta, value float64) {
	if c.dims == nil {
		c.dims = c.t.shared(c.e, c.r, &c.t.fold1.dims)
	}
	d.Dims, d.Value = c.dims, value
	c.e.Deltas = append(c.e.Deltas, d)
}

// counters adds what the order's change counts. Counters tell of what arrives
// live and of deadlines that pass while Takt watches; history moves none.
func (t *Tracker) counters(e *Effects, d *touched, r, old *record) {
	c := &counting{t: t, e: e, r: r}
	f, was := &t.fold1, (*folded)(nil)
	if old != nil {
		was = &t.fold0
	}
	t.countVisits(c, d, was, old)
	if f.opened == 0 {
		return
	}
	if (was == nil || was.opened == 0) && d.live {
		c.add(Delta{Kind: OrdersOpened, Stage: -1})
	}
	if n := f.reopened; d.live && n > 0 && (was == nil || was.reopened < n) {
		c.add(Delta{Kind: OrdersReopened, Stage: -1})
	}
	if f.closedBy >= 0 && r.events[f.closedBy].live && (was == nil || was.closedBy < 0) {
		c.add(Delta{Kind: OrdersClosed, Stage: -1, A: uint8(f.status)})
		if f.status == process.Completed {
			c.observe(Delta{Kind: OrderDuration, Stage: -1}, seconds(f.closed-f.opened))
		}
	}
	for k, current := range [...]int{f.first, f.current} {
		then := Undecided
		if was != nil {
			then = was.kept(t.due(old, [...]int{was.first, was.current}[k]), old.asOf)
		}
		now := f.kept(t.due(r, current), r.asOf)
		if then == Undecided && now != Undecided && (d.live || was != nil && d.timed && t.live) {
			c.add(Delta{Kind: PromisesDue, Stage: -1, A: uint8(k + 1), B: uint8(now)})
		}
	}
	for i := range t.found {
		x := &t.found[i]
		if x.Live && (old == nil || !has(t.found0, x.ID)) {
			c.add(Delta{Kind: ExceptionsOpened, Stage: int8(x.Stage), Exception: e.arena.text(x.Kind), Team: x.Team})
		}
	}
}

func has(list []Exception, id uint64) bool {
	for i := range list {
		if list[i].ID == id {
			return true
		}
	}
	return false
}

// countVisits counts visits that began, ended, and were decided.
func (t *Tracker) countVisits(c *counting, d *touched, was *folded, old *record) {
	f, r := &t.fold1, c.r
	for i := range f.visits {
		s := &f.visits[i]
		var then *stay
		before := Undecided
		if was != nil {
			if then = was.stay(s); then != nil {
				before = then.breached(old.asOf)
			}
		}
		stage := int8(s.stage)
		if then == nil && r.events[s.start].live {
			c.add(Delta{Kind: VisitsStarted, Stage: stage})
		}
		if s.outcome == Finished && r.events[s.end].live && (then == nil || then.outcome != Finished) {
			c.add(Delta{Kind: VisitsFinished, Stage: stage})
			c.observe(Delta{Kind: VisitDuration, Stage: stage}, seconds(s.left-s.entered))
		}
		now := s.breached(r.asOf)
		switch {
		case now == before:
		case before == Undecided && t.countsDue(s, then, r):
			c.add(Delta{Kind: VisitsDue, Stage: stage, A: uint8(now)})
		case before != Undecided && d.live:
			c.add(Delta{Kind: VisitsCorrected, Stage: stage, A: uint8(before), B: uint8(now)})
		}
	}
	if was == nil || !d.live {
		return
	}
	for i := range was.visits {
		then := &was.visits[i]
		if before := then.breached(old.asOf); before != Undecided && f.stay(then) == nil {
			c.add(Delta{Kind: VisitsCorrected, Stage: int8(then.stage), A: uint8(before), B: uint8(Undecided)})
		}
	}
}

// countsDue reports whether a visit decided just now is counted: one that was
// left by a live event, whose deadline passed before Takt's eyes, or that a live
// event entered too late.
func (t *Tracker) countsDue(s, then *stay, r *record) bool {
	if s.end >= 0 {
		return r.events[s.end].live
	}
	return then != nil && t.live || r.events[s.start].live
}

// stay returns the visit of the same stage, unit and number.
func (f *folded) stay(s *stay) *stay {
	for i := range f.visits {
		if v := &f.visits[i]; v.stage == s.stage && v.unit == s.unit && v.number == s.number {
			return v
		}
	}
	return nil
}

func seconds(ms order.Instant) float64 { return max(float64(ms)/1000, 0) }
