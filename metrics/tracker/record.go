package tracker

import (
	"cmp"
	"slices"

	"github.com/takt-orders/takt/ingest/order"
)

// The dimensions kept with every event of an order.
const (
	dimSource = iota
	dimChannel
	dimActor
	dimOwner
	dimRegion
	dimWarehouse
	dimCarrier
	dimSupplier
	dimProduct
	dimCurrency
	dimCustomer
	dimReason
	dimFacts // further fields that rules ask for; of each event its own, never the order's
	numDims
)

// entry is one event as the tracker keeps it: what the fold reads, nothing else.
type entry struct {
	id        uint64 // low half of the identity
	content   uint64
	at        order.Instant
	recorded  order.Instant
	promised  order.Instant
	held      uint64 // override conditions that hold for the event
	amount    order.Decimal
	dims      [numDims]ref
	activity  ref
	unit      ref
	units     ref // declared units as given, "a,b"; of order.Merged the number merged into
	promise   order.PromiseKind
	live      bool
	retracted bool
}

func (e *entry) version() order.Version {
	return order.Version{RecordedAt: e.recorded, Content: e.content}
}

// finding remembers when an exception was first seen; everything else about it
// is derived again.
type finding struct {
	id       uint64
	detected order.Instant
	live     bool
}

// record is an order as the tracker keeps it, decoded.
type record struct {
	id       string
	offset   int64         // last offset applied
	asOf     order.Instant // last Advance seen
	late     int           // events that arrived after a later one
	events   []entry       // distinct, in the fold's order
	locals   []string
	findings []finding
	// tail holds the offsets stored since the last Cut. It travels in the state of
	// an order, so that a flush done again knows its repeats; the slab has none.
	tail []int64
	// before holds the stored states of earlier Cuts of which rows were deleted or
	// withdrawn since, by flushes not known to be finished: recovery does so again.
	before [][]byte
}

func (r *record) reset(id string) {
	r.id, r.offset, r.asOf, r.late = id, -1, 0, 0
	r.events, r.locals, r.findings, r.tail = r.events[:0], r.locals[:0], r.findings[:0], r.tail[:0]
	r.before = nil
}

// local returns the ref of s among the record's own strings.
func (r *record) local(s string) ref {
	if s == "" {
		return 0
	}
	if i := slices.Index(r.locals, s); i >= 0 {
		return localRef(i)
	}
	r.locals = append(r.locals, s)
	return localRef(len(r.locals) - 1)
}

// text returns the string that ref names.
func (t *Tracker) text(r *record, s ref) string {
	if s.local() {
		return r.locals[s.index()]
	}
	return t.symbols.names[s.index()]
}

// symbol returns a ref for a bounded dimension, local if the table is full.
func (t *Tracker) symbol(r *record, s string) ref {
	if sym, ok := t.symbols.find(s); ok {
		return sym
	}
	return r.local(s)
}

// insert adds e to the record and reports whether it said anything new. A repeat
// that was recorded later says nothing new, but is the version to beat from then on.
func (t *Tracker) insert(r *record, e *order.Event, live bool) bool {
	low, version := e.ID.Low(), e.Version()
	if e.Identity == order.IdentityContent {
		// One content, one event: there is no other version to tell it from.
		version = order.Version{Content: low}
	}
	for i := range r.events {
		if r.events[i].id != low {
			continue
		}
		if !r.events[i].version().Less(version) {
			return false
		}
		if r.events[i].content == version.Content {
			r.events[i].recorded = version.RecordedAt
			return false
		}
		r.events = slices.Delete(r.events, i, i+1)
		break
	}
	n := entry{
		id: low, content: version.Content, at: e.OccurredAt, recorded: version.RecordedAt,
		promised: e.PromisedAt, promise: e.PromiseKind, amount: e.Amount,
		held: t.plan.Conditions(e), live: live, retracted: e.Retracted(),
		activity: t.symbol(r, e.Activity), unit: r.local(e.Unit),
	}
	if !n.amount.Valid {
		n.amount.Units = 0
	}
	if n.promised.Known() && n.promise == order.PromiseNone {
		n.promise = order.PromiseCurrent
	}
	if len(e.Attributes) > 0 {
		n.units = r.local(cmp.Or(e.MergedInto(), e.Attr(order.AttrUnits)))
	}
	n.dims = [numDims]ref{
		dimSource: t.symbol(r, e.Source), dimChannel: t.symbol(r, e.Channel), dimActor: t.symbol(r, e.Actor),
		dimOwner: t.symbol(r, e.Owner), dimRegion: t.symbol(r, e.Region), dimWarehouse: t.symbol(r, e.Warehouse),
		dimCarrier: t.symbol(r, e.Carrier), dimSupplier: t.symbol(r, e.Supplier), dimProduct: t.symbol(r, e.Product),
		dimCurrency: t.symbol(r, e.Currency), dimCustomer: r.local(e.CustomerKey), dimReason: r.local(e.Reason),
		dimFacts: r.local(t.plan.Facts(e)),
	}
	at := len(r.events)
	for at > 0 && t.before(r, &n, &r.events[at-1]) {
		at--
	}
	if at < len(r.events) {
		r.late++
	}
	r.events = slices.Insert(r.events, at, n)
	return true
}

// mergedInto returns the number that the order has been merged into, 0 if it has not.
func (t *Tracker) mergedInto(r *record) (into ref) {
	for i := range r.events {
		if e := &r.events[i]; e.units != 0 && !e.retracted && t.text(r, e.activity) == order.Merged {
			into = e.units
		}
	}
	return into
}

// before is the fold's order: when it happened, place in the process, identity.
func (t *Tracker) before(r *record, a, b *entry) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if pa, pb := t.step(r, a).Place, t.step(r, b).Place; pa != pb {
		return pa < pb
	}
	return a.id < b.id
}

// sort puts the events into the fold's order.
func (t *Tracker) sort(r *record) {
	slices.SortFunc(r.events, func(a, b entry) int {
		switch {
		case t.before(r, &a, &b):
			return -1
		case t.before(r, &b, &a):
			return 1
		default:
			return 0
		}
	})
}
