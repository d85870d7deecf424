package clickhouse

import (
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
)

// eventRows are the events of one flush.
type eventRows struct {
	block
	f                                       *ingest.Flush
	id, content                             *fixed
	orderID, sourceOrder, unit              *text
	process, activity, actor, owner         *dictionary
	dims                                    dims
	occurred                                *fixed
	recorded, promised                      *nullable
	customer, reason                        *text
	amount, quantity                        *nullable
	currency, promiseKind, topic            *dictionary
	attributes                              *pairs
	partition, epoch, offset, live, deleted *fixed
	moves                                   *fixed
}

func newEventRows() *eventRows {
	r := &eventRows{block: block{table: "events"}}
	r.id = r.fixed("event_id", "FixedString(16)")
	r.incompressible()
	r.content = r.fixed("content", "UInt64")
	r.incompressible()
	r.orderID = r.text("order_id")
	r.incompressible()
	r.sourceOrder = r.text("source_order")
	r.incompressible()
	r.unit = r.text("unit")
	r.process = r.name("process")
	r.activity = r.name("activity")
	r.occurred = r.fixed("occurred_at", typeInstant)
	r.incompressible()
	r.recorded = r.nullable("recorded_at", typeInstantN)
	r.actor = r.name("actor")
	r.owner = r.name("owner")
	r.dims = r.block.dims()
	r.customer = r.text("customer_key")
	r.incompressible()
	r.amount = r.nullable("amount", typeMoney)
	r.currency = r.name("currency")
	r.quantity = r.nullable("quantity", "Nullable(Decimal(18, 3))")
	r.promised = r.nullable("promised_at", typeInstantN)
	r.promiseKind = r.name("promise_kind")
	r.reason = r.text("reason")
	r.attributes = newPairs()
	r.with("attributes", "Map(LowCardinality(String), String)", r.attributes)
	r.topic = r.name("topic")
	r.partition = r.fixed("partition", "UInt32")
	r.epoch = r.fixed("epoch", "UInt16")
	r.offset = r.fixed("offset", "UInt64")
	r.incompressible()
	r.live = r.fixed("live", "Bool")
	r.deleted = r.fixed("deleted", "UInt8")
	r.moves = r.fixed("moves", "UInt8")
	return r
}

var _ ingest.Events = (*eventRows)(nil)

// Len is ingest.Events'.
func (r *eventRows) Len() int { return r.rows }

// Add is ingest.Events'.
func (r *eventRows) Add(e *order.Event, offset int64, live bool) {
	f := r.f
	r.rows++
	r.id.buf = append(r.id.buf, e.ID[:]...)
	r.content.u64(e.Content)
	r.orderID.add(e.OrderID)
	r.sourceOrder.add(e.SourceOrder)
	r.unit.add(e.Unit)
	r.process.add(e.Process)
	r.activity.add(e.Activity)
	r.occurred.instant(e.OccurredAt)
	r.recorded.instant(e.RecordedAt)
	r.actor.add(e.Actor)
	r.owner.add(e.Owner)
	r.dims.channel.add(e.Channel)
	r.dims.region.add(e.Region)
	r.dims.warehouse.add(e.Warehouse)
	r.dims.carrier.add(e.Carrier)
	r.dims.supplier.add(e.Supplier)
	r.dims.product.add(e.Product)
	r.dims.source.add(e.Source)
	r.customer.add(e.CustomerKey)
	r.amount.decimal(e.Amount)
	r.currency.add(e.Currency)
	r.quantity.decimal(e.Quantity)
	r.promised.instant(e.PromisedAt)
	r.promiseKind.add(e.PromiseKind.String())
	r.reason.add(e.Reason)
	r.attributes.add(e.Attributes)
	r.topic.add(f.Topic)
	r.partition.u32(f.Partition)
	r.epoch.u16(f.Epoch)
	r.offset.i64(offset)
	r.live.bool(live)
	r.deleted.bool(e.Retracted())
	r.moves.buf = append(r.moves.buf, e.Moves)
}

type deadRows struct {
	block
	source, topic, process, reason, field *dictionary
	partition, epoch, offset, written     *fixed
	appended                              *nullable
	key, value                            *text
}

func newDeadRows() *deadRows {
	r := &deadRows{block: block{table: "dead_letters"}}
	r.source = r.name("source")
	r.topic = r.name("topic")
	r.partition = r.fixed("partition", "UInt32")
	r.epoch = r.fixed("epoch", "UInt16")
	r.offset = r.fixed("offset", "UInt64")
	r.appended = r.nullable("appended_at", typeInstantN)
	r.reason = r.name("reason")
	r.field = r.name("field")
	r.key = r.text("key")
	r.value = r.text("value")
	r.process = r.name("process")
	r.written = r.fixed("written_at", typeInstant)
	return r
}

func (r *deadRows) add(f *ingest.Flush, d *ingest.DeadLetter) {
	r.rows++
	r.source.add(f.Source)
	r.topic.add(f.Topic)
	r.partition.u32(f.Partition)
	r.epoch.u16(f.Epoch)
	r.offset.i64(d.Offset)
	r.appended.instant(d.Append)
	r.reason.add(d.Reason.String())
	r.field.add(d.Field)
	r.key.bytes(d.Key)
	r.value.bytes(d.Value)
	r.process.add(f.Process)
	r.written.instant(f.WrittenAt)
}

type progressRows struct {
	block
	topic, source, process, writer                                                                        *dictionary
	partition, epoch, first, next, flush, historyEnd, leader, lastOffset, lastAppend, written, partitions *fixed
	records, stored, dead, duplicate, tombstone, ignored, events, history                                 *fixed
}

func newProgressRows() *progressRows {
	r := &progressRows{block: block{table: "progress"}}
	r.topic = r.name("topic")
	r.partition = r.fixed("partition", "UInt32")
	r.epoch = r.fixed("epoch", "UInt16")
	r.first = r.fixed("first_offset", "UInt64")
	r.next = r.fixed("next_offset", "UInt64")
	r.records = r.fixed("records", "UInt64")
	r.stored = r.fixed("stored", "UInt64")
	r.dead = r.fixed("dead", "UInt64")
	r.duplicate = r.fixed("duplicate", "UInt64")
	r.tombstone = r.fixed("tombstone", "UInt64")
	r.ignored = r.fixed("ignored", "UInt64")
	r.events = r.fixed("events", "UInt64")
	r.history = r.fixed("history", "UInt64")
	r.partitions = r.fixed("partitions", "UInt32")
	r.source = r.name("source")
	r.process = r.name("process")
	r.writer = r.name("writer")
	r.flush = r.fixed("flush", "UInt64")
	r.historyEnd = r.fixed("history_end", "UInt64")
	r.leader = r.fixed("leader_epoch", "Int32")
	r.lastOffset = r.fixed("last_offset", "Int64")
	r.lastAppend = r.fixed("last_append", "Int64")
	r.written = r.fixed("written_at", typeInstant)
	return r
}

func (r *progressRows) add(f *ingest.Flush, writer string) {
	r.rows++
	r.topic.add(f.Topic)
	r.partition.u32(f.Partition)
	r.epoch.u16(f.Epoch)
	r.first.i64(f.First)
	r.next.i64(f.Next)
	r.records.i64(f.Counts.Records)
	r.stored.i64(f.Counts.Stored)
	r.dead.i64(f.Counts.Dead)
	r.duplicate.i64(f.Counts.Duplicate)
	r.tombstone.i64(f.Counts.Tombstone)
	r.ignored.i64(f.Counts.Ignored)
	r.events.i64(f.Counts.Events)
	r.history.i64(f.Counts.History)
	r.partitions.u32(f.Partitions)
	r.source.add(f.Source)
	r.process.add(f.Process)
	r.writer.add(writer)
	r.flush.i64(f.Number)
	r.historyEnd.i64(f.HistoryEnd)
	r.leader.u32(int(f.Leader))
	r.lastOffset.i64(f.Last.Offset)
	r.lastAppend.i64(int64(f.Last.Append))
	r.written.instant(f.WrittenAt)
}
