// Package reconcile compares a source's own list of orders with what Takt has of
// them, down to the order.
//
// Its contract:
//   - An order belongs to the day on which it was placed, in the zone of the process:
//     by the list's word on the list's side, by its first opening event on Takt's.
//   - Every listed order is matched by its number, whatever its day. Days outside the
//     scope serve to match only: they are in no count and no difference. So do orders
//     placed at Until and after it; of one that both sides have on one day the list's
//     instant decides, lest two clocks put it on two sides.
//   - What only one side knows of an order (its amount, say) is not compared.
//   - Nothing that is returned depends on the order in which orders were given.
//   - Memory: one entry per listed order, about 250 bytes and its number, and one
//     Difference per difference. What Takt has is streamed.
//
// The package does no I/O but Read, which reads a list from a file.
package reconcile

import (
	"cmp"
	"slices"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// Scope is what is compared.
type Scope struct {
	Process string
	Source  string // that the list is of, as events name it
	Channel string // only orders of this channel; empty: of every channel
	From    Day    // first day
	To      Day    // last day
	// Until is before when orders of the days were placed; 0: the days are compared whole.
	Until order.Instant
	Zone  *time.Location
	// Late is how much later than it happened a placement may be recorded.
	Late time.Duration
}

// In reports whether the scope covers the day.
func (s *Scope) In(d Day) bool { return d >= s.From && d <= s.To }

// over reports whether what was placed at the instant is old enough to be compared.
func (s *Scope) over(placed order.Instant) bool { return s.Until == 0 || placed < s.Until }

// Order is an order as one side knows it. What is unknown is empty.
type Order struct {
	ID       string // unified number
	Source   string // that placed it
	Channel  string // where it was placed
	Placed   order.Instant
	Recorded order.Instant // when the placement was recorded
	Live     bool          // the placement came live, not as history
	Repeats  int           // times it was placed again
	Amount   order.Decimal // hundredths of Currency
	Currency string        // ISO 4217
	Quantity order.Decimal // thousandths
	Region   string
	Customer string // keyed hash of the customer
	Address  uint64 // Fingerprint of the address; 0: unknown
}

// Kind is what is wrong with an order.
type Kind string

// The kinds of difference.
const (
	Missing   Kind = "missing"   // listed, but Takt has no placement of it
	Extra     Kind = "extra"     // Takt has it, the list does not
	Duplicate Kind = "duplicate" // one side has it more than once
	Mismatch  Kind = "mismatch"  // both have it, and differ in a field
	Late      Kind = "late"      // its placement was recorded too late
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Missing, Extra, Duplicate, Mismatch, Late} }

// The details of a difference; that of a Mismatch is the field.
const (
	NotReceived = "not_received" // missing: Takt has read nothing of it
	DeadLetter  = "dead_letter"  // missing: its record could not be taken
	NotPlaced   = "not_placed"   // missing: Takt knows later events only
	InList      = "list"         // duplicate: the list names it twice
	InTakt      = "takt"         // duplicate: Takt was told twice that it was placed
)

// Difference is one thing that is wrong with one order.
type Difference struct {
	Order        string
	Channel      string // the list's where it names one
	Day          Day    // the list's where it names the order
	Kind         Kind
	Detail       string
	ListedAmount order.Decimal // hundredths of Currency
	HeldAmount   order.Decimal // hundredths of Currency
	Currency     string        // ISO 4217
}

func (d *Difference) compare(e *Difference) int {
	return cmp.Or(cmp.Compare(d.Day, e.Day), cmp.Compare(d.Order, e.Order), cmp.Compare(d.Kind, e.Kind), cmp.Compare(d.Detail, e.Detail))
}

// Tally counts the orders of one day and channel. Orders are in it once, however many
// of their fields differ.
type Tally struct {
	Day          Day
	Channel      string
	Listed       int64 // by the list
	Held         int64 // by Takt
	Missing      int64
	Extra        int64
	Duplicate    int64
	Mismatched   int64
	Late         int64
	ListedAmount int64 // hundredths, currencies added as they stand
	HeldAmount   int64 // hundredths, currencies added as they stand
}

// Count returns the count of a kind.
func (t *Tally) Count(k Kind) int64 { return *t.count(k) }

func (t *Tally) count(k Kind) *int64 {
	switch k {
	case Missing:
		return &t.Missing
	case Extra:
		return &t.Extra
	case Duplicate:
		return &t.Duplicate
	case Mismatch:
		return &t.Mismatched
	default:
		return &t.Late
	}
}

// Result is what a comparison found.
type Result struct {
	Scope
	Counted     bool // the list was one of counts: there are no Differences
	Tallies     []Tally
	Differences []Difference
}

// Total adds the tallies up.
func (r *Result) Total() Tally {
	var sum Tally
	for i := range r.Tallies {
		sum.add(&r.Tallies[i])
	}
	return sum
}

func (t *Tally) add(o *Tally) {
	t.Listed += o.Listed
	t.Held += o.Held
	t.ListedAmount += o.ListedAmount
	t.HeldAmount += o.HeldAmount
	for _, k := range Kinds() {
		*t.count(k) += o.Count(k)
	}
}

// Agrees reports whether both sides say the same. A late record is told, but both
// have it.
func (r *Result) Agrees() bool {
	sum := r.Total()
	return sum.Missing+sum.Extra+sum.Duplicate+sum.Mismatched == 0
}

// place names a tally.
type place struct {
	day     Day
	channel string
}

// tallies are those of a result under way.
type tallies map[place]*Tally

func (t tallies) at(d Day, channel string) *Tally {
	p := place{d, channel}
	if t[p] == nil {
		t[p] = &Tally{Day: d, Channel: channel}
	}
	return t[p]
}

func (t tallies) sorted() []Tally {
	var all []Tally
	for _, one := range t {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Tally) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Channel, b.Channel)) })
	return all
}
