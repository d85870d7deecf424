package source

import (
	"slices"
	"strconv"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
)

var kinds = map[string]order.IdentityKind{
	"": order.IdentityContent, "content": order.IdentityContent,
	"delivery": order.IdentityDelivery, "slot": order.IdentitySlot,
}

type identity struct {
	kind     order.IdentityKind
	delivery field
	given    field // the identity itself, as Takt has written it
	moves    field // and how often the event has moved
}

// Decode appends the events of the record value, which the log took at appended,
// to dst. Their strings are valid until the arena's Reset.
func (d *Decoder) Decode(dst []order.Event, value []byte, appended order.Instant, a *Arena) (
	[]order.Event, *order.Invalid,
) {
	if isShort(value) {
		return dst, &order.Invalid{Reason: order.TooLarge, Field: shortField}
	}
	if d.own != nil && isOwn(value) {
		return d.own.Decode(dst, value, appended, a)
	}
	if inv := d.record(value); inv != nil {
		return dst, inv
	}
	n := len(dst)
	dst, inv := d.events(dst, appended, a)
	if inv == nil && len(dst) > n {
		dst, inv = d.aliases(dst, &dst[n], appended, a)
	}
	if inv != nil {
		return dst[:n], inv
	}
	d.unknown.keep()
	return dst, nil
}

// aliases appends, for each further number that the record gives its order, that this
// one is merged into the order of e.
func (d *Decoder) aliases(dst []order.Event, e *order.Event, appended order.Instant, a *Arena) ([]order.Event, *order.Invalid) {
	for i := range d.plan.aliases {
		number := d.number(&d.plan.aliases[i], a)
		if number == "" || number == e.OrderID {
			continue
		}
		merged := order.Event{
			OrderID: number, SourceOrder: number, Process: e.Process, Source: e.Source, Activity: order.Merged,
			OccurredAt: e.OccurredAt, RecordedAt: e.RecordedAt,
			Attributes: append(a.attributes(1), order.Attribute{Key: order.AttrMergedInto, Value: e.OrderID}),
		}
		// One slot a number: what is told last holds.
		d.hash.SetContent(&merged)
		d.hash.SetID(&merged, order.IdentitySlot, "", order.Merged, 0)
		if inv := merged.Validate(appended); inv != nil {
			return dst, inv
		}
		dst = append(dst, merged)
	}
	return dst, nil
}

// record scans the record.
func (d *Decoder) record(value []byte) *order.Invalid {
	d.unknown.record = d.unknown.record[:0]
	switch {
	case len(value) > d.max:
		return &order.Invalid{Reason: order.TooLarge}
	case !d.scan.record(value, d.root):
		return &order.Invalid{Reason: order.NotJSON}
	case !d.scan.utf8():
		return &order.Invalid{Reason: order.BadUTF8}
	default:
		return nil
	}
}

// events appends the event of the record's activity and those of its dates.
func (d *Decoder) events(dst []order.Event, appended order.Instant, a *Arena) ([]order.Event, *order.Invalid) {
	p := &d.plan
	what, v := "", missing
	if len(p.activity.from) > 0 {
		if inv := d.compute(p.activity.computed); inv != nil {
			return dst, inv
		}
		what, v = d.what(a)
	}
	switch {
	case v == ignored, v == unchanged && len(p.dates) == 0:
		return dst, nil
	case v == unknown:
		return dst, &order.Invalid{Reason: order.UnknownActivity, Field: "activity"}
	case v == missing && len(p.dates) == 0:
		return dst, &order.Invalid{Reason: order.NoActivity, Field: "activity"}
	}
	// What the mapping ignores needs no other field, and none of it can be wrong.
	if inv := d.compute(p.numbered); inv != nil {
		return dst, inv
	}
	if inv := d.compute(p.computed); inv != nil {
		return dst, inv
	}
	if v != found {
		var base order.Event
		if inv := d.fill(&base, appended, a); inv != nil {
			return dst, inv
		}
		return d.row(dst, base, appended, a)
	}
	n := len(dst)
	dst = append(dst, order.Event{Activity: what})
	e := &dst[n]
	at, inv := d.instant(&p.occurredAt, "occurred_at")
	if inv == nil {
		e.OccurredAt = at
		inv = d.fill(e, appended, a)
	}
	if inv == nil {
		inv = d.seal(e, d.plan.kind.kind, what, appended, a)
	}
	if inv != nil || len(p.dates) == 0 {
		return dst, inv
	}
	return d.row(dst, *e, appended, a)
}

// row appends an event like base for each date of the record.
func (d *Decoder) row(dst []order.Event, base order.Event, appended order.Instant, a *Arena) ([]order.Event, *order.Invalid) {
	kind := d.plan.kind.kind
	if len(d.plan.activity.from) > 0 {
		kind = order.IdentitySlot
	}
	for i := range d.plan.dates {
		c := &d.plan.dates[i]
		e := base
		e.Activity = c.activity
		at, inv := d.instant(&c.moment, c.slot)
		switch {
		case inv != nil:
			return dst, inv
		case at.Known():
			e.OccurredAt = at
		case d.plan.retract && d.named(&c.field):
			e.OccurredAt = e.RecordedAt
			attributes := append(a.attributes(len(e.Attributes)+1), e.Attributes...)
			e.Attributes = settle(append(attributes, order.Attribute{Key: order.AttrRetracted, Value: "true"}))
		default:
			continue
		}
		if inv := d.seal(&e, kind, c.slot, appended, a); inv != nil {
			return dst, inv
		}
		dst = append(dst, e)
	}
	return dst, nil
}

// fill sets what all events of a record share.
func (d *Decoder) fill(e *order.Event, appended order.Instant, a *Arena) *order.Invalid {
	p := &d.plan
	e.Process = d.process
	if e.OrderID = d.number(&p.order, a); e.OrderID == "" {
		return &order.Invalid{Reason: order.NoOrder, Field: "order_id"}
	}
	if e.SourceOrder = d.number(&p.sourceOrder, a); e.SourceOrder == "" {
		e.SourceOrder = e.OrderID
	}
	e.Unit = d.number(&p.unit, a)
	if e.Source = d.name(&p.source, a); e.Source == "" {
		e.Source = d.source
	}
	e.Channel = d.name(&p.channel, a)
	e.Actor = d.name(&p.actor, a)
	e.Owner = d.name(&p.owner, a)
	e.Region = d.name(&p.region, a)
	e.Warehouse = d.name(&p.warehouse, a)
	e.Carrier = d.name(&p.carrier, a)
	e.Supplier = d.name(&p.supplier, a)
	e.Product = d.name(&p.product, a)
	e.Currency = d.name(&p.currency, a)
	e.Reason = d.text(&p.reason, a)
	if e.CustomerKey = d.customer(a); e.CustomerKey == "" {
		e.CustomerKey = d.text(&p.customerKey, a)
	}
	var ok bool
	if e.Amount, ok = d.decimal(&p.amount, 2); !ok {
		return &order.Invalid{Reason: order.NumberOutOfRange, Field: "amount"}
	}
	if e.Quantity, ok = d.decimal(&p.quantity, 3); !ok {
		return &order.Invalid{Reason: order.NumberOutOfRange, Field: "quantity"}
	}
	var inv *order.Invalid
	if e.RecordedAt, inv = d.instant(&p.recordedAt, "recorded_at"); inv != nil {
		return inv
	}
	if !e.RecordedAt.Known() {
		e.RecordedAt = appended
	}
	if e.PromisedAt, inv = d.instant(&p.promisedAt, "promised_at"); inv != nil {
		return inv
	}
	if e.PromisedAt.Known() {
		kind := d.name(&p.promiseKind, a)
		e.PromiseKind = order.ParsePromiseKind(kind)
		if kind != "" && kind != e.PromiseKind.String() {
			d.unknown.note(p.promiseKinds)
		}
	}
	e.Attributes = d.attributes(a)
	return nil
}

// seal gives the event its identity and judges it.
func (d *Decoder) seal(e *order.Event, kind order.IdentityKind, slot string, appended order.Instant, a *Arena) *order.Invalid {
	d.hash.SetContent(e)
	if e.SetIdentity(d.text(&d.plan.kind.given, a)) {
		moves, err := strconv.ParseUint(d.text(&d.plan.kind.moves, a), 10, 8)
		if err == nil {
			e.Moves = uint8(moves)
		}
		return e.Validate(appended)
	}
	delivery := ""
	if kind == order.IdentityDelivery {
		delivery = d.text(&d.plan.kind.delivery, a)
		switch {
		case delivery == "":
			kind = order.IdentityContent
		case len(d.plan.dates) == 0:
			slot = "" // a delivery is one event, whatever its activity is called
		}
	}
	d.hash.SetID(e, kind, delivery, slot, 0)
	return e.Validate(appended)
}

// attributes returns the record's attributes, by name and each name once.
func (d *Decoder) attributes(a *Arena) []order.Attribute {
	n := len(d.plan.attributes)
	var members []member
	for _, w := range d.plan.wild {
		if members = d.scan.members[w]; len(members) > 0 {
			break
		}
	}
	if n += len(members); n == 0 {
		return nil
	}
	list := a.attributes(n)
	for i := range members {
		name := &members[i].name
		key, value := d.intern(name, a), d.string(&members[i].value, a)
		if key != "" {
			list = append(list, order.Attribute{Key: key, Value: value})
		}
	}
	for i := range d.plan.attributes {
		attr := &d.plan.attributes[i]
		if v := d.text(&attr.field, a); v != "" {
			list = append(list, order.Attribute{Key: attr.name, Value: v})
		}
	}
	return settle(list)
}

// settle sorts attributes by name; of several with one name the last stays, and
// none without a value.
func settle(list []order.Attribute) []order.Attribute {
	slices.SortStableFunc(list, func(x, y order.Attribute) int { return strings.Compare(x.Key, y.Key) })
	kept := list[:0]
	for i := range list {
		if last := i+1 == len(list) || list[i].Key != list[i+1].Key; last && list[i].Value != "" {
			kept = append(kept, list[i])
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// Order returns the order number of the record value, as its events have it; it is
// valid until the arena's Reset. The record need not make an event: one without a
// number gives "". Only one that is too large, no JSON object or no UTF-8 is
// invalid.
func (d *Decoder) Order(value []byte, a *Arena) (string, *order.Invalid) {
	if inv := d.record(value); inv != nil {
		return "", inv
	}
	if inv := d.compute(d.plan.numbered); inv != nil {
		return "", nil // Decode makes it a dead letter
	}
	return d.number(&d.plan.order, a), nil
}
