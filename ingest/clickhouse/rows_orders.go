package clickhouse

import (
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

type orderRows struct {
	block
	process, status, stageNow, ownerNow, currency                     *dictionary
	orderID, customer, state                                          *text
	opened, exceptions, reopened, live, late, ignored, tracked, flush *fixed
	closed, promised, due, promisedFirst, firstDue, requested         *nullable
	kept, firstKept, amount                                           *nullable
	stageNames                                                        *dictionary
	stages                                                            *array
	dims                                                              dims
	open                                                              openVisits
	place                                                             place
}

func newOrderRows() *orderRows {
	r := &orderRows{block: block{table: "orders"}, stageNames: newDictionary()}
	r.process = r.name("process")
	r.orderID = r.text("order_id")
	r.incompressible()
	r.status = r.name("status")
	r.opened = r.fixed("opened_at", typeInstant)
	r.incompressible()
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
	r.incompressible()
	r.dims = r.block.dims()
	r.stages = r.array("stages", typeName, r.stageNames)
	r.exceptions = r.fixed("exceptions", "UInt32")
	r.reopened = r.fixed("reopened", "UInt32")
	r.live = r.fixed("live", "Bool")
	r.firstDue = r.nullable("promise_first_due_at", typeInstantN)
	r.requested = r.nullable("promised_requested_at", typeInstantN)
	r.firstKept = r.nullable("promise_first_kept", typeTri)
	r.late = r.fixed("late_records", "UInt32")
	r.ignored = r.fixed("ends_ignored", "UInt32")
	r.open = newOpenVisits(&r.block)
	r.tracked = r.fixed("tracked", "Bool")
	r.flush = r.fixed("flush", "UInt64")
	r.state = r.text("state")
	r.incompressible()
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
	r.ignored.u32(o.EndsIgnored)
	r.open.add(p, o.Open)
	r.tracked.bool(o.Tracked)
	r.flush.i64(f.Number)
	r.state.bytes(o.State)
	r.place.add(f, o.Revision, false)
}

// openVisits are the visits not left of one order: takt.visits joins them with the
// closed ones. What an open visit shares with its order stands in the order's row.
type openVisits struct {
	list                      *array
	unit                      *text
	stage, owner, team, actor *dictionary
	visit, entered, live      *fixed
	due, limit, breached      *nullable
}

func newOpenVisits(b *block) openVisits {
	c := openVisits{
		unit: &text{}, stage: newDictionary(), owner: newDictionary(), team: newDictionary(), actor: newDictionary(),
		visit: &fixed{}, entered: &fixed{}, live: &fixed{}, due: &nullable{}, limit: &nullable{}, breached: &nullable{},
	}
	t := &tuple{}
	c.list = b.array("open", t.with("unit", "String", c.unit).with("stage", typeName, c.stage).with("visit", "UInt32", c.visit).
		with("entered_at", typeInstant, c.entered).with("due_at", typeInstantN, c.due).with("limit_seconds", typeSeconds, c.limit).
		with("breached", typeTri, c.breached).with("owner", typeName, c.owner).with("owner_team", typeName, c.team).
		with("actor", typeName, c.actor).with("live", "Bool", c.live).typ(), t)
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
		c.live.bool(v.Live)
	}
	c.list.close(len(visits))
}
