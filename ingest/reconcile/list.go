package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/cespare/xxhash/v2"

	"github.com/takt-orders/takt/ingest/order"
)

// AttrAddress is the attribute of an event that holds where the order goes.
const AttrAddress = "address"

// List is a source's own list of orders.
type List struct {
	zone    *time.Location
	once    bool // nothing is listed twice: what comes again was read again
	orders  map[string]*listed
	names   map[string]string // channels, currencies, regions: few, and each kept once
	counted tallies           // of a list of counts; nil: it is one of orders
}

// listed is an order of the list.
type listed struct {
	Order
	day     Day
	placed  bool     // the list says when it was placed
	units   []uint64 // hashes of the units listed; nil: the order as a whole, once
	matched bool
}

// NewList returns an empty list; days are those of the zone.
func NewList(zone *time.Location) *List {
	return &List{zone: zone, orders: map[string]*listed{}, names: map[string]string{}}
}

// Len returns how many orders are listed; of a list of counts 0.
func (l *List) Len() int { return len(l.orders) }

// Counted reports whether the list is one of counts.
func (l *List) Counted() bool { return l.counted != nil }

// Days returns the first and the last day of the list, zero if it is empty.
func (l *List) Days() (first, last Day) {
	see := func(d Day) {
		if first == 0 || d < first {
			first = d
		}
		last = max(last, d)
	}
	for _, o := range l.orders {
		see(o.day)
	}
	for p := range l.counted {
		see(p.day)
	}
	return first, last
}

// Until returns how far a list that was written at an instant can be compared: its last
// day and, if that was not over, the instant until which orders had settle to be written
// down on both sides. Only of a list that names instants, and orders of that day, a part
// of a day is compared; else the last is the day before the one on which it was written.
func (l *List) Until(written order.Instant, settle time.Duration) (last Day, until order.Instant) {
	until = written.Add(-settle)
	last = DayOf(until, l.zone)
	if _, end := l.Days(); end >= last && l.timed() {
		return last, until
	}
	return DayOf(written, l.zone) - 1, 0
}

// timed reports whether orders were placed at different times of day: a list of days
// alone has one for all.
func (l *List) timed() bool {
	var first time.Duration = -1
	for _, o := range l.orders {
		if !o.placed {
			continue
		}
		at := o.Placed.Sub(o.day.Begin(l.zone))
		if first >= 0 && at != first {
			return true
		}
		first = at
	}
	return false
}

// Count lists that n orders were placed on a day in a channel, of the amount in
// hundredths. Of a polled list the last count of a day and channel holds.
func (l *List) Count(d Day, channel string, n, amount int64) {
	if l.counted == nil {
		l.counted = tallies{}
	}
	t := l.counted.at(d, strings.Clone(channel))
	if l.once {
		t.Listed, t.ListedAmount = 0, 0
	}
	t.Listed += n
	t.ListedAmount += amount
}

// Add lists an order that the event places, or a line of it. The event may be used
// again afterwards. An order, or a line, that comes again is listed twice, but in a
// polled list.
func (l *List) Add(e *order.Event) {
	o := l.orders[e.OrderID]
	unit := xxhash.Sum64String(e.Unit)
	switch {
	case o == nil || !o.placed:
		o = l.take(e)
		o.placed = true
	case slices.Contains(o.units, unit) || o.units == nil && e.Unit == "":
		if !l.once {
			o.Repeats++
		}
		return
	default:
		o.Amount, o.Quantity = sum(o.Amount, e.Amount), sum(o.Quantity, e.Quantity)
		if o.Placed > e.OccurredAt {
			o.Placed, o.day = e.OccurredAt, DayOf(e.OccurredAt, l.zone)
		}
	}
	if o.units == nil && e.Unit != "" || o.units != nil {
		o.units = append(o.units, unit)
	}
}

// Mention lists an order by an event that does not place it: when it was placed is
// not known from it.
func (l *List) Mention(e *order.Event) {
	if l.orders[e.OrderID] == nil {
		l.take(e)
	}
}

// take makes the entry of an order anew.
func (l *List) take(e *order.Event) *listed {
	o := &listed{
		Order: Order{
			ID: strings.Clone(e.OrderID), Channel: l.name(e.Channel), Placed: e.OccurredAt, Amount: e.Amount, Currency: l.name(e.Currency),
			Quantity: e.Quantity, Region: l.name(e.Region), Customer: strings.Clone(e.CustomerKey), Address: Fingerprint(e.Attr(AttrAddress)),
		},
		day: DayOf(e.OccurredAt, l.zone),
	}
	l.orders[o.ID] = o
	return o
}

func (l *List) name(s string) string {
	kept, ok := l.names[s]
	if !ok {
		kept = strings.Clone(s)
		l.names[kept] = kept
	}
	return kept
}

// sorted returns the orders by number.
func (l *List) sorted() []*listed {
	all := make([]*listed, 0, len(l.orders))
	for _, o := range l.orders {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *listed) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// sum adds what is known.
func sum(a, b order.Decimal) order.Decimal {
	return order.Decimal{Units: a.Units + b.Units, Valid: a.Valid || b.Valid}
}

// Fingerprint hashes a text without its case, spaces and punctuation, so that two
// ways to write one address are equal and neither has to be kept. An empty one is 0.
func Fingerprint(text string) uint64 {
	plain := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
	if plain == "" {
		return 0
	}
	return xxhash.Sum64String(plain)
}
