package main

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// TestMonthEdge moves visits and orders over a month's edge by events that come
// late, long after their rows were written and across a restart. A store with
// partitions by month would keep the old row beside the new one for ever.
func TestMonthEdge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name, calm = "month", "month-calm"
	edge := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	event := func(id, activity string, minutes int) kafka.Message {
		return message(order.Event{OrderID: id, Activity: activity, OccurredAt: order.At(edge.Add(time.Duration(minutes) * time.Minute))})
	}
	first := []kafka.Message{
		event("left", "order.placed", -50), event("left", "order.approved", 30), // reviewed in February
		event("entered", "order.placed", 20), event("entered", "order.approved", 40),
		event("closed", "order.placed", -90), event("closed", "order.approved", -60),
		event("closed", "order.shipped", -30), event("closed", "order.delivered", 10),
	}
	late := []kafka.Message{
		event("left", "order.approved", -2), // in truth in January
		event("entered", "order.placed", -20),
		event("closed", "order.delivered", -5),
	}
	seen := func() string {
		return one(t, w.engine, "SELECT groupArray(x) FROM (SELECT (order_id, stage, formatDateTime(entered_at, '%m-%d %R'), formatDateTime(left_at, '%m-%d %R')) AS x"+
			" FROM takt.visits WHERE process = '"+name+"' AND stage IN ('review', 'transit') AND left_at IS NOT NULL ORDER BY x)") +
			" " + one(t, w.engine, "SELECT groupArray(x) FROM (SELECT (order_id, formatDateTime(opened_at, '%m-%d'), formatDateTime(closed_at, '%m-%d')) AS x"+
			" FROM takt.orders WHERE process = '"+name+"' ORDER BY order_id)")
	}
	config := w.setup(t, name, run{})
	l := w.start(t, config)
	w.untilBegun(t, name, run{})
	w.produce(t, name, first)
	w.untilStored(t, name, len(first))
	const before = "[('closed','review','01-31 22:30','01-31 23:00'),('closed','transit','01-31 23:30','02-01 00:10')," +
		"('entered','review','02-01 00:20','02-01 00:40'),('left','review','01-31 23:10','02-01 00:30')]" +
		" [('closed','01-31','02-01'),('entered','02-01',NULL),('left','01-31',NULL)]"
	if got := seen(); got != before {
		t.Errorf("before: got %s, want %s", got, before)
	}
	l.stop(t)
	l = w.start(t, config)
	w.produce(t, name, late)
	w.untilStored(t, name, len(first)+len(late))
	l.stop(t)
	const after = "[('closed','review','01-31 22:30','01-31 23:00'),('closed','transit','01-31 23:30','01-31 23:55')," +
		"('entered','review','01-31 23:40','02-01 00:40'),('left','review','01-31 23:10','01-31 23:58')]" +
		" [('closed','01-31','01-31'),('entered','01-31',NULL),('left','01-31',NULL)]"
	if got := seen(); got != after {
		t.Errorf("after: got %s, want %s", got, after)
	}
	w.calm(t, calm, append(first, late...), 0, run{})
	w.audited(t, name, config, len(first)+len(late))
	w.equal(t, name, calm)
}
