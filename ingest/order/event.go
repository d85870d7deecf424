// Package order holds what happened to orders: the Event, its identity, its
// canonical JSON form and the rules a valid event keeps.
//
// The package does no I/O and knows no process. Strings of an Event may alias a
// buffer of whoever made it: an Event is valid until its maker says otherwise,
// and who keeps a part of it longer copies that part (Clone).
package order

import "time"

// Instant is a point in time in milliseconds since 1970-01-01T00:00:00Z. The
// zero Instant means "unknown": no valid event lies before 2000.
type Instant int64

// At returns the instant of t, cut to the millisecond; the zero time is unknown.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMilli())
}

// Time returns the instant in UTC, the zero time if it is unknown.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// Known reports whether the instant is set.
func (i Instant) Known() bool { return i != 0 }

// Add returns the instant d later, cut to the millisecond.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Milliseconds()) }

// Sub returns the duration from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Millisecond }

// Decimal is a fixed-point number that may be absent: Units counts hundredths
// for an amount of money and thousandths for a quantity.
type Decimal struct {
	Units int64
	Valid bool
}

// Text returns d in decimals, its units being 1/10^scale, without trailing zeros;
// empty if d is unknown.
func (d Decimal) Text(scale int) string {
	if !d.Valid {
		return ""
	}
	return string(appendDecimal(nil, d.Units, scale))
}

// PromiseKind tells which promise an event gives.
type PromiseKind uint8

// The kinds of promise. PromiseNone is an event without one.
const (
	PromiseNone      PromiseKind = iota
	PromiseRequested             // the date the customer asked for
	PromiseFirst                 // the first date the firm confirmed
	PromiseCurrent               // the date in force since this event
)

// Attribute is one further named value of an event.
type Attribute struct{ Key, Value string }

// Attributes that Takt itself reads.
const (
	AttrUnits      = "units"       // declares the order's units: "a,b"
	AttrRetracted  = "retracted"   // "true": the source took the event back
	AttrMergedInto = "merged_into" // of Merged: the number under which the order goes on
	AttrDay        = "day"         // of Counted: 2006-01-02, in the zone of the process
	AttrOrders     = "orders"      // of Counted: how many
)

// Merged is the activity that tells that an order is known under another number, which
// AttrMergedInto gives: what is told of it belongs to that one.
const Merged = "order.merged"

// Counted is the activity that tells how many orders a source placed on a day: in the
// event's channel (empty: in all), of the event's amount together. It is about no order:
// it is stored, opens none and belongs to no process. What is told last of a day and
// channel, by occurred_at, holds.
const Counted = "orders.counted"

// MovesMost is how often an event follows its order to another number. Numbers that
// name one another in a circle would keep it moving.
const MovesMost = 8

// Event is one thing that happened to an order, once. Empty strings, unknown
// instants and invalid decimals mean the source did not say.
type Event struct {
	ID       ID           // identity: two events with one ID are two versions of the same event
	Identity IdentityKind // how ID was chosen
	Content  uint64       // hash of everything but RecordedAt and transport fields

	OrderID     string // the unified order number
	SourceOrder string // the source's own order number, before any alias
	Unit        string // order line or parcel; empty: the order as a whole
	Process     string
	Source      string // configured name of the source
	Channel     string // where the order was placed
	Activity    string // what happened, such as "order.paid"

	OccurredAt Instant // when it happened
	RecordedAt Instant // when the source recorded it; unknown: the record's append time is used

	Actor       string // who did it
	Owner       string // who is responsible from here on
	Region      string
	Warehouse   string
	Carrier     string
	Supplier    string
	Product     string
	CustomerKey string // keyed hash of the customer, never the customer

	Amount   Decimal // hundredths of Currency
	Currency string  // ISO 4217
	Quantity Decimal // thousandths

	PromisedAt  Instant
	PromiseKind PromiseKind
	Reason      string // why, in the source's words
	Attributes  []Attribute
	Moves       uint8 // how often it has followed its order to another number
}

// Reconciler is the actor of events that a reconciliation reports. What they say is
// about the record of the order: they change no owner of a stage, and resolve what a
// reconciliation raised, nothing else.
const Reconciler = "takt/reconcile"

// Attr returns the value of the attribute key, empty if there is none.
func (e *Event) Attr(key string) string {
	for i := range e.Attributes {
		if e.Attributes[i].Key == key {
			return e.Attributes[i].Value
		}
	}
	return ""
}

// MergedInto returns the number that the event's order is merged into, empty unless
// it tells so.
func (e *Event) MergedInto() string {
	if e.Activity != Merged {
		return ""
	}
	return e.Attr(AttrMergedInto)
}

// Retracted reports whether the source took the event back.
func (e *Event) Retracted() bool { return e.Attr(AttrRetracted) == "true" }

// Version orders the contents seen under one identity: the greatest is the event.
func (e *Event) Version() Version { return Version{e.RecordedAt, e.Content} }

// Version is the pair by which contents under one identity are ordered.
type Version struct {
	RecordedAt Instant
	Content    uint64
}

// Less reports whether v is superseded by w.
func (v Version) Less(w Version) bool {
	if v.RecordedAt != w.RecordedAt {
		return v.RecordedAt < w.RecordedAt
	}
	return v.Content < w.Content
}
