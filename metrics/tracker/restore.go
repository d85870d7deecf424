package tracker

import (
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Restore takes an order from its stored state, as Order.State gave it, unless
// it is in memory already. unfinished tells that the flush which wrote the state
// was never acknowledged: the rows that follow from the state may be missing, and
// the next Cut gives them again.
func (t *Tracker) Restore(state []byte, unfinished bool) error {
	r := &t.rec
	if err := t.readState(state, r); err != nil {
		return fmt.Errorf("restore order: %w", err)
	}
	hash := xxhash.Sum64String(r.id)
	if _, held := t.find(hash, r.id); held {
		return nil
	}
	h := t.newHandle()
	if r.offset >= t.cfg.Resume && len(r.tail) > 0 {
		t.redo[h] = slices.Clone(r.tail)
	}
	t.fold(r, &t.fold1)
	next := t.derive(r, &t.fold1, r.asOf, &t.found)
	t.handles[h].at = t.slab.put(t.encoder.encode(r, false, t.text))
	t.index.add(hash, h)
	t.timers.set(t.handles, h, next)
	if t.restoring == nil {
		t.restoring = &restored{}
	}
	t.is = t.shares(t.is[:0], r, &t.fold1, t.found, r.asOf)
	t.move(&t.restoring.effects, r, &t.fold1, t.is, 1)
	if !t.fold1.tracked(t.found) {
		t.linger = append(t.linger, lingering{h, hash, t.now})
	}
	if unfinished {
		return t.rewrite(h, r)
	}
	return nil
}

// restored is what restoring orders brings into the next Cut: their gauges, and
// the rows of unfinished ones.
type restored struct {
	effects Effects
	rows    Gathered
}

// rewrite gives the next Cut every row that follows from r's state, and those
// that its flush deleted or withdrew.
func (t *Tracker) rewrite(h uint32, r *record) error {
	t.out = &t.restoring.rows
	defer func() { t.out = nil }()
	t.rows(&touched{}, r, nil)
	if len(r.before) == 0 {
		return nil
	}
	t.undone[h] = slices.Clone(r.before)
	old := &t.old
	for _, state := range r.before {
		if err := t.readState(state, old); err != nil {
			return fmt.Errorf("restore order: %w", err)
		}
		// The two states were written apart: give equal strings equal refs.
		t.align(old, r)
		t.fold(old, &t.fold0)
		t.derive(old, &t.fold0, old.asOf, &t.found0)
		t.rows(&touched{}, r, old)
	}
	return nil
}

// readState decodes a stored state and gives its strings the tracker's symbols.
func (t *Tracker) readState(state []byte, r *record) error {
	if err := t.decoder.decode(state, true, r); err != nil {
		return err
	}
	if !r.whole() {
		return errState
	}
	t.promote(r)
	// The process file may have changed since: the fold's order is its order.
	t.sort(r)
	return nil
}

// align gives old's own strings the refs that they have in r.
func (t *Tracker) align(old, r *record) {
	moved := func(s *ref) {
		if s.local() {
			*s = r.local(old.locals[s.index()])
		}
	}
	for i := range old.events {
		e := &old.events[i]
		moved(&e.activity)
		moved(&e.unit)
		moved(&e.units)
		for d := range e.dims {
			moved(&e.dims[d])
		}
	}
	old.locals = slices.Clone(r.locals)
}

// RestoreClosed takes the xxhash64 of the number of an order that is in the store
// and need not be in memory.
func (t *Tracker) RestoreClosed(hash uint64) { t.closed.add(hash) }

// whole reports whether every string that the record names is there.
func (r *record) whole() bool {
	ok := func(s ref) bool { return s == 0 || s.local() && s.index() < len(r.locals) }
	for i := range r.events {
		e := &r.events[i]
		if !ok(e.activity) || !ok(e.unit) || !ok(e.units) {
			return false
		}
		for _, d := range e.dims {
			if !ok(d) {
				return false
			}
		}
	}
	return r.id != "" && len(r.events) > 0
}

// promoter holds the scratch of promote: a record's strings, and what each is once
// it is known as a symbol and as the record's own string.
type promoter struct {
	locals  []string
	symbols []ref
	own     []ref
}

// promote turns the strings of bounded dimensions into symbols, each once however
// many events name it.
func (t *Tracker) promote(r *record) {
	p := &t.promoter
	p.locals = append(p.locals[:0], r.locals...)
	r.locals = r.locals[:0]
	p.symbols = append(p.symbols[:0], make([]ref, len(p.locals))...)
	p.own = append(p.own[:0], make([]ref, len(p.locals))...)
	symbol := func(s *ref) {
		if *s == 0 {
			return
		}
		i := s.index()
		if p.symbols[i] == 0 {
			p.symbols[i] = t.symbol(r, p.locals[i])
		}
		*s = p.symbols[i]
	}
	local := func(s *ref) {
		if *s == 0 {
			return
		}
		i := s.index()
		if p.own[i] == 0 {
			p.own[i] = r.local(p.locals[i])
		}
		*s = p.own[i]
	}
	var base [numDims]ref
	for i := range r.events {
		e := &r.events[i]
		symbol(&e.activity)
		local(&e.unit)
		local(&e.units)
		switch {
		case i == 0:
			base = e.dims
		case e.dims == base: // most events have the first one's
			e.dims = r.events[0].dims
			continue
		}
		for d := range e.dims {
			if d == dimCustomer || d == dimReason || d == dimFacts {
				local(&e.dims[d])
			} else {
				symbol(&e.dims[d])
			}
		}
	}
}
