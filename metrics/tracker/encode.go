package tracker

import (
	"encoding/binary"
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
