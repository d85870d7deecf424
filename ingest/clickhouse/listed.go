package clickhouse

import (
	"fmt"
	"maps"
	"slices"
	"time"

	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/shopspring/decimal"

	"github.com/takt-orders/takt/ingest/order"
)

// listed is an event read back from its columns.
type listed struct {
	event  order.Event
	offset int64
	live   bool
}

// list reads the rows back by the driver's own columns. Only a refusal needs that:
// else an event is kept as columns alone.
func (r *eventRows) list() ([]listed, error) {
	theirs := proto.NewBlock()
	for i, name := range r.names {
		if err := theirs.AddColumn(name, chcolumn.Type(r.types[i])); err != nil {
			return nil, fmt.Errorf("read events back: %w", err)
		}
	}
	if err := r.fill(theirs.Columns); err != nil {
		return nil, fmt.Errorf("read events back: %w", err)
	}
	cols := map[string]chcolumn.Interface{}
	for i, name := range r.names {
		cols[name] = theirs.Columns[i]
	}
	list := make([]listed, r.rows)
	for i := range list {
		list[i] = listedAt(cols, i)
	}
	return list, nil
}

func listedAt(cols map[string]chcolumn.Interface, i int) listed {
	text := func(name string) string { return cols[name].Row(i, false).(string) }
	instant := func(name string) order.Instant {
		switch v := cols[name].Row(i, false).(type) {
		case time.Time:
			return order.At(v)
		case *time.Time:
			if v != nil {
				return order.At(*v)
			}
		}
		return 0
	}
	number := func(name string, digits int32) order.Decimal {
		if v := cols[name].Row(i, false).(*decimal.Decimal); v != nil {
			return order.Decimal{Units: v.Shift(digits).IntPart(), Valid: true}
		}
		return order.Decimal{}
	}
	l := listed{
		event: order.Event{
			Content: cols["content"].Row(i, false).(uint64), OrderID: text("order_id"), SourceOrder: text("source_order"), Unit: text("unit"),
			Process: text("process"), Source: text("source"), Channel: text("channel"), Activity: text("activity"),
			OccurredAt: instant("occurred_at"), RecordedAt: instant("recorded_at"), Actor: text("actor"), Owner: text("owner"),
			Region: text("region"), Warehouse: text("warehouse"), Carrier: text("carrier"), Supplier: text("supplier"), Product: text("product"),
			CustomerKey: text("customer_key"), Amount: number("amount", 2), Currency: text("currency"), Quantity: number("quantity", 3),
			PromisedAt: instant("promised_at"), PromiseKind: order.ParsePromiseKind(text("promise_kind")), Reason: text("reason"),
		},
		offset: int64(cols["offset"].Row(i, false).(uint64)),
		live:   cols["live"].Row(i, false).(bool),
	}
	copy(l.event.ID[:], text("event_id"))
	l.event.Moves = cols["moves"].Row(i, false).(uint8)
	attributes := cols["attributes"].Row(i, false).(map[string]string)
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		l.event.Attributes = append(l.event.Attributes, order.Attribute{Key: key, Value: attributes[key]})
	}
	return l
}
