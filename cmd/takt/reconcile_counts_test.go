package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

// TestReconcileCounted: a source's events that count its orders open none, are kept, and
// the newest of each day is compared.
func TestReconcileCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "reconcilecounted"
	config := w.setup(t, name, run{partitions: 2, every: 50 * time.Millisecond, source: ", reconcile: {counts: true, every: 1s}"})
	day := func(ago int) string { return time.Now().UTC().AddDate(0, 0, -ago).Format(time.DateOnly) }
	event := func(id, activity, at, more string) kafka.Message {
		return kafka.Message{Key: []byte(id), Value: fmt.Appendf(nil, `{"order_id":%q,"activity":%q,"occurred_at":%q,"channel":"web"%s}`, id, activity, at, more)}
	}
	count := func(id, at, day, orders, amount string) kafka.Message {
		return event(id, "orders.counted", at, fmt.Sprintf(`,"amount":%s,"attributes":{"day":%q,"orders":%q}`, amount, day, orders))
	}
	var log []kafka.Message
	for i := range 3 {
		log = append(log, event(fmt.Sprint("SO-", i), "order.placed", fmt.Sprintf("%sT0%d:00:00Z", day(3), i), `,"amount":10`))
	}
	later := count("count-1", day(1)+"T02:00:00Z", day(3), "4", "40.50")
	w.produce(t, name, append(log,
		later, count("count-0", day(2)+"T02:00:00Z", day(3), "9", "90"), later, // the newest holds, whenever it comes
		count("count-2", day(1)+"T02:00:00Z", day(2), "0", "0"),
		count("count-3", day(1)+"T02:00:00Z", "soon", "1", "1"), count("count-4", day(1)+"T02:00:00Z", day(2), "many", "1"),
	))
	l := w.start(t, config)
	daily := "SELECT format('{} {} {} {} {} {} {}', channel, listed, held, missing, extra, listed_amount, held_amount) FROM takt.reconciliation_daily WHERE process = '" + name + "' AND day = '" + day(3) + "'"
	w.until(t, name, "web 4 3 1 0 40.5 30", daily)
	for query, want := range map[string]string{
		"SELECT count() FROM takt.orders WHERE process = '" + name + "'":                                                     "3",
		"SELECT count() FROM takt.visits WHERE process = '" + name + "' AND order_id LIKE 'count%'":                          "0",
		"SELECT count() FROM takt.events WHERE process = '" + name + "' AND activity = 'orders.counted'":                     "3",
		"SELECT arrayStringConcat(arraySort(groupArray(reason)), ' ') FROM takt.dead_letters WHERE process = '" + name + "'": "bad_time number_out_of_range",
	} {
		if got := one(t, w.engine, query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	// The next life begins where this one ended, and takes the lost order and another count.
	l.stop(t)
	w.produce(t, name, []kafka.Message{
		event("SO-3", "order.placed", day(3)+"T04:00:00Z", `,"amount":10.5`), count("count-0", day(1)+"T03:00:00Z", day(3), "5", "40.50"),
	})
	l = w.start(t, config)
	w.until(t, name, "web 5 4 1 0 40.5 40.5", daily)
	l.stop(t)
	if out, err := command(t, w.env(), "-c", config, "audit").CombinedOutput(); err != nil {
		t.Errorf("audit: %v\n%s", err, out)
	}
}
