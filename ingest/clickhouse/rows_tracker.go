package clickhouse

import (
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

type visitRows struct {
	block
	process, stage, outcome, owner, team, actor, currency *dictionary
	orderID, unit                                         *text
	visit, entered, live                                  *fixed
	left, due, working, limit, breached, amount           *nullable
	dims                                                  dims
	place                                                 place
}

func newVisitRows() *visitRows {
	r := &visitRows{block: block{table: "visits"}}
	r.process = r.name("process")
	r.orderID = r.text("order_id")
	r.incompressible()
	r.unit = r.text("unit")
	r.stage = r.name("stage")
	r.visit = r.fixed("visit", "UInt32")
	r.entered = r.fixed("entered_at", typeInstant)
	r.incompressible()
	r.left = r.nullable("left_at", typeInstantN)
	r.due = r.nullable("due_at", typeInstantN)
	r.working = r.nullable("working_seconds", typeSeconds)
	r.limit = r.nullable("limit_seconds", typeSeconds)
	r.breached = r.nullable("breached", typeTri)
	r.outcome = r.name("outcome")
	r.owner = r.name("owner")
	r.team = r.name("owner_team")
	r.actor = r.name("actor")
	r.dims = r.block.dims()
	r.amount = r.nullable("amount", typeMoney)
	r.currency = r.name("currency")
	r.live = r.fixed("live", "Bool")
	r.place = r.block.place()
	return r
}

func (r *visitRows) add(f *ingest.Flush, p *process.Process, v *tracker.Visit) {
	r.rows++
	r.process.add(f.Process)
	r.orderID.add(v.OrderID)
	r.unit.add(v.Unit)
	r.stage.add(stageName(p, v.Stage))
	r.visit.u32(v.Number)
	r.entered.instant(v.EnteredAt)
	r.left.instant(v.LeftAt)
	r.due.instant(v.DueAt)
	r.working.seconds(v.Working, v.LeftAt.Known())
	r.limit.seconds(v.Limit, v.Limit > 0)
	r.breached.tri(v.Breached)
	r.outcome.add(v.Outcome.String())
	r.owner.add(v.Owner)
	r.team.add(v.Team)
	r.actor.add(v.Actor)
	r.dims.add(&v.Dims)
	r.amount.decimal(v.Amount)
	r.currency.add(v.Currency)
	r.live.bool(v.Live)
	r.place.add(f, v.Revision, v.Deleted)
}

type exceptionRows struct {
	block
	process, stage, kind, severity, owner, team, causeTeam, currency *dictionary
	orderID, unit, cause                                             *text
	id, visit, opened, withdrawn, live                               *fixed
	detected, resolved, amount                                       *nullable
	dims                                                             dims
	place                                                            place
}

func newExceptionRows() *exceptionRows {
	r := &exceptionRows{block: block{table: "exceptions"}}
	r.process = r.name("process")
	r.orderID = r.text("order_id")
	r.incompressible()
	r.id = r.fixed("id", "UInt64")
	r.unit = r.text("unit")
	r.stage = r.name("stage")
	r.visit = r.fixed("visit", "UInt32")
	r.kind = r.name("kind")
	r.severity = r.name("severity")
	r.owner = r.name("owner")
	r.team = r.name("owner_team")
	r.cause = r.text("cause")
	r.causeTeam = r.name("cause_team")
	r.amount = r.nullable("amount", typeMoney)
	r.currency = r.name("currency")
	r.opened = r.fixed("opened_at", typeInstant)
	r.detected = r.nullable("detected_at", typeInstantN)
	r.resolved = r.nullable("resolved_at", typeInstantN)
	r.withdrawn = r.fixed("withdrawn", "Bool")
	r.dims = r.block.dims()
	r.live = r.fixed("live", "Bool")
	r.place = r.block.place()
	return r
}

func (r *exceptionRows) add(f *ingest.Flush, p *process.Process, x *tracker.Exception) {
	r.rows++
	r.process.add(f.Process)
	r.orderID.add(x.OrderID)
	r.id.u64(x.ID)
	r.unit.add(x.Unit)
	r.stage.add(stageName(p, x.Stage))
	r.visit.u32(x.Visit)
	r.kind.add(x.Kind)
	r.severity.add(x.Severity.String())
	r.owner.add(x.Owner)
	r.team.add(x.Team)
	r.cause.add(x.Cause)
	r.causeTeam.add(x.CauseTeam)
	r.amount.decimal(x.Amount)
	r.currency.add(x.Currency)
	r.opened.instant(x.OpenedAt)
	r.detected.instant(x.DetectedAt)
	r.resolved.instant(x.ResolvedAt)
	r.withdrawn.bool(x.Withdrawn)
	r.dims.add(&x.Dims)
	r.live.bool(x.Live)
	r.place.add(f, x.Revision, false)
}

type promiseRows struct {
	block
	process, kind *dictionary
	orderID       *text
	event, given  *fixed
	promised, due *nullable
	place         place
}

func newPromiseRows() *promiseRows {
	r := &promiseRows{block: block{table: "promises"}}
	r.process = r.name("process")
	r.orderID = r.text("order_id")
	r.incompressible()
	r.event = r.fixed("event", "UInt64")
	r.kind = r.name("kind")
	r.given = r.fixed("given_at", typeInstant)
	r.promised = r.nullable("promised_at", typeInstantN)
	r.due = r.nullable("due_at", typeInstantN)
	r.place = r.block.place()
	return r
}

func (r *promiseRows) add(f *ingest.Flush, p *tracker.Promise) {
	r.rows++
	r.process.add(f.Process)
	r.orderID.add(p.OrderID)
	r.event.u64(p.Event)
	r.kind.add(p.Kind.String())
	r.given.instant(p.GivenAt)
	r.promised.instant(p.PromisedAt)
	r.due.instant(p.DueAt)
	r.place.add(f, p.Revision, p.Deleted)
}
