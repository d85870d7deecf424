package tracker

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/takt-orders/takt/metrics/process"
)

// Cut gives rows everything that changed since the last Cut, by events and by
// time, judged at the tracker's now; without rows they are not wanted. The caller
// writes it whole before the next Cut, and then gives the Effects back by Release.
func (t *Tracker) Cut(rows Rows) *Effects {
	if t.out = rows; rows == nil {
		t.out = unwanted{}
	}
	e := t.effects()
	if r := t.restoring; r != nil {
		t.restoring = nil
		e.Deltas = append(e.Deltas, r.effects.Deltas...)
		r.rows.give(t.out)
	}
	t.evict()
	for len(t.dirty) < t.cfg.CutOrders { // the rest is still due, and Next tells so
		h, ok := t.timers.pop(t.handles, t.now)
		if !ok {
			break
		}
		t.touch(h).timed = true
	}
	for i := range t.dirty {
		t.cut(e, &t.dirty[i])
	}
	clear(t.undone)
	e.Orders = len(t.dirty)
	t.dirty, t.tails, t.done = t.dirty[:0], t.tails[:0], t.seen
	for i := range t.ages {
		e.Oldest = append(e.Oldest, t.ages[i].first())
	}
	e.LastEvent = append(e.LastEvent, t.lastEvent...)
	e.Held, e.Bytes = int64(t.index.n), t.Bytes()
	t.out = nil
	return e
}

// cut folds one order anew, gives the rows that differ from before and adds to e
// what moves.
func (t *Tracker) cut(e *Effects, d *touched) {
	h := &t.handles[d.handle]
	r, f := &t.rec, &t.fold1
	t.read(h.at, r)
	locals := len(r.locals)
	t.findings = append(t.findings[:0], r.findings...)
	r.asOf = max(r.asOf, t.now)
	t.told.dims = nil
	old := t.foldBoth(d, r)
	next := t.derive(r, f, r.asOf, &t.found)
	if old != nil {
		t.derive(old, &t.fold0, old.asOf, &t.found0)
	}
	r.before = t.undone[d.handle]
	if gone := t.rows(d, r, old); gone {
		// Kept with the state, so that recovery can take the rows back again.
		t.read(d.before, &t.gone)
		r.before = append(r.before, slices.Clone(t.encoder.encode(&t.gone, true, t.text)))
	}
	t.counters(e, d, r, old)
	t.moveGauges(e, r, old)

	tracked := f.tracked(t.found)
	// An order may be written again before its unfinished flush is done again.
	for _, o := range t.redo[d.handle] {
		if o > t.done {
			r.tail = append(r.tail, o)
		}
	}
	for i := d.tail; i >= 0; i = t.tails[i].next {
		r.tail = append(r.tail, t.tails[i].offset)
	}
	t.row(r, f, tracked)
	if len(r.locals) == locals && slices.Equal(r.findings, t.findings) {
		setAsOf(t.slab.get(h.at), r.asOf)
	} else {
		t.replace(d.handle, t.slab.put(t.encoder.encode(r, false, t.text)))
	}
	if d.before != nowhere && d.before != h.at {
		t.slab.release(d.before)
	}
	h.dirty = 0
	t.timers.set(t.handles, d.handle, next)
	if !tracked {
		t.linger = append(t.linger, lingering{d.handle, xxhash.Sum64String(r.id), t.now})
	}
}

// foldBoth folds r into fold1 and the order's record of the last Cut, which it
// returns, into fold0; nil is an order that is new. Where nothing but later events
// came since, the old fold is what the new one passes through.
func (t *Tracker) foldBoth(d *touched, r *record) (old *record) {
	if d.before == nowhere {
		t.fold(r, &t.fold1)
		return nil
	}
	old = &t.old
	n := d.events
	if d.before == t.handles[d.handle].at {
		n = len(r.events)
	}
	if n >= 0 && t.foldThrough(r, n) {
		old.reset(r.id)
		old.asOf = asOf(t.slab.get(d.before))
		old.events, old.locals = append(old.events, r.events[:n]...), append(old.locals, r.locals...)
		old.findings = append(old.findings, t.findings...)
		return old
	}
	t.fold(r, &t.fold1)
	t.read(d.before, old)
	t.fold(old, &t.fold0)
	return old
}

// rows gives the rows of the order that differ from those of old, all if that is
// nil, and reports whether any row is gone.
func (t *Tracker) rows(d *touched, r, old *record) (gone bool) {
	visits, exceptions, promises := t.visits(r, old), t.diffExceptions(d, r, old), t.diffPromises(r, old)
	return visits || exceptions || promises
}

func (t *Tracker) read(p place, r *record) {
	if err := t.decoder.decode(t.slab.get(p), false, r); err != nil {
		panic("tracker: record in memory is damaged") // cannot happen: only encode writes records
	}
}

// evict takes closed orders out of memory that have lingered long enough. They
// are in the store: what the last Cut gave has been written.
func (t *Tracker) evict() {
	n := 0
	for n < len(t.linger) && (len(t.linger)-n > t.cfg.LingerOrders || t.linger[n].since.Add(t.cfg.Linger) <= t.now) {
		l := t.linger[n]
		n++
		h, ok := t.index.find(l.hash, func(h uint32) bool { return h == l.handle })
		if !ok || t.handles[h].dirty != 0 {
			continue // gone, or about to be cut and to linger anew
		}
		t.read(t.handles[h].at, &t.rec)
		t.fold(&t.rec, &t.fold1)
		t.derive(&t.rec, &t.fold1, t.rec.asOf, &t.found)
		if t.fold1.tracked(t.found) {
			continue
		}
		t.closed.add(l.hash)
		t.index.remove(l.hash, h)
		t.slab.release(t.handles[h].at)
		t.timers.set(t.handles, h, never)
		t.handles[h] = handle{at: nowhere}
		delete(t.redo, h)
		t.spare = append(t.spare, h)
	}
	t.linger = slices.Delete(t.linger, 0, n)
}

// isOpen reports whether the order is open; one whose events were all taken back is not.
func (f *folded) isOpen() bool { return f.status == process.Open && f.opened.Known() }
