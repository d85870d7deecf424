package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

const slowProcess = `
process: %[1]s
title: {en: Slow, zh: 缓慢}
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.delivered]}
stages:
  - {name: review, title: {en: Review, zh: 审核}, starts_on: [order.placed], ends_on: [order.delivered], limit: {within: 4s, of: wall, objective: 95%%, warn_at: 50%%}, stuck_after: 6s}
`

// TestTimeOnlyFlushes kills the service within flushes that no record caused:
// deadlines that pass. They cover no offsets, so that neither offsets nor tokens
// tell a repeat; each exception must stand there once all the same.
func TestTimeOnlyFlushes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		name   = "time-only"
		orders = 60 // half a minute of deadlines: seven lives have to begin within
		apart  = 500 * time.Millisecond
	)
	r := run{partitions: 1, every: 50 * time.Millisecond, process: slowProcess}
	config := w.setup(t, name, r)
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	// All are in the log at once, dated into the next seconds: from then on there is only time.
	began := time.Now().Truncate(time.Millisecond)
	var log []kafka.Message
	for i := range orders {
		log = append(log, message(order.Event{OrderID: fmt.Sprintf("SO-%02d", i), Activity: "order.placed", OccurredAt: order.At(began.Add(time.Duration(i) * apart))}))
	}
	w.produce(t, name, log)
	w.untilStored(t, name, orders)
	l.kill()
	flushes := func() string {
		return one(t, w.engine, "SELECT max(flush) FROM takt_store.progress WHERE topic = '"+name+"'")
	}
	first := flushes()
	for _, point := range []string{
		"after:progress@3", // the first is recovery's
		"after:exceptions@1", "inside:exceptions@1", "before:progress@3", "after:orders@2", "after:progress@2",
	} {
		l := w.start(t, config, "--failpoint", point)
		select {
		case <-l.done:
			if status, ok := l.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("%s: the service ended by itself: %v\n%s", point, l.err, tail(l.log.String()))
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: no flush came there\n%s", point, tail(l.log.String()))
		}
	}
	if time.Since(began) > orders*apart+6*time.Second {
		t.Log("the machine is slow: the last deadlines passed before the last life")
	}
	l = w.start(t, config)
	w.until(t, name, fmt.Sprint(orders), "SELECT uniqExact(order_id) FROM takt.exceptions WHERE kind = 'stuck' AND process = '"+name+"'")
	l.ready(t)
	if last := flushes(); last == first {
		t.Errorf("no flush was made after the one numbered %s", first)
	}
	pair, each := fmt.Sprintf("%d %[1]d", orders), fmt.Sprintf("%d %[1]d %[1]d", orders)
	for sql, want := range map[string]string{
		// Each kind once per order, at the very instant of its rule.
		"SELECT count(), uniqExact(order_id), countIf(toUnixTimestamp64Milli(opened_at) = entered + 2000 AND toUnixTimestamp64Milli(resolved_at) = entered + 4000) FROM x WHERE kind = 'at_risk'": each,
		"SELECT count(), uniqExact(order_id), countIf(toUnixTimestamp64Milli(opened_at) = entered + 4000 AND resolved_at IS NULL) FROM x WHERE kind = 'overdue'":                                  each,
		"SELECT count(), uniqExact(order_id), countIf(toUnixTimestamp64Milli(opened_at) = entered + 6000 AND resolved_at IS NULL) FROM x WHERE kind = 'stuck'":                                    each,
		"SELECT count(), countIf(withdrawn), countIf(NOT live) FROM x": fmt.Sprintf("%d 0 0", 3*orders),
	} {
		x := fmt.Sprintf("WITH x AS (SELECT *, %d + toUInt64(substring(order_id, 4)) * %d AS entered FROM takt.exceptions WHERE process = '%s') ",
			began.UnixMilli(), apart.Milliseconds(), name)
		w.until(t, name, tabbed(want), x+sql)
	}
	for sql, want := range map[string]string{
		"SELECT count(), countIf(exceptions = 3) FROM takt.orders WHERE process = '" + name + "'":                pair,
		"SELECT count(), countIf(breached AND outcome = 'open') FROM takt.visits WHERE process = '" + name + "'": pair,
	} {
		if got := one(t, w.engine, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	if open := l.metric(t, "takt_exceptions_open"); open != 2*orders {
		t.Errorf("takt_exceptions_open is %v, want %d", open, 2*orders)
	}
	l.stop(t)
	w.audited(t, name, config, orders)
}
