package clickhouse

import (
	"context"
	"fmt"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/ingest/order"
)

// What only counts orders is no event of one. What came live is taken for when it was recorded, history for when it happened: the
// log's own time is not stored.
const storedEvents = `
WITH toUnixTimestamp64Milli(if(live, ifNull(recorded_at, occurred_at), occurred_at)) AS reached
SELECT reached, live, moves, event_id, order_id, source_order, unit, source, channel, activity,
    toUnixTimestamp64Milli(occurred_at), ifNull(toUnixTimestamp64Milli(recorded_at), 0) AS recorded,
    actor, owner, region, warehouse, carrier, supplier, product, customer_key,
    amount IS NOT NULL, ifNull(toInt64(toDecimal128(amount, 2) * 100), 0), currency,
    quantity IS NOT NULL, ifNull(toInt64(toDecimal128(quantity, 3) * 1000), 0),
    ifNull(toUnixTimestamp64Milli(promised_at), 0), promise_kind, reason, mapKeys(attributes), mapValues(attributes)
FROM takt_store.events FINAL
WHERE activity != '` + order.Counted + `' AND process = ? AND `

// sortBytes is what the server sorts in memory; beyond, it uses its disk.
const sortBytes = 512 << 20

// Events calls fn with each stored event of the process that reached Takt in [from,
// until), and when it did, in that order. The event is valid during the call.
func (db *DB) Events(ctx context.Context, process string, from, until time.Time, fn func(at order.Instant, e *order.Event) error) error {
	ctx = driver.Context(ctx, driver.WithSettings(driver.Settings{"max_bytes_before_external_sort": sortBytes}))
	return db.storedEvents(ctx, func(at order.Instant, _ bool, e *order.Event) error { return fn(at, e) },
		storedEvents+"reached >= ? AND reached < ? ORDER BY reached, partition, offset, event_id", process, from.UnixMilli(), until.UnixMilli())
}

// EventsOf calls fn with each stored event of the orders, and whether it came live.
// The event is valid during the call.
func (db *DB) EventsOf(ctx context.Context, process string, orders []string, fn func(live bool, e *order.Event) error) error {
	var h order.Hasher
	return db.storedEvents(ctx, func(_ order.Instant, live bool, e *order.Event) error {
		// Which of the other kinds it was makes no difference from here on.
		id := e.ID
		h.SetContent(e)
		if h.SetID(e, order.IdentityContent, "", "", 0); e.ID != id {
			e.ID, e.Identity = id, order.IdentityDelivery
		}
		return fn(live, e)
	}, storedEvents+"order_id IN ? ORDER BY partition, offset, event_id", process, orders)
}

func (db *DB) storedEvents(ctx context.Context, fn func(at order.Instant, live bool, e *order.Event) error, query string, args ...any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.conn.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read stored events: %w", halted(err))
	}
	defer rows.Close()
	for rows.Next() {
		e := order.Event{Process: args[0].(string)}
		var at, occurred, recorded, promised int64
		var id, kind string
		var live bool
		var amount, quantity uint8
		var keys, values []string
		if err := rows.Scan(&at, &live, &e.Moves, &id, &e.OrderID, &e.SourceOrder, &e.Unit, &e.Source, &e.Channel, &e.Activity, &occurred, &recorded,
			&e.Actor, &e.Owner, &e.Region, &e.Warehouse, &e.Carrier, &e.Supplier, &e.Product, &e.CustomerKey,
			&amount, &e.Amount.Units, &e.Currency, &quantity, &e.Quantity.Units, &promised, &kind, &e.Reason, &keys, &values); err != nil {
			return fmt.Errorf("read stored events: %w", err)
		}
		copy(e.ID[:], id)
		e.OccurredAt, e.RecordedAt, e.PromisedAt = order.Instant(occurred), order.Instant(recorded), order.Instant(promised)
		e.Amount.Valid, e.Quantity.Valid = amount != 0, quantity != 0
		if kind != "" { // else no promise is told
			e.PromiseKind = order.ParsePromiseKind(kind)
		}
		for i, key := range keys {
			e.Attributes = append(e.Attributes, order.Attribute{Key: key, Value: values[i]})
		}
		if err := fn(order.Instant(at), live, &e); err != nil {
			cancel()
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read stored events: %w", halted(err))
	}
	return nil
}
