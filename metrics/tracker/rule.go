package tracker

import (
	"math/bits"
	"strconv"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// rules judges event i by the rules of which it meets the part that it alone
// decides, before it changes anything: what they know is what was before.
func (d *folder) rules(i int, step *process.Step) {
	e := &d.r.events[i]
	for m := d.t.plan.Ruled(step, e.held); m != 0; m &= m - 1 {
		n := bits.TrailingZeros64(m)
		rule := &d.t.plan.Rules[n]
		if rule.Knows != nil && !rule.Knows(d.t.seenAgain(d.r, e), d.asked(i)) {
			continue
		}
		d.ruled |= 1 << n
		d.skip |= d.t.plan.Skippable(n)
		if rule.Raise != nil {
			d.problem(problem{
				kind: rule.Raise.Kind, stage: d.t.plan.RaisedAt(n), unit: e.unit, at: e.at, reported: true,
				cause: e.dims[dimReason], owner: e.dims[dimOwner], rule: n + 1,
			})
		}
	}
}

// required returns the stages that rules require before the stage, -1 being the
// order's completion.
func (d *folder) required(stage int) uint64 {
	var set uint64
	for m := d.ruled; m != 0; m &= m - 1 {
		set |= d.t.plan.Required(bits.TrailingZeros64(m), stage)
	}
	return set
}

// known is what rules may ask of an order at one of its events.
type known struct {
	d *folder
	i int // the event at hand
}

var _ process.Known = (*known)(nil)

// asked returns what rules may ask at event i, valid until the next call.
func (d *folder) asked(i int) *known {
	d.t.asked = known{d, i}
	return &d.t.asked
}

// Visited is process.Known's.
func (k *known) Visited(stage string) bool {
	i := k.d.t.plan.StageIndex(stage)
	return i >= 0 && k.d.entered&(1<<i) != 0
}

// Seen is process.Known's.
func (k *known) Seen(activity string) bool {
	for i := range k.d.r.events[:k.i] {
		if e := &k.d.r.events[i]; !e.retracted && k.d.t.text(k.d.r, e.activity) == activity {
			return true
		}
	}
	return false
}

// Field is process.Known's.
func (k *known) Field(name string, last bool) (value string, ok bool) {
	k.each(last, func(e *entry) bool {
		value, ok = k.d.t.field(k.d.r, e, name)
		return ok
	})
	return value, ok
}

// Number is process.Known's.
func (k *known) Number(name string, last bool) (value float64, ok bool) {
	k.each(last, func(e *entry) bool {
		if name == "amount" {
			value, ok = float64(e.amount.Units)/100, e.amount.Valid
			return ok
		}
		text, said := k.d.t.field(k.d.r, e, name)
		if said {
			n, err := strconv.ParseFloat(text, 64)
			value, ok = n, err == nil
		}
		return said
	})
	return value, ok
}

// each looks at the events before the one at hand, from the first or the last on,
// until found says that it was the one.
func (k *known) each(last bool, found func(*entry) bool) {
	events := k.d.r.events[:k.i]
	for n := range events {
		e := &events[n]
		if last {
			e = &events[len(events)-1-n]
		}
		if !e.retracted && found(e) {
			return
		}
	}
}

// field returns one field of an event, false if it is unknown or not kept.
func (t *Tracker) field(r *record, e *entry, name string) (string, bool) {
	var value string
	switch name {
	case "amount":
		value = e.amount.Text(2)
	case "activity":
		value = t.text(r, e.activity)
	case "unit":
		value = t.text(r, e.unit)
	default:
		if d, ok := dimension(name); ok {
			value = t.text(r, e.dims[d])
		} else {
			return process.FactIn(t.text(r, e.dims[dimFacts]), name)
		}
	}
	return value, value != ""
}

// dimension returns the dimension of a field's name.
func dimension(name string) (int, bool) {
	switch name {
	case "source":
		return dimSource, true
	case "channel":
		return dimChannel, true
	case "actor":
		return dimActor, true
	case "owner":
		return dimOwner, true
	case "region":
		return dimRegion, true
	case "warehouse":
		return dimWarehouse, true
	case "carrier":
		return dimCarrier, true
	case "supplier":
		return dimSupplier, true
	case "product":
		return dimProduct, true
	case "currency":
		return dimCurrency, true
	case "customer_key":
		return dimCustomer, true
	case "reason":
		return dimReason, true
	default:
		return 0, false
	}
}

// seenAgain makes an event of what is kept of it, for rules that look at the order
// too. It is valid until the next call.
func (t *Tracker) seenAgain(r *record, e *entry) *order.Event {
	text := func(d int) string { return t.text(r, e.dims[d]) }
	t.event = order.Event{
		OrderID: r.id, Process: t.plan.Name, Unit: t.text(r, e.unit), Activity: t.text(r, e.activity), OccurredAt: e.at,
		Source: text(dimSource), Channel: text(dimChannel), Actor: text(dimActor), Owner: text(dimOwner),
		Region: text(dimRegion), Warehouse: text(dimWarehouse), Carrier: text(dimCarrier), Supplier: text(dimSupplier),
		Product: text(dimProduct), Currency: text(dimCurrency), CustomerKey: text(dimCustomer), Reason: text(dimReason),
		Amount: e.amount, PromisedAt: e.promised, PromiseKind: e.promise, Attributes: t.event.Attributes[:0],
	}
	t.plan.Recall(&t.event, text(dimFacts))
	return &t.event
}
