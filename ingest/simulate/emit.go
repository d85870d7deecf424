package simulate

import (
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// parcel is a record on its way to the log.
type parcel struct {
	at        order.Instant
	event     order.Event
	id        string
	duplicate bool
	late      bool
}

// emit tells of an activity that moves the order. from is the stage it leaves,
// -1 if none.
func (r *Run) emit(of int32, unit uint8, a int32, from int, at int64) {
	o := r.orders.at(of)
	act := &r.flow.actions[a]
	o.moves++
	p := r.begin(o, act.name, r.flow.sources[act.source], '-', o.moves, at)
	e := &p.event
	e.Unit = r.names.units[unit]
	if act.step.Opens && o.moves == 1 {
		e.Amount = order.Decimal{Units: o.amount, Valid: true}
		e.Currency = r.names.currency
		e.Quantity = order.Decimal{Units: o.quantity, Valid: true}
		e.PromisedAt, e.PromiseKind = order.Instant(o.promised), order.PromiseFirst
		if o.units > 1 {
			e.Attributes = []order.Attribute{{Key: order.AttrUnits, Value: r.names.declared[o.units]}}
		}
	}
	if from >= 0 {
		people := r.names.actors[from]
		e.Actor = people[mix(o.seq<<8+uint64(from))%uint64(len(people))]
	}
	if act.source >= 1 {
		e.Warehouse = r.names.warehouse(o.region)
	}
	if act.source >= 2 {
		e.Carrier = r.names.carriers[o.carrier]
	}
	if act.step.Starts != 0 {
		e.Owner = r.names.owners[bits.TrailingZeros64(act.step.Starts)]
		if act.step.Starts&(1<<r.flow.warehouse) != 0 {
			e.Warehouse = r.names.warehouse(o.region)
			e.Owner = e.Warehouse
		}
	}
	if act.step.Ends|act.step.Starts != 0 && r.incident.silences(act.source, at) {
		// Held back, it comes when the source speaks again, within ten minutes.
		p.late = true
		r.hold(p, r.incident.end+int64(mix(o.seq+uint64(o.moves))%600_000))
		r.out = r.out[:len(r.out)-1]
		return
	}
	r.send(p, r.draws.at(forDelivery, o.seq, uint64(o.moves)))
}

// begin returns the next delivery, with what every event of the order says. Its
// number is the order's, the separator and n.
func (r *Run) begin(o *customerOrder, activity, source string, separator byte, n uint32, at int64) *parcel {
	if len(r.out) < cap(r.out) {
		r.out = r.out[:len(r.out)+1]
	} else {
		r.out = append(r.out, parcel{})
	}
	p := &r.out[len(r.out)-1]
	var number [32]byte
	copy(number[:], o.id)
	number[len(o.id)] = separator
	*p = parcel{at: order.Instant(at), id: string(strconv.AppendUint(number[:len(o.id)+1], uint64(n), 10))}
	e := &p.event
	e.OrderID, e.SourceOrder = o.id, o.id
	e.Process = r.cfg.Process.Name
	e.Source, e.Activity = source, activity
	e.OccurredAt, e.RecordedAt = p.at, p.at
	e.Channel = r.names.channels[o.channel]
	e.Region = r.names.regions[o.region]
	e.Product = r.names.products[o.product]
	e.Supplier = r.names.suppliers[o.product%len(r.names.suppliers)]
	e.CustomerKey = o.customerKey
	return p
}

// send lets the last delivery go on its way: at once, late, or twice.
func (r *Run) send(p *parcel, rng *rand.Rand) {
	u := rng.Float64()
	switch rates := &r.cfg.Rates; {
	case u < rates.Late:
		p.late = true
		r.hold(p, int64(p.at)+min(ms(lognormal(rng, 90*time.Minute, 1)), 20*hourMS))
		r.out = r.out[:len(r.out)-1]
	case u < rates.Late+rates.Duplicate:
		again := *p
		again.duplicate = true
		again.at += order.Instant(1000 + rng.Int64N(600_000))
		r.put(&again)
	}
}

// hold sends the delivery at a later instant, recorded then.
func (r *Run) hold(p *parcel, at int64) {
	p.at = order.Instant(at)
	p.event.RecordedAt = p.at
	r.put(p)
}

func (r *Run) put(p *parcel) {
	ref, slot := r.held.take()
	*slot = *p
	r.agenda.push(item{at: int64(p.at), kind: onDelivery, ref: ref})
}

// deliver lets a record reach the log that was held.
func (r *Run) deliver(it item) {
	r.out = append(r.out, *r.held.at(it.ref))
	r.held.give(it.ref)
}
