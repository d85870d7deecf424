package tracker

import "unsafe"

// arena holds the strings and bytes of one Effects, in blocks that are used again.
type arena struct {
	blocks [][]byte
	at     int // block in use
}

const arenaBlock = 1 << 16

func (a *arena) bytes(b []byte) []byte {
	for a.at < len(a.blocks) && cap(a.blocks[a.at])-len(a.blocks[a.at]) < len(b) {
		a.at++
	}
	if a.at == len(a.blocks) {
		a.blocks = append(a.blocks, make([]byte, 0, max(arenaBlock, len(b))))
	}
	block := a.blocks[a.at]
	from := len(block)
	block = append(block, b...)
	a.blocks[a.at] = block
	return block[from:len(block):len(block)]
}

func (a *arena) text(s string) string {
	if s == "" {
		return ""
	}
	b := a.bytes(unsafe.Slice(unsafe.StringData(s), len(s)))
	return unsafe.String(&b[0], len(b))
}

func (a *arena) reset() {
	for i := range a.blocks {
		a.blocks[i] = a.blocks[i][:0]
	}
	a.at = 0
}

// dimsChunk is how many Dims are allocated at once: pointers into a chunk stay
// good while further ones are made.
const dimsChunk = 256

// dimsPool holds the dimensions that an Effects' deltas point at.
type dimsPool struct {
	chunks [][]Dims
	n      int
}

func (p *dimsPool) next() *Dims {
	if p.n == len(p.chunks)*dimsChunk {
		p.chunks = append(p.chunks, make([]Dims, dimsChunk))
	}
	slot := &p.chunks[p.n/dimsChunk][p.n%dimsChunk]
	p.n++
	return slot
}

// str returns a string that outlives the record.
func (t *Tracker) str(e *Effects, r *record, s ref) string {
	if s.local() {
		return e.arena.text(r.locals[s.index()])
	}
	return t.symbols.names[s.index()]
}

// dimensions fills to with d as strings of the record.
func (t *Tracker) dimensions(to *Dims, r *record, d *[numDims]ref) {
	to.Source, to.Channel, to.Region = t.text(r, d[dimSource]), t.text(r, d[dimChannel]), t.text(r, d[dimRegion])
	to.Warehouse, to.Carrier = t.text(r, d[dimWarehouse]), t.text(r, d[dimCarrier])
	to.Supplier, to.Product, to.Currency = t.text(r, d[dimSupplier]), t.text(r, d[dimProduct]), t.text(r, d[dimCurrency])
}

// shared returns d as dimensions that many deltas point at and that outlive the record.
func (t *Tracker) shared(e *Effects, r *record, d *[numDims]ref) *Dims {
	if t.told.dims != nil && sameDims(d, &t.told.of) {
		return t.told.dims
	}
	to := e.dims.next()
	t.told = told{to, *d}
	to.Source, to.Channel, to.Region = t.str(e, r, d[dimSource]), t.str(e, r, d[dimChannel]), t.str(e, r, d[dimRegion])
	to.Warehouse, to.Carrier = t.str(e, r, d[dimWarehouse]), t.str(e, r, d[dimCarrier])
	to.Supplier, to.Product, to.Currency = t.str(e, r, d[dimSupplier]), t.str(e, r, d[dimProduct]), t.str(e, r, d[dimCurrency])
	return to
}

// told are the dimensions that shared returned last for the order at hand; nil: none.
type told struct {
	dims *Dims
	of   [numDims]ref
}

// sameDims reports whether a and b are equal as Dims.
func sameDims(a, b *[numDims]ref) bool {
	return a[dimSource] == b[dimSource] && a[dimChannel] == b[dimChannel] && a[dimRegion] == b[dimRegion] &&
		a[dimWarehouse] == b[dimWarehouse] && a[dimCarrier] == b[dimCarrier] && a[dimSupplier] == b[dimSupplier] &&
		a[dimProduct] == b[dimProduct] && a[dimCurrency] == b[dimCurrency]
}

// effects returns an empty Effects, a released one if there is any.
func (t *Tracker) effects() *Effects {
	var e *Effects
	select {
	case e = <-t.cfg.Spare:
	default:
		return &Effects{}
	}
	e.arena.reset()
	*e = Effects{
		Deltas: e.Deltas[:0], Oldest: e.Oldest[:0], LastEvent: e.LastEvent[:0],
		arena: e.arena, dims: dimsPool{chunks: e.dims.chunks},
	}
	return e
}

// Release gives e back; it must not be used any more.
func (t *Tracker) Release(e *Effects) {
	select {
	case t.cfg.Spare <- e:
	default:
	}
}
