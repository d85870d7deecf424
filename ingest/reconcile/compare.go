package reconcile

import (
	"cmp"
	"slices"

	"github.com/takt-orders/takt/ingest/order"
)

// Comparison is one under way: Hold what Takt has of the scope's days, then what it
// has of those that Unmatched returns, say which of the rest are dead letters, and
// take the Result. It is for one goroutine.
type Comparison struct {
	scope   Scope
	list    *List
	tallies tallies
	found   []Difference
	dead    map[string]bool
	known   map[string]bool // Takt has events of it, but no placement
	merged  bool            // the list counts days, not their channels
}

// New returns a comparison of the list in the scope. The list belongs to it from then
// on.
func New(s Scope, l *List) *Comparison {
	c := &Comparison{scope: s, list: l, tallies: tallies{}, dead: map[string]bool{}, known: map[string]bool{}}
	c.merged = l.Counted()
	for p, t := range l.counted {
		if s.In(p.day) && (s.Channel == "" || p.channel == "" || s.Channel == p.channel) {
			c.tallies.at(p.day, cmp.Or(p.channel, s.Channel)).add(t)
		}
		c.merged = c.merged && p.channel == ""
	}
	for _, o := range l.orders {
		if o.Channel == "" {
			o.Channel = s.Channel
		}
	}
	return c
}

// Hold gives an order that Takt has. One without Placed is known by later events only.
func (c *Comparison) Hold(h *Order) {
	if !h.Placed.Known() {
		c.known[h.ID] = true
		return
	}
	day := DayOf(h.Placed, c.scope.Zone)
	l := c.list.orders[h.ID]
	placed := h.Placed
	if l != nil && l.placed && l.day == day {
		placed = l.Placed
	}
	ours := c.scope.In(day) && c.scope.over(placed) && h.Source == c.scope.Source && (c.scope.Channel == "" || c.scope.Channel == h.Channel)
	if ours {
		channel := h.Channel
		if c.merged {
			channel = c.scope.Channel
		}
		t := c.tallies.at(day, channel)
		t.Held++
		t.HeldAmount += h.Amount.Units
	}
	if c.list.Counted() {
		return
	}
	switch {
	case l != nil && l.matched:
	case l == nil && ours:
		c.differ(Difference{Order: h.ID, Channel: h.Channel, Day: day, Kind: Extra, HeldAmount: h.Amount, Currency: h.Currency})
		if h.Repeats > 0 {
			c.differ(Difference{Order: h.ID, Channel: h.Channel, Day: day, Kind: Duplicate, Detail: InTakt, HeldAmount: h.Amount, Currency: h.Currency})
		}
	case l != nil:
		l.matched = true
		if !l.placed {
			l.day, l.Placed = day, h.Placed
		}
		if c.covers(l) {
			c.match(l, h, day)
		}
	}
}

// covers reports whether a listed order is in the scope.
func (c *Comparison) covers(l *listed) bool {
	return c.scope.In(l.day) && c.scope.over(l.Placed) && (c.scope.Channel == "" || l.Channel == "" || l.Channel == c.scope.Channel)
}

// match compares an order that both sides have.
func (c *Comparison) match(l *listed, h *Order, day Day) {
	if l.Channel == "" {
		l.Channel = h.Channel
	}
	differ := func(k Kind, detail string) {
		c.differ(Difference{Order: l.ID, Channel: l.Channel, Day: l.day, Kind: k, Detail: detail, ListedAmount: l.Amount, HeldAmount: h.Amount, Currency: l.currency(h)})
	}
	if h.Repeats > 0 {
		differ(Duplicate, InTakt)
	}
	for _, f := range [...]struct {
		name    string
		differs bool
	}{
		{"day", l.day != day},
		{"source", h.Source != c.scope.Source},
		{"channel", unlike(l.Channel, h.Channel)},
		{"amount", apart(l.Amount, h.Amount)},
		{"currency", unlike(l.Currency, h.Currency)},
		{"quantity", apart(l.Quantity, h.Quantity)},
		{"region", unlike(l.Region, h.Region)},
		{"customer", unlike(l.Customer, h.Customer)},
		{"address", l.Address != 0 && h.Address != 0 && l.Address != h.Address},
	} {
		if f.differs {
			differ(Mismatch, f.name)
		}
	}
	if h.Live && h.Recorded.Known() && h.Recorded.Sub(h.Placed) > c.scope.Late {
		differ(Late, "")
	}
}

func (l *listed) currency(h *Order) string {
	if l.Currency != "" {
		return l.Currency
	}
	return h.Currency
}

func unlike(a, b string) bool { return a != "" && b != "" && a != b }

func apart(a, b order.Decimal) bool { return a.Valid && b.Valid && a.Units != b.Units }

func (c *Comparison) differ(d Difference) { c.found = append(c.found, d) }

// Unmatched returns the numbers of the listed orders of the scope that Takt was not
// said to have, sorted.
func (c *Comparison) Unmatched() []string {
	var ids []string
	for _, l := range c.list.sorted() {
		if !l.matched && c.covers(l) {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// Dead tells that the record of an order is a dead letter.
func (c *Comparison) Dead(id string) { c.dead[id] = true }

// Result returns what was found.
func (c *Comparison) Result() *Result {
	for _, l := range c.list.sorted() {
		if !c.covers(l) {
			continue
		}
		t := c.tallies.at(l.day, l.Channel)
		t.Listed++
		t.ListedAmount += l.Amount.Units
		d := Difference{Order: l.ID, Channel: l.Channel, Day: l.day, ListedAmount: l.Amount, Currency: l.Currency}
		if l.Repeats > 0 {
			d.Kind, d.Detail = Duplicate, InList
			c.differ(d)
		}
		if !l.matched {
			d.Kind, d.Detail = Missing, c.why(l.ID)
			c.differ(d)
		}
	}
	slices.SortFunc(c.found, func(a, b Difference) int { return a.compare(&b) })
	for i := range c.found {
		d := &c.found[i]
		if i > 0 && c.found[i-1].Order == d.Order && c.found[i-1].Kind == d.Kind {
			continue // the order counts once for each kind
		}
		*c.tallies.at(d.Day, d.Channel).count(d.Kind)++
	}
	r := &Result{Scope: c.scope, Counted: c.list.Counted(), Tallies: c.tallies.sorted(), Differences: c.found}
	if r.Counted {
		for i := range r.Tallies {
			t := &r.Tallies[i]
			t.Missing, t.Extra = max(t.Listed-t.Held, 0), max(t.Held-t.Listed, 0)
		}
	}
	return r
}

// why returns what is known of a missing order.
func (c *Comparison) why(id string) string {
	switch {
	case c.dead[id]:
		return DeadLetter
	case c.known[id]:
		return NotPlaced
	default:
		return NotReceived
	}
}
