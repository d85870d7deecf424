package clickhouse

import (
	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/ingest/order"
)

// changeRows are changes of the ledger of exceptions.
type changeRows struct {
	block
	process, step, origin, author, assignee, team, stage, topic *dictionary
	orderID, change, reason, cause, action, note                *text
	exception, revision, at, refused, partition, offset         *fixed
	written                                                     *fixed
}

func newChangeRows() *changeRows {
	r := &changeRows{block: block{table: "exception_changes"}}
	r.process = r.name("process")
	r.orderID = r.text("order_id")
	r.exception = r.fixed("exception", "UInt64")
	r.revision = r.fixed("revision", "UInt32")
	r.change = r.text("change")
	r.step = r.name("step")
	r.origin = r.name("origin")
	r.author = r.name("author")
	r.at = r.fixed("at", typeInstant)
	r.reason = r.text("reason")
	r.cause = r.text("cause")
	r.action = r.text("action")
	r.note = r.text("note")
	r.assignee = r.name("assignee")
	r.team = r.name("team")
	r.stage = r.name("stage")
	r.refused = r.fixed("refused", "Bool")
	r.topic = r.name("topic")
	r.partition = r.fixed("partition", "UInt32")
	r.offset = r.fixed("offset", "UInt64")
	r.written = r.fixed("written_at", typeInstant)
	return r
}

func (r *changeRows) add(now order.Instant, f *exception.Facts, c *exception.Change) {
	r.rows++
	r.process.add(f.Process)
	r.orderID.add(f.OrderID)
	r.exception.u64(c.Exception)
	r.revision.u32(c.Revision)
	r.change.add(c.ID)
	r.step.add(c.Step.String())
	r.origin.add(c.Origin.String())
	r.author.add(c.Author)
	r.at.instant(order.At(c.At))
	r.reason.add(c.Reason)
	r.cause.add(c.Cause)
	r.action.add(c.Action)
	r.note.add(c.Note)
	r.assignee.add(c.Assignee)
	r.team.add(c.Team)
	r.stage.add(c.Stage)
	r.refused.bool(c.Refused)
	r.topic.add(c.Place.Topic)
	r.partition.u32(c.Place.Partition)
	r.offset.u64(uint64(c.Place.Offset))
	r.written.instant(now)
}
