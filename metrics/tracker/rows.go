package tracker

import (
	"slices"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// row gives the order's row, which is large and therefore reused.
func (t *Tracker) row(r *record, f *folded, tracked bool) {
	now := r.asOf
	o := &t.orderRow
	*o = Order{Open: t.openVisits(r, f)}
	o.ID = r.id
	o.Status, o.OpenedAt, o.ClosedAt, o.StageNow = f.status, f.opened, f.closed, -1
	if f.status == process.Open && !f.opened.Known() {
		o.Status = process.Retracted
	}
	if n := len(o.Open); n > 0 {
		o.StageNow, o.OwnerNow = o.Open[n-1].Stage, o.Open[n-1].Owner
	}
	o.Amount, o.Currency, o.CustomerKey = f.amount, t.text(r, f.dims[dimCurrency]), t.text(r, f.dims[dimCustomer])
	t.dimensions(&o.Dims, r, &f.dims)
	o.Reopened, o.LateRecords, o.Exceptions, o.EndsIgnored = f.reopened, r.late, len(t.found), f.ignored
	o.Live, o.Tracked, o.Revision = r.events[0].live, tracked, Revision{r.offset, now}
	o.PromiseDueAt, o.PromiseFirstDue = t.due(r, f.current), t.due(r, f.first)
	if f.current >= 0 {
		o.PromisedAt, o.PromisedFirstAt = r.events[f.current].promised, r.events[f.first].promised
	}
	if f.requested >= 0 {
		o.PromisedRequest = r.events[f.requested].promised
	}
	o.PromiseKept, o.PromiseFirstKept = f.kept(o.PromiseDueAt, now), f.kept(o.PromiseFirstDue, now)
	o.Stages = f.stages
	o.State = t.encoder.encode(r, true, t.text)
	t.out.Order(o)
}

// openVisits returns the visits not left, valid until the next call.
func (t *Tracker) openVisits(r *record, f *folded) []Visit {
	list := t.openRows[:0]
	for i := range f.visits {
		if s := &f.visits[i]; s.end < 0 {
			list = append(list, Visit{})
			t.visit(&list[len(list)-1], r, f, s, r.asOf)
		}
	}
	t.openRows = list
	return list
}

// visit fills v, which is zero, with the row of s judged at now.
func (t *Tracker) visit(v *Visit, r *record, f *folded, s *stay, now order.Instant) {
	last, dims, amount := s.end, &s.dims, s.amount
	if s.end < 0 {
		last, dims, amount = s.start, &f.dims, f.amount
	}
	owner := &t.plan.Stages[s.stage].Owner
	v.OrderID, v.Unit, v.Stage, v.Number = r.id, t.text(r, s.unit), s.stage, s.number
	v.EnteredAt, v.LeftAt, v.DueAt, v.Limit = s.entered, s.left, s.due, s.within
	v.Breached, v.Outcome = s.breached(now), s.outcome
	v.Owner, v.Team, v.Actor = t.text(r, s.owner), owner.Team, t.text(r, r.events[last].dims[dimActor])
	t.dimensions(&v.Dims, r, dims)
	v.Amount, v.Currency, v.Live = amount, t.text(r, dims[dimCurrency]), r.events[last].live
	v.Revision = Revision{r.offset, now}
	if v.Owner == "" {
		v.Owner = owner.Person
	}
	if s.end >= 0 {
		v.Working = t.plan.Working(s.stage, s.entered, s.left)
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
func (t *Tracker) visits(r, old *record) (gone bool) {
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
		t.visitRow = Visit{}
		t.visit(&t.visitRow, r, f, s, r.asOf)
		t.out.Visit(&t.visitRow)
	}
	if old == nil {
		return false
	}
	for i := range t.fold0.visits {
		if was := &t.fold0.visits[i]; was.end >= 0 && f.closedStay(was) == nil {
			t.visitRow = Visit{Deleted: true}
			t.visit(&t.visitRow, old, &t.fold0, was, r.asOf)
			t.visitRow.Revision = Revision{r.offset, r.asOf}
			t.out.Visit(&t.visitRow)
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
func (t *Tracker) diffPromises(r, old *record) (gone bool) {
	row := func(r2 *record, i int) Promise {
		p := &r2.events[i]
		return Promise{
			OrderID: r.id, Event: p.id, Kind: p.promise, GivenAt: p.at,
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
				t.out.Promise(&p)
				gone = true
			}
		}
	}
	for _, i := range t.fold1.promises {
		if old == nil || !has(old, &t.fold0, &r.events[i]) {
			p := row(r, i)
			t.out.Promise(&p)
		}
	}
	return gone
}

// diffExceptions adds exceptions that are new or changed, and withdraws those
// that the events refute by now.
func (t *Tracker) diffExceptions(d *touched, r, old *record) (gone bool) {
	if len(t.found) == 0 && (old == nil || len(t.found0) == 0) {
		r.findings = r.findings[:0]
		return false
	}
	emit := func(x *Exception, withdrawn bool) {
		t.exceptionRow = *x
		t.exceptionRow.Withdrawn = withdrawn
		t.dimensions(&t.exceptionRow.Dims, r, &t.fold1.dims)
		t.exceptionRow.Revision = Revision{r.offset, r.asOf}
		t.out.Exception(&t.exceptionRow)
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
		if old == nil || !sameDims(&t.fold1.dims, &t.fold0.dims) || !slices.ContainsFunc(t.found0, same) {
			emit(x, false)
		}
	}
	r.findings = r.findings[:0]
	for i := range t.found {
		r.findings = append(r.findings, finding{t.found[i].ID, t.found[i].DetectedAt, t.found[i].Live})
	}
	if old == nil {
		return false
	}
	for i := range t.found0 {
		x := &t.found0[i]
		if !slices.ContainsFunc(t.found, func(y Exception) bool { return y.ID == x.ID }) {
			emit(x, true)
			gone = true
		}
	}
	return gone
}
