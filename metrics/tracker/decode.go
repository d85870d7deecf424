package tracker

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/takt-orders/takt/ingest/order"
)

var errState = errors.New("state of an order is damaged")

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

// asOf returns the instant of the last Advance of an encoded record.
func asOf(in []byte) order.Instant { return order.Instant(binary.LittleEndian.Uint64(in[asOfAt:])) }

// recordID returns the order number of an encoded record, aliasing it.
func recordID(in []byte) string {
	in = in[asOfAt+8:]
	n, k := binary.Uvarint(in)
	return unsafe.String(unsafe.SliceData(in[k:]), int(n))
}
