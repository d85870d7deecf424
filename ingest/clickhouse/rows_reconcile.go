package clickhouse

import "github.com/takt-orders/takt/ingest/reconcile"

const typeAmount = "Decimal(18, 2)"

// reconcileRunRows are which run of a day holds.
type reconcileRunRows struct {
	block
	process, source, channel *dictionary
	day, counted, run        *fixed
}

func newReconcileRunRows() *reconcileRunRows {
	r := &reconcileRunRows{block: block{table: "reconciliation_runs"}}
	r.process = r.name("process")
	r.source = r.name("source")
	r.day = r.fixed("day", "Date")
	r.channel = r.name("channel")
	r.counted = r.fixed("counted", "Bool")
	r.run = r.fixed("run", "UInt64")
	return r
}

func (r *reconcileRunRows) add(run int64, res *reconcile.Result, day reconcile.Day) {
	r.rows++
	r.process.add(res.Process)
	r.source.add(res.Source)
	r.day.u16(int(day))
	r.channel.add(res.Channel)
	r.counted.bool(res.Counted)
	r.run.i64(run)
}

// reconcileDayRows are what was counted.
type reconcileDayRows struct {
	block
	process, source, channel                                        *dictionary
	day, run, listed, held, missing, extra, duplicate, unlike, late *fixed
	listedAmount, heldAmount                                        *fixed
}

func newReconcileDayRows() *reconcileDayRows {
	r := &reconcileDayRows{block: block{table: "reconciliation_days"}}
	r.process = r.name("process")
	r.source = r.name("source")
	r.day = r.fixed("day", "Date")
	r.channel = r.name("channel")
	r.run = r.fixed("run", "UInt64")
	r.listed = r.fixed("listed", "UInt64")
	r.held = r.fixed("held", "UInt64")
	r.missing = r.fixed("missing", "UInt64")
	r.extra = r.fixed("extra", "UInt64")
	r.duplicate = r.fixed("duplicate", "UInt64")
	r.unlike = r.fixed("mismatch", "UInt64")
	r.late = r.fixed("late", "UInt64")
	r.listedAmount = r.fixed("listed_amount", typeAmount)
	r.heldAmount = r.fixed("held_amount", typeAmount)
	return r
}

func (r *reconcileDayRows) add(run int64, res *reconcile.Result, t *reconcile.Tally) {
	r.rows++
	r.process.add(res.Process)
	r.source.add(res.Source)
	r.day.u16(int(t.Day))
	r.channel.add(t.Channel)
	r.run.i64(run)
	r.listed.i64(t.Listed)
	r.held.i64(t.Held)
	r.missing.i64(t.Missing)
	r.extra.i64(t.Extra)
	r.duplicate.i64(t.Duplicate)
	r.unlike.i64(t.Mismatched)
	r.late.i64(t.Late)
	r.listedAmount.i64(t.ListedAmount)
	r.heldAmount.i64(t.HeldAmount)
}

// reconcileOrderRows are the orders that differ.
type reconcileOrderRows struct {
	block
	process, source, channel, kind, detail, currency *dictionary
	orderID                                          *text
	day, run                                         *fixed
	listedAmount, heldAmount                         *nullable
}

func newReconcileOrderRows() *reconcileOrderRows {
	r := &reconcileOrderRows{block: block{table: "reconciliation_orders"}}
	r.process = r.name("process")
	r.source = r.name("source")
	r.day = r.fixed("day", "Date")
	r.channel = r.name("channel")
	r.orderID = r.text("order_id")
	r.kind = r.name("kind")
	r.detail = r.name("detail")
	r.run = r.fixed("run", "UInt64")
	r.listedAmount = r.nullable("listed_amount", typeMoney)
	r.heldAmount = r.nullable("held_amount", typeMoney)
	r.currency = r.name("currency")
	return r
}

func (r *reconcileOrderRows) add(run int64, res *reconcile.Result, d *reconcile.Difference) {
	r.rows++
	r.process.add(res.Process)
	r.source.add(res.Source)
	r.day.u16(int(d.Day))
	r.channel.add(d.Channel)
	r.orderID.add(d.Order)
	r.kind.add(string(d.Kind))
	r.detail.add(d.Detail)
	r.run.i64(run)
	r.listedAmount.decimal(d.ListedAmount)
	r.heldAmount.decimal(d.HeldAmount)
	r.currency.add(d.Currency)
}
