package tracker

import (
	"slices"

	"github.com/takt-orders/takt/ingest/order"
)

// row adds the order's row. Rows are large, so they are filled where they stand.
func (t *Tracker) row(e *Effects, r *record, f *folded, tracked bool) {
	now := r.asOf
	e.Orders = append(e.Orders, Order{})
	o := &e.Orders[len(e.Orders)-1]
	o.ID = e.arena.text(r.id)
	o.Status, o.OpenedAt, o.ClosedAt, o.StageNow = f.status, f.opened, f.closed, -1
	o.Amount, o.Currency, o.CustomerKey = f.amount, t.str(e, r, f.dims[dimCurrency]), t.str(e, r, f.dims[dimCustomer])
	t.dimensions(&o.Dims, e, r, &f.dims)
	o.Reopened, o.LateRecords, o.Exceptions = f.reopened, r.late, len(t.found)
	o.Live, o.Tracked, o.Revision = r.events[0].live, tracked, Revision{r.offset, now}
	o.PromiseDueAt, o.PromiseFirstDue = t.due(r, f.current), t.due(r, f.first)
	if f.current >= 0 {
		o.PromisedAt, o.PromisedFirstAt = r.events[f.current].promised, r.events[f.first].promised
	}
	if f.requested >= 0 {
		o.PromisedRequest = r.events[f.requested].promised
	}
	o.PromiseKept, o.PromiseFirstKept = f.kept(o.PromiseDueAt, now), f.kept(o.PromiseFirstDue, now)
	o.Stages = e.arena.bytes(f.stages)
	from := len(e.open)
	for i := range f.visits {
		if s := &f.visits[i]; s.end < 0 {
			e.open = append(e.open, Visit{})
			v := &e.open[len(e.open)-1]
			t.visit(v, e, r, f, s, now)
			o.StageNow, o.OwnerNow = s.stage, v.Owner
		}
	}
	o.Open = e.open[from:len(e.open):len(e.open)]
	o.State = e.arena.bytes(t.encoder.encode(r, true, t.text))
}

// visit fills v, which is zero, with the row of s judged at now.
func (t *Tracker) visit(v *Visit, e *Effects, r *record, f *folded, s *stay, now order.Instant) {
	last, dims, amount := s.end, &s.dims, s.amount
	if s.end < 0 {
		last, dims, amount = s.start, &f.dims, f.amount
	}
	owner := &t.plan.Stages[s.stage].Owner
	v.OrderID, v.Unit, v.Stage, v.Number = e.arena.text(r.id), t.str(e, r, s.unit), s.stage, s.number
	v.EnteredAt, v.LeftAt, v.DueAt, v.Limit = s.entered, s.left, s.due(), s.within
	v.Breached, v.Outcome = s.breached(now), s.outcome
	v.Owner, v.Team, v.Actor = t.str(e, r, s.owner), owner.Team, t.str(e, r, r.events[last].dims[dimActor])
	t.dimensions(&v.Dims, e, r, dims)
	v.Amount, v.Currency, v.Live = amount, t.str(e, r, dims[dimCurrency]), r.events[last].live
	v.Revision = Revision{r.offset, now}
	if v.Owner == "" {
		v.Owner = owner.Person
	}
	if s.end >= 0 {
		v.Working = int64(s.left - s.entered)
	}
}

// closedStay returns the closed visit of the same stage, unit and number.
func (f *folded) closedStay(s *stay) *stay {
	for i := range f.visits {
		if v := &f.visits[i]; v.end >= 0 && v.stage == s.stage && v.unit == s.unit && v.number == s.number {
			return v
		}
	}
	return nil
}

// visits adds closed visits that differ from before, and those that are gone.
func (t *Tracker) visits(e *Effects, r, old *record) (gone bool) {
	f := &t.fold1
	for i := range f.visits {
		s := &f.visits[i]
		t.lastEvent[s.stage] = max(t.lastEvent[s.stage], s.entered, s.left)
		if s.end < 0 {
			continue
		}
		if old != nil {
			if was := t.fold0.closedStay(s); was != nil && sameStay(s, was, r, old) {
				continue
			}
		}
		e.Visits = append(e.Visits, Visit{})
		t.visit(&e.Visits[len(e.Visits)-1], e, r, f, s, r.asOf)
	}
	if old == nil {
		return false
	}
	for i := range t.fold0.visits {
		if was := &t.fold0.visits[i]; was.end >= 0 && f.closedStay(was) == nil {
			e.Visits = append(e.Visits, Visit{Deleted: true})
			v := &e.Visits[len(e.Visits)-1]
			t.visit(v, e, old, &t.fold0, was, r.asOf)
			v.Revision = Revision{r.offset, r.asOf}
			gone = true
		}
	}
	return gone
}

// sameStay reports whether two closed visits make equal rows.
func sameStay(a, b *stay, ra, rb *record) bool {
	ea, eb := &ra.events[a.end], &rb.events[b.end]
	return a.entered == b.entered && a.left == b.left && a.within == b.within && a.outcome == b.outcome && a.owner == b.owner &&
		a.dims == b.dims && a.amount == b.amount && ea.live == eb.live && ea.dims[dimActor] == eb.dims[dimActor]
}

// diffPromises adds promises that are new, and those that are gone.
func (t *Tracker) diffPromises(e *Effects, r, old *record) (gone bool) {
	row := func(r2 *record, i int) Promise {
		p := &r2.events[i]
		return Promise{
			OrderID: e.arena.text(r.id), Event: p.id, Kind: p.promise, GivenAt: p.at,
			PromisedAt: p.promised, DueAt: t.plan.Due(p.promised), Revision: Revision{r.offset, r.asOf},
		}
	}
	has := func(r *record, f *folded, p *entry) bool {
		return slices.ContainsFunc(f.promises, func(i int) bool {
			q := &r.events[i]
			return q.id == p.id && q.promised == p.promised && q.promise == p.promise && q.at == p.at
		})
	}
	if old != nil {
		for _, i := range t.fold0.promises {
			if !slices.ContainsFunc(t.fold1.promises, func(j int) bool { return r.events[j].id == old.events[i].id }) {
				p := row(old, i)
				p.Deleted = true
				e.Promises = append(e.Promises, p)
				gone = true
			}
		}
	}
	for _, i := range t.fold1.promises {
		if old == nil || !has(old, &t.fold0, &r.events[i]) {
			e.Promises = append(e.Promises, row(r, i))
		}
	}
	return gone
}

// diffExceptions adds exceptions that are new or changed, and withdraws those
// that the events refute by now.
func (t *Tracker) diffExceptions(e *Effects, d *touched, r, old *record) (gone bool) {
	emit := func(x Exception, dims Dims) {
		x.OrderID, x.Unit = e.arena.text(x.OrderID), e.arena.text(x.Unit)
		x.Kind, x.Cause, x.Owner = e.arena.text(x.Kind), e.arena.text(x.Cause), e.arena.text(x.Owner)
		x.Currency = e.arena.text(x.Currency)
		x.Dims, x.Revision = dims, Revision{r.offset, r.asOf}
		e.Exceptions = append(e.Exceptions, x)
	}
	var dims Dims
	if len(t.found) > 0 || old != nil && len(t.found0) > 0 {
		t.dimensions(&dims, e, r, &t.fold1.dims)
	}
	known := func(x *Exception) bool {
		return slices.ContainsFunc(r.findings, func(f finding) bool { return f.id == x.ID })
	}
	for i := range t.found {
		x := &t.found[i]
		if !known(x) {
			x.Live = d.live || d.timed && t.live && old != nil
		}
		same := func(y Exception) bool { return y.ID == x.ID && y == *x }
		if old == nil || t.fold1.dims != t.fold0.dims || !slices.ContainsFunc(t.found0, same) {
			emit(*x, dims)
		}
	}
	r.findings = r.findings[:0]
	for i := range t.found {
		r.findings = append(r.findings, finding{t.found[i].ID, t.found[i].DetectedAt, t.found[i].Live})
	}
	if old == nil {
		return false
	}
	for _, x := range t.found0 {
		if !slices.ContainsFunc(t.found, func(y Exception) bool { return y.ID == x.ID }) {
			x.Withdrawn = true
			emit(x, dims)
			gone = true
		}
	}
	return gone
}
