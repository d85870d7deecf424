package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// TestVisible measures how long after an event its row is visible and its metric
// has moved, under some load and with the flush interval as it comes. It does not
// run beside others, which would be measured too.
func TestVisible(t *testing.T) {
	w := newWorld(t)
	const name, probes = "visible", 8
	r := run{every: time.Second, process: promptProcess}
	config := w.setup(t, name, r)
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	l.ready(t)
	enough := make(chan struct{})
	var load sync.WaitGroup
	load.Go(func() {
		for n := 0; ; {
			var batch []kafka.Message
			for range 100 {
				batch = append(batch, message(order.Event{OrderID: fmt.Sprintf("SO-%d", n), Activity: "order.placed", OccurredAt: order.At(time.Now())}))
				n++
			}
			w.produce(t, name, batch)
			select {
			case <-enough:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	var rows, metrics []time.Duration
	for i := range probes {
		id, at := fmt.Sprintf("PROBE-%d", i), time.Now()
		e := order.Event{OrderID: id, SourceOrder: id, Channel: "probe", Activity: "order.placed", OccurredAt: order.At(at)}
		w.produce(t, name, []kafka.Message{{Key: []byte(id), Value: e.AppendJSON(nil, "")}})
		var row, metric time.Duration
		for row == 0 || metric == 0 {
			if metric == 0 && l.metric(t, `takt_orders_opened_total{channel="probe"`) == float64(i+1) {
				metric = time.Since(at)
			}
			if row == 0 && one(t, w.engine, "SELECT count() FROM takt.orders WHERE process = '"+name+"' AND order_id = '"+id+"'") == "1" {
				row = time.Since(at)
			}
			if time.Since(at) > 10*time.Second {
				t.Fatalf("after 10 s, row visible: %v, metric moved: %v", row > 0, metric > 0)
			}
			time.Sleep(20 * time.Millisecond)
		}
		rows, metrics = append(rows, row), append(metrics, metric)
	}
	close(enough)
	load.Wait()
	l.stop(t)
	slices.Sort(rows)
	slices.Sort(metrics)
	t.Logf("after an event: row visible median %v, worst %v; metric moved median %v, worst %v",
		rows[probes/2].Round(time.Millisecond), rows[probes-1].Round(time.Millisecond),
		metrics[probes/2].Round(time.Millisecond), metrics[probes-1].Round(time.Millisecond))
}
