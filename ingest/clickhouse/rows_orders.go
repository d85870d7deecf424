package clickhouse

import (
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

type orderRows struct {
	block
	process, status, stageNow, ownerNow, currency             *dictionary
	orderID, customer, state                                  *text
	opened, exceptions, reopened, live, late, tracked, flush  *fixed
	closed, promised, due, promisedFirst, firstDue, requested *nullable
	kept, firstKept, amount                                   *nullable
	stageNames                                                *dictionary
	stages                                                    *array
	dims                                                      dims
	open                                                      openVisits
	place                                                     place
}

func newOrderRows() *orderRows {
	r := &orderRows{block: block{table: "orders"}, stageNames: newDictionary()}
	r.process = r.name("process")
	r.orderID = r.text("order_id")
	r.status = r.name("status")
	r.opened = r.fixed("opened_at", typeInstant)
	r.closed = r.nullable("closed_at", typeInstantN)
	r.stageNow = r.name("stage_now")
	r.ownerNow = r.name("owner_now")
	r.promised = r.nullable("promised_at", typeInstantN)
	r.due = r.nullable("promise_due_at", typeInstantN)
	r.promisedFirst = r.nullable("promised_first_at", typeInstantN)
	r.kept = r.nullable("promise_kept", typeTri)
	r.amount = r.nullable("amount", typeMoney)
	r.currency = r.name("currency")
	r.customer = r.text("customer_key")
	r.dims = r.block.dims()
	r.stages = r.array("stages", typeName, r.stageNames)
	r.exceptions = r.fixed("exceptions", "UInt32")
	r.reopened = r.fixed("reopened", "UInt32")
	r.live = r.fixed("live", "Bool")
	r.firstDue = r.nullable("promise_first_due_at", typeInstantN)
	r.requested = r.nullable("promised_requested_at", typeInstantN)
	r.firstKept = r.nullable("promise_first_kept", typeTri)
	r.late = r.fixed("late_records", "UInt32")
	r.open = newOpenVisits(&r.block)
	r.tracked = r.fixed("tracked", "Bool")
	r.flush = r.fixed("flush", "UInt64")
	r.state = r.text("state")
	r.place = r.block.place()
	return r
}

func (r *orderRows) add(f *ingest.Flush, p *process.Process, o *tracker.Order) {
	r.rows++
	r.process.add(f.Process)
	r.orderID.add(o.ID)
	r.status.add(o.Status.String())
	r.opened.instant(o.OpenedAt)
	r.closed.instant(o.ClosedAt)
	r.stageNow.add(stageName(p, o.StageNow))
	r.ownerNow.add(o.OwnerNow)
	r.promised.instant(o.PromisedAt)
	r.due.instant(o.PromiseDueAt)
	r.promisedFirst.instant(o.PromisedFirstAt)
	r.kept.tri(o.PromiseKept)
	r.amount.decimal(o.Amount)
	r.currency.add(o.Currency)
	r.customer.add(o.CustomerKey)
	r.dims.add(&o.Dims)
	for _, s := range o.Stages {
		r.stageNames.add(stageName(p, int(s)))
	}
	r.stages.close(len(o.Stages))
	r.exceptions.u32(o.Exceptions)
	r.reopened.u32(o.Reopened)
	r.live.bool(o.Live)
	r.firstDue.instant(o.PromiseFirstDue)
	r.requested.instant(o.PromisedRequest)
	r.firstKept.tri(o.PromiseFirstKept)
	r.late.u32(o.LateRecords)
	r.open.add(p, o.Open)
	r.tracked.bool(o.Tracked)
	r.flush.i64(f.Number)
	r.state.bytes(o.State)
	r.place.add(f, o.Revision, false)
}

// openVisits are the visits not left of one order, as parallel arrays: takt.visits
// joins them with the closed ones.
type openVisits struct {
	arrays                              []*array
	unit                                *text
	stage, owner, team, actor, currency *dictionary
	visit, entered, live                *fixed
	due, limit, breached, amount        *nullable
	dims                                dims
}

func newOpenVisits(b *block) openVisits {
	var c openVisits
	add := func(name, inner string, col column) {
		c.arrays = append(c.arrays, b.array("open_"+name, inner, col))
	}
	name := func(s string) *dictionary {
		d := newDictionary()
		add(s, typeName, d)
		return d
	}
	number := func(s, typ string) *fixed {
		n := &fixed{}
		add(s, typ, n)
		return n
	}
	optional := func(s, typ string) *nullable {
		n := &nullable{}
		add(s, typ, n)
		return n
	}
	c.unit = &text{}
	add("unit", "String", c.unit)
	c.stage = name("stage")
	c.visit = number("visit", "UInt32")
	c.entered = number("entered_at", typeInstant)
	c.due = optional("due_at", typeInstantN)
	c.limit = optional("limit_seconds", typeSeconds)
	c.breached = optional("breached", typeTri)
	c.owner = name("owner")
	c.team = name("owner_team")
	c.actor = name("actor")
	c.dims = dims{
		channel: name("channel"), region: name("region"), warehouse: name("warehouse"), carrier: name("carrier"),
		supplier: name("supplier"), product: name("product"), source: name("source"),
	}
	c.amount = optional("amount", typeMoney)
	c.currency = name("currency")
	c.live = number("live", "Bool")
	return c
}

func (c *openVisits) add(p *process.Process, visits []tracker.Visit) {
	for i := range visits {
		v := &visits[i]
		c.unit.add(v.Unit)
		c.stage.add(stageName(p, v.Stage))
		c.visit.u32(v.Number)
		c.entered.instant(v.EnteredAt)
		c.due.instant(v.DueAt)
		c.limit.seconds(v.Limit, v.Limit > 0)
		c.breached.tri(v.Breached)
		c.owner.add(v.Owner)
		c.team.add(v.Team)
		c.actor.add(v.Actor)
		c.dims.add(&v.Dims)
		c.amount.decimal(v.Amount)
		c.currency.add(v.Currency)
		c.live.bool(v.Live)
	}
	for _, a := range c.arrays {
		a.close(len(visits))
	}
}
