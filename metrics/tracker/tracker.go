// Package tracker turns the events of orders into visits, order states,
// exceptions and promises. It is a pure state machine: it reads no clock and does
// no I/O; who drives it says what time it is.
//
// A Tracker keeps, per order, the distinct events it has seen. What an order's
// rows say is a fold over these events sorted by (occurred_at, place of the
// activity in the process file, identity), judged at one instant; Cut compares
// the fold with that of the cut before and returns the difference. Hence the law
// that its tests hold: for one set of events and one final now, visits, orders
// and exceptions not withdrawn are equal, whatever the order, duplicates, cuts,
// recoveries and Advance steps. Repeats and late records are counted beside it.
//
// A Tracker belongs to one partition and one goroutine.
package tracker

import (
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// Config of a Tracker.
type Config struct {
	Plan *process.Plan
	// Linger is how long, and LingerOrders how many, closed orders stay in memory
	// for the events that still come.
	Linger       time.Duration
	LingerOrders int
	// CutOrders bounds how many orders one Cut wakes by time, so that what it gives
	// fits one insert even when an outage ends and many deadlines have passed.
	CutOrders int
	// Resume is the offset recovery reads from: orders whose state is ahead of it
	// belong to an unfinished flush.
	Resume int64
	// Rests are the medians by which orders are judged to be at risk; nil: none is.
	Rests Rests
	// Spare, if not nil, is where released Effects of several trackers wait for use;
	// its capacity bounds how many do.
	Spare chan *Effects
}

// Tracker follows the orders of one partition.
type Tracker struct {
	cfg     Config
	plan    *process.Plan
	now     order.Instant
	live    bool // time passes live
	symbols *symbols
	steps   []stepOf // by symbol
	slab    *slab
	index   index
	handles []handle
	spare   []uint32 // handles free for use
	timers  timers
	closed  filter
	linger  []lingering
	dirty   []touched
	tails   []tail
	redo    map[uint32][]int64  // offsets stored by the unfinished flush
	undone  map[uint32][][]byte // record.before of restored orders, until the next Cut
	seen    int64               // last offset given to Apply
	done    int64               // that at the last Cut

	ages      []ages          // per stage
	lastEvent []order.Instant // per stage

	restoring *restored // of restored orders, for the next Cut
	out       Rows      // of the Cut under way
	orderRow  Order     // reused, as the following are
	openRows  []Visit
	visitRow  Visit

	into         string // see MergedInto
	exceptionRow Exception
	rests        Rests
	event        order.Event // the one that a rule looks at
	asked        known       // what it may ask

	rec, old      record
	gone          record // that rows are gone from
	fold1, fold0  folded
	found, found0 []Exception
	folder        folder
	deriver       deriver
	encoder       encoder
	decoder       decoder
	promoter      promoter
	scratch       []byte
	dues          [1 << duesBits]dueDate
	was, is       []share
	told          told
	findings      []finding // of the record at hand, before it is derived anew
}

type stepOf struct {
	step  process.Step
	known bool
}

// handle is an order's stable name in memory.
type handle struct {
	at    place
	dirty int32  // index in Tracker.dirty plus one; 0: untouched since the last Cut
	timer uint32 // place in Tracker.timers plus one; 0: time alone changes nothing
}

// touched is an order changed since the last Cut.
type touched struct {
	handle uint32
	before place // its record at the last Cut; nowhere: there was none
	offset int64 // last offset applied by this process
	tail   int32 // head of its list in Tracker.tails; -1: empty
	live   bool  // by an event that came live
	timed  bool  // by time
	events int   // its events at the last Cut, if no event has come since but behind them; -1: one has
}

type tail struct {
	offset int64
	next   int32
}

type lingering struct {
	handle uint32
	hash   uint64
	since  order.Instant
}

// New returns an empty Tracker.
func New(cfg Config) *Tracker {
	if cfg.Linger == 0 {
		cfg.Linger = 10 * time.Minute
	}
	if cfg.LingerOrders == 0 {
		cfg.LingerOrders = 100_000
	}
	if cfg.CutOrders == 0 {
		cfg.CutOrders = 100_000
	}
	if cfg.Spare == nil {
		cfg.Spare = make(chan *Effects, 1)
	}
	t := &Tracker{
		cfg: cfg, plan: cfg.Plan, rests: cfg.Rests, symbols: newSymbols(), slab: newSlab(), redo: map[uint32][]int64{}, undone: map[uint32][][]byte{}, seen: -1, done: -1,
		ages: make([]ages, len(cfg.Plan.Stages)), lastEvent: make([]order.Instant, len(cfg.Plan.Stages)),
	}
	for i := range t.ages {
		t.ages[i] = ages{}
	}
	return t
}

// Residence is where an order is to be found.
type Residence uint8

// The residences.
const (
	Held    Residence = iota + 1 // in memory
	Stored                       // perhaps in the store: ask it
	Unknown                      // certainly new
)

// Locate tells where the order is.
func (t *Tracker) Locate(orderID string) Residence {
	hash := xxhash.Sum64String(orderID)
	if _, ok := t.find(hash, orderID); ok {
		return Held
	}
	if t.closed.has(hash) {
		return Stored
	}
	return Unknown
}

// Apply takes one event of the record at offset; live is false for history. It
// reports whether the event changed anything: a repeat does not. An order that
// is perhaps in the store must have been restored before.
func (t *Tracker) Apply(e *order.Event, offset int64, live bool) bool {
	t.seen = max(t.seen, offset)
	hash := xxhash.Sum64String(e.OrderID)
	h, ok := t.find(hash, e.OrderID)
	r := &t.rec
	if !ok {
		r.reset(e.OrderID)
		h = t.newHandle()
		t.index.add(hash, h)
		// The index compares numbers, so the handle needs a record at once.
		t.handles[h].at = t.slab.put(t.encoder.encode(r, false, t.text))
		t.touch(h).before = nowhere
	} else if err := t.decoder.decode(t.slab.get(t.handles[h].at), false, r); err != nil {
		panic("tracker: record in memory is damaged") // cannot happen: only encode writes records
	}
	if d := t.handles[h].dirty; r.offset >= offset && (d == 0 || t.dirty[d-1].offset != offset) {
		t.into = t.text(r, t.mergedInto(r))
		return t.redone(h, offset)
	}
	events := len(r.events)
	stored := t.insert(r, e, live)
	t.into = t.text(r, t.mergedInto(r))
	r.offset = offset
	d := t.touch(h)
	if d.offset < 0 {
		d.events = events
	}
	d.offset = offset
	if stored {
		if len(r.events) == events || r.events[len(r.events)-1].id != e.ID.Low() {
			d.events = -1
		}
		d.live = d.live || live
		t.tails = append(t.tails, tail{offset, d.tail})
		d.tail = int32(len(t.tails) - 1)
	}
	t.replace(h, t.slab.put(t.encoder.encode(r, false, t.text)))
	return stored
}

// MergedInto returns the number that the order of the last Apply has been merged
// into, empty if it has not: what is told of it belongs there. It is valid until the
// next call of any method.
func (t *Tracker) MergedInto() string { return t.into }

// redone answers for an event that an unfinished flush had applied already.
func (t *Tracker) redone(h uint32, offset int64) bool {
	for _, o := range t.redo[h] {
		if o == offset {
			return true
		}
	}
	return false
}

// Advance tells the time. live is false while history is read: what time alone
// brings about then is history too. History has a clock of its own, so the time
// may go back; an order is never judged at an earlier instant than before.
func (t *Tracker) Advance(now order.Instant, live bool) { t.now, t.live = now, live }

// Next returns when time alone changes an order, and false if it never does.
func (t *Tracker) Next() (order.Instant, bool) { return t.timers.first() }

// Touched returns the number of orders that the next Cut will write, those due by
// time not included.
func (t *Tracker) Touched() int { return len(t.dirty) }

func (t *Tracker) find(hash uint64, orderID string) (uint32, bool) {
	return t.index.find(hash, func(h uint32) bool { return recordID(t.slab.get(t.handles[h].at)) == orderID })
}

func (t *Tracker) newHandle() uint32 {
	fresh := handle{at: nowhere}
	if n := len(t.spare); n > 0 {
		h := t.spare[n-1]
		t.spare = t.spare[:n-1]
		t.handles[h] = fresh
		return h
	}
	t.handles = append(t.handles, fresh)
	return uint32(len(t.handles) - 1)
}

// touch marks the order as changed since the last Cut, keeping its record of then.
func (t *Tracker) touch(h uint32) *touched {
	if d := t.handles[h].dirty; d != 0 {
		return &t.dirty[d-1]
	}
	t.dirty = append(t.dirty, touched{handle: h, before: t.handles[h].at, offset: -1, tail: -1})
	t.handles[h].dirty = int32(len(t.dirty))
	return &t.dirty[len(t.dirty)-1]
}

// replace gives the order a new record; the one of the last Cut stays until the next.
func (t *Tracker) replace(h uint32, p place) {
	old := t.handles[h].at
	t.handles[h].at = p
	if d := t.handles[h].dirty; d == 0 || t.dirty[d-1].before != old {
		t.slab.release(old)
	}
}

// step returns what the event's activity does.
func (t *Tracker) step(r *record, e *entry) process.Step {
	if e.activity.local() {
		return t.plan.Step(r.locals[e.activity.index()])
	}
	i := e.activity.index()
	for len(t.steps) <= i {
		t.steps = append(t.steps, stepOf{})
	}
	if !t.steps[i].known {
		t.steps[i] = stepOf{t.plan.Step(t.symbols.names[i]), true}
	}
	return t.steps[i].step
}

// Bytes returns the memory that the orders take, bounded tables included.
func (t *Tracker) Bytes() int64 {
	return int64(len(t.slab.chunks))*chunkBytes + t.index.bytes() + int64(cap(t.handles))*12 +
		int64(cap(t.timers.heap))*12 + t.closed.bytes() + t.symbols.bytes
}

// Len returns the number of orders in memory.
func (t *Tracker) Len() int { return t.index.n }
