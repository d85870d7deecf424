package tracker

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/takt-orders/takt/ingest/order"
)

// A record is encoded in one form for the slab and for the store: the store's
// form names every string in the record itself, the slab's uses the tracker's
// symbols. Times are kept relative to the order's first event, in seconds where
// they are whole, and dimensions only where they differ from that event's.

const codecVersion = 1

// Flags of an entry.
const (
	flagLive = 1 << iota
	flagRetracted
	flagContent  // content differs from the identity
	flagRecorded // has recorded
	flagAmount   // has an amount
	flagPromise  // has a promise
	flagRare     // has a unit, declared units or conditions
	flagDims     // dimensions differ from the base's
)

var errState = errors.New("state of an order is damaged")

// encoder writes records. It is reused.
type encoder struct {
	body []byte
	out  []byte
	// durable maps symbols to strings of the record while the store's form is written.
	durable bool
	mapped  []ref // durable: the refs written so far, as the strings' order
	zero    entry // what the first event is relative to
}

func (c *encoder) uint(v uint64) { c.body = binary.AppendUvarint(c.body, v) }

func (c *encoder) int(v int64) { c.body = binary.AppendVarint(c.body, v) }

// duration writes milliseconds, whole seconds in fewer bytes.
func (c *encoder) duration(ms int64) {
	if ms%1000 == 0 {
		c.int(ms / 1000 * 2)
	} else {
		c.int(ms*2 + 1)
	}
}

func (c *encoder) ref(s ref) {
	if s == 0 || !c.durable {
		c.uint(uint64(s))
		return
	}
	for i, m := range c.mapped {
		if m == s {
			c.uint(uint64(localRef(i)))
			return
		}
	}
	c.mapped = append(c.mapped, s)
	c.uint(uint64(localRef(len(c.mapped) - 1)))
}

// encode returns r's bytes, valid until the next call. text resolves refs.
func (c *encoder) encode(r *record, durable bool, text func(*record, ref) string) []byte {
	c.body, c.mapped, c.durable = c.body[:0], c.mapped[:0], durable
	c.uint(uint64(r.offset + 1))
	c.uint(uint64(r.late))
	c.uint(uint64(len(r.events)))
	base := &c.zero
	for i := range r.events {
		c.entry(&r.events[i], base)
		if i == 0 {
			base = &r.events[0]
		}
	}
	c.uint(uint64(len(r.findings)))
	for _, f := range r.findings {
		c.body = binary.LittleEndian.AppendUint64(c.body, f.id)
		v := int64(f.detected-base.at) << 1
		if f.live {
			v |= 1
		}
		c.int(v)
	}
	if durable {
		c.uint(uint64(len(r.tail)))
		for _, o := range r.tail {
			c.uint(uint64(r.offset - o))
		}
		c.uint(uint64(len(r.before)))
		for _, state := range r.before {
			c.uint(uint64(len(state)))
			c.body = append(c.body, state...)
		}
	}
	c.out = binary.LittleEndian.AppendUint64(append(c.out[:0], codecVersion), uint64(r.asOf))
	c.out = appendText(c.out, r.id)
	if durable {
		c.out = binary.AppendUvarint(c.out, uint64(len(c.mapped)))
		for _, m := range c.mapped {
			c.out = appendText(c.out, text(r, m))
		}
	} else {
		c.out = binary.AppendUvarint(c.out, uint64(len(r.locals)))
		for _, s := range r.locals {
			c.out = appendText(c.out, s)
		}
	}
	c.out = append(c.out, c.body...)
	return c.out
}

func (c *encoder) entry(e, base *entry) {
	at := len(c.body)
	var flags byte
	c.body = append(c.body, 0)
	c.body = binary.LittleEndian.AppendUint64(c.body, e.id)
	if e.live {
		flags |= flagLive
	}
	if e.retracted {
		flags |= flagRetracted
	}
	if e.content != e.id {
		flags |= flagContent
		c.body = binary.LittleEndian.AppendUint64(c.body, e.content)
	}
	c.duration(int64(e.at - base.at))
	c.ref(e.activity)
	if e.recorded.Known() {
		flags |= flagRecorded
		c.duration(int64(e.recorded - e.at))
	}
	if e.amount.Valid {
		flags |= flagAmount
		c.int(e.amount.Units - base.amount.Units)
	}
	if e.promised.Known() {
		flags |= flagPromise
		c.body = append(c.body, byte(e.promise))
		c.duration(int64(e.promised - base.promised))
	}
	if e.unit != 0 || e.units != 0 || e.held != 0 {
		flags |= flagRare
		c.ref(e.unit)
		c.ref(e.units)
		c.uint(e.held)
	}
	if e.dims != base.dims {
		flags |= flagDims
		var mask uint64
		for d := range e.dims {
			if e.dims[d] != base.dims[d] {
				mask |= 1 << d
			}
		}
		c.uint(mask)
		for d := range e.dims {
			if mask&(1<<d) != 0 {
				c.ref(e.dims[d])
			}
		}
	}
	c.body[at] = flags
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// decoder reads records; its first error sticks.
type decoder struct {
	in   []byte
	bad  bool
	base entry
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.in)
	if n <= 0 {
		d.bad, d.in = true, nil
		return 0
	}
	d.in = d.in[n:]
	return v
}

func (d *decoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) duration() int64 {
	v := d.int()
	if v&1 == 0 {
		return v / 2 * 1000
	}
	return v >> 1
}

func (d *decoder) fixed() uint64 {
	if len(d.in) < 8 {
		d.bad, d.in = true, nil
		return 0
	}
	v := binary.LittleEndian.Uint64(d.in)
	d.in = d.in[8:]
	return v
}

func (d *decoder) byte() byte {
	if len(d.in) < 1 {
		d.bad = true
		return 0
	}
	b := d.in[0]
	d.in = d.in[1:]
	return b
}

// count reads the number of things of at least size bytes each.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.in)/size) {
		d.bad, d.in = true, nil
		return 0
	}
	return int(n)
}

// text returns a string that aliases the input.
func (d *decoder) text() string {
	n := d.count(1)
	if n == 0 {
		return ""
	}
	s := unsafe.String(&d.in[0], n)
	d.in = d.in[n:]
	return s
}

// decode reads a record whose strings alias in.
func (d *decoder) decode(in []byte, durable bool, r *record) error {
	d.in, d.bad = in, false
	if d.byte() != codecVersion {
		return errState
	}
	asOf := order.Instant(d.fixed())
	r.reset(d.text())
	r.asOf = asOf
	for range d.count(1) {
		r.locals = append(r.locals, d.text())
	}
	r.offset = int64(d.uint()) - 1
	r.late = int(d.uint())
	base := &d.base
	*base = entry{}
	for i := range d.count(10) {
		r.events = append(r.events, entry{})
		d.entry(&r.events[i], base)
		if i == 0 {
			*base = r.events[0]
		}
	}
	for range d.count(9) {
		f := finding{id: d.fixed()}
		v := d.int()
		f.live, f.detected = v&1 == 1, base.at+order.Instant(v>>1)
		r.findings = append(r.findings, f)
	}
	if durable {
		for range d.count(1) {
			r.tail = append(r.tail, r.offset-int64(d.uint()))
		}
		for range d.count(1) {
			r.before = append(r.before, []byte(d.text()))
		}
	}
	if d.bad || len(d.in) != 0 {
		return errState
	}
	return nil
}

func (d *decoder) entry(e, base *entry) {
	flags := d.byte()
	e.live, e.retracted = flags&flagLive != 0, flags&flagRetracted != 0
	e.id = d.fixed()
	e.content = e.id
	if flags&flagContent != 0 {
		e.content = d.fixed()
	}
	e.at = base.at + order.Instant(d.duration())
	e.activity = ref(d.uint())
	if flags&flagRecorded != 0 {
		e.recorded = e.at + order.Instant(d.duration())
	}
	if flags&flagAmount != 0 {
		e.amount = order.Decimal{Units: base.amount.Units + d.int(), Valid: true}
	}
	if flags&flagPromise != 0 {
		e.promise = order.PromiseKind(d.byte())
		e.promised = base.promised + order.Instant(d.duration())
	}
	if flags&flagRare != 0 {
		e.unit, e.units, e.held = ref(d.uint()), ref(d.uint()), d.uint()
	}
	e.dims = base.dims
	if flags&flagDims != 0 {
		mask := d.uint()
		for i := range e.dims {
			if mask&(1<<i) != 0 {
				e.dims[i] = ref(d.uint())
			}
		}
	}
}

// The instant of the last Advance stands first, in eight bytes, so that it can be
// set without encoding the record anew.
const asOfAt = 1

func setAsOf(in []byte, asOf order.Instant) {
	binary.LittleEndian.PutUint64(in[asOfAt:], uint64(asOf))
}

// recordID returns the order number of an encoded record, aliasing it.
func recordID(in []byte) string {
	in = in[asOfAt+8:]
	n, k := binary.Uvarint(in)
	return unsafe.String(unsafe.SliceData(in[k:]), int(n))
}
