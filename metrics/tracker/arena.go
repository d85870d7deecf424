package tracker

import "unsafe"

// arena holds the strings and bytes of one Effects.
type arena struct{ block []byte }

const arenaBlock = 1 << 16

func (a *arena) bytes(b []byte) []byte {
	if cap(a.block)-len(a.block) < len(b) {
		a.block = make([]byte, 0, max(arenaBlock, len(b)))
	}
	at := len(a.block)
	a.block = append(a.block, b...)
	return a.block[at:len(a.block):len(a.block)]
}

func (a *arena) text(s string) string {
	if s == "" {
		return ""
	}
	b := a.bytes(unsafe.Slice(unsafe.StringData(s), len(s)))
	return unsafe.String(&b[0], len(b))
}

// str returns a string that outlives the record.
func (t *Tracker) str(e *Effects, r *record, s ref) string {
	if s.local() {
		return e.arena.text(r.locals[s.index()])
	}
	return t.symbols.names[s.index()]
}

// dimensions returns d as strings that outlive the record.
func (t *Tracker) dimensions(e *Effects, r *record, d *[numDims]ref) Dims {
	return Dims{
		Source: t.str(e, r, d[dimSource]), Channel: t.str(e, r, d[dimChannel]), Region: t.str(e, r, d[dimRegion]),
		Warehouse: t.str(e, r, d[dimWarehouse]), Carrier: t.str(e, r, d[dimCarrier]),
		Supplier: t.str(e, r, d[dimSupplier]), Product: t.str(e, r, d[dimProduct]),
	}
}

// shared returns d as dimensions that many deltas point at.
func (t *Tracker) shared(e *Effects, r *record, d *[numDims]ref) *Dims {
	if len(e.dims) == cap(e.dims) {
		e.dims = make([]Dims, 0, 256)
	}
	e.dims = append(e.dims, t.dimensions(e, r, d))
	return &e.dims[len(e.dims)-1]
}

// effects returns an empty Effects, a released one if there is any.
func (t *Tracker) effects() *Effects {
	n := len(t.spared)
	if n == 0 {
		return &Effects{}
	}
	e := t.spared[n-1]
	t.spared = t.spared[:n-1]
	*e = Effects{
		Visits: e.Visits[:0], Orders: e.Orders[:0], Exceptions: e.Exceptions[:0], Promises: e.Promises[:0],
		Deltas: e.Deltas[:0], Oldest: e.Oldest[:0], LastEvent: e.LastEvent[:0],
		arena: arena{e.arena.block[:0]}, dims: e.dims[:0], open: e.open[:0],
	}
	return e
}

// Release gives e back; it must not be used any more.
func (t *Tracker) Release(e *Effects) { t.spared = append(t.spared, e) }
