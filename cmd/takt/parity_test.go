package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

var parityLine = regexp.MustCompile(`(?m)^takt_parity_difference\{figure="(\w+)",.*\} (\S+)$`)

// parity waits until all figures have been compared with their views and returns how far
// each is off.
func (l *life) parity(t *testing.T) map[string]float64 {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		resp, err := http.Get("http://" + l.find(servedLine) + "/metrics")
		if err != nil {
			t.Fatalf("scrape: %v\n%s", err, tail(l.log.String()))
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		http.DefaultClient.CloseIdleConnections()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]float64{}
		for _, m := range parityLine.FindAllStringSubmatch(string(text), -1) {
			v, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			found[m[1]] = v
		}
		if len(found) == 6 {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 90 s: %v\n%s", found, tail(l.log.String()))
		}
	}
}

// TestParity compares what is exported with the views: orders in every stage, on time,
// overdue and late, in four partitions of which two instances have two each. A row that
// no tracker knows is noticed, by the one that has its partition.
func TestParity(t *testing.T) {
	w := newWorld(t)
	const name = "parity"
	r := run{every: time.Second, assignment: "static, instance: 0, instances: 2"}
	first := w.setup(t, name, r)
	r.assignment = "static, instance: 1, instances: 2"
	second := t.TempDir() + "/takt.yaml"
	configure(t, second, name, r)
	var log []kafka.Message
	now := time.Now()
	for i := range 400 {
		e := order.Event{OrderID: fmt.Sprintf("SO-%d", i), Activity: "order.placed", OccurredAt: order.At(now.Add(-time.Duration(i) * 10 * time.Minute))}
		e.PromisedAt = e.OccurredAt.Add(24 * time.Hour)
		for step, activity := range []string{"order.placed", "order.approved", "order.shipped", "order.delivered"}[:1+i%4] {
			e.Activity = activity
			e.OccurredAt = e.OccurredAt.Add(time.Duration(step) * time.Minute)
			log = append(log, message(e))
		}
	}
	one, two := w.start(t, first), w.start(t, second)
	w.untilBegun(t, name, run{})
	w.produce(t, name, log)
	w.untilStored(t, name, len(log))
	for _, l := range []*life{one, two} {
		if open := l.metric(t, "takt_orders_open"); open < 50 {
			t.Errorf("got %v open orders, want about 150", open)
		}
		if late := l.metric(t, `takt_stage_orders`); late < 50 {
			t.Errorf("got %v visits", late)
		}
		for figure, d := range l.parity(t) {
			if d != 0 {
				t.Errorf("%s is %v off", figure, d)
			}
		}
		l.stop(t)
	}
	one = w.start(t, first)
	one.ready(t)
	insert := "INSERT INTO takt_store.orders (process, order_id, status, opened_at, topic, partition, open, applied_offset)" +
		" VALUES ('" + name + "', 'unknown', 'open', now64(3), '" + name + "', 0, [('', 'review', 1, now64(3), now64(3), 60, true, '', '', '', true)], 1)" // instance 0 has partition 0
	resp, err := http.Post("http://"+w.engine+"/?user=takt_writer", "text/plain", strings.NewReader(insert))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	found := one.parity(t)
	for figure, want := range map[string]float64{"orders_open": 1, "orders_late": 0, "stage_orders": 1, "stage_overdue": 1, "exceptions_open": 0} {
		if found[figure] != want {
			t.Errorf("%s: got %v off, want %v: %v", figure, found[figure], want, found)
		}
	}
	one.stop(t)
}
