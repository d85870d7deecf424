package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// proxied is the world with a proxy between takt and ClickHouse.
func (w *world) proxied(t *testing.T) (*world, *toxiproxy.Proxy) {
	t.Helper()
	p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "clickhouse", "127.0.0.1:0", w.engine)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &world{w.brokers, w.engine, p.Listen}, p
}

// message is an event as a record.
func message(e order.Event) kafka.Message {
	e.SourceOrder, e.Channel = e.OrderID, "web"
	return kafka.Message{Key: []byte(e.OrderID), Value: e.AppendJSON(nil, "")}
}

const promptProcess = `
process: %[1]s
title: {en: Prompt, zh: 即时}
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.delivered]}
stages:
  - {name: review, title: {en: Review, zh: 审核}, starts_on: [order.placed], ends_on: [order.approved], limit: {within: 8s, of: wall, objective: 95%%}}
  - {name: transit, title: {en: Transit, zh: 物流}, starts_on: [order.approved], ends_on: [order.delivered], limit: {within: 8s, of: wall, objective: 95%%}}
`

// TestOutage takes ClickHouse away for longer than the limit of every stage while
// orders keep passing through in time. The wall clock passes the deadline of what
// was open when it went, but the log tells that each was met: no exception may be
// opened, not even one that is withdrawn later.
//
// It does not run beside others: a machine that is late makes breaches of its own.
func TestOutage(t *testing.T) {
	w, proxy := newWorld(t).proxied(t)
	const (
		name   = "outage"
		outage = 9 * time.Second
		stay   = 2 * time.Second // in each stage; the limit is 8 s
		beat   = 100 * time.Millisecond
		each   = 20 // orders placed at a beat
	)
	// So few rows that every batch is a flush: what was fetched before the outage, and
	// taken only after it, is judged by itself.
	r := run{rows: 10, every: 100 * time.Millisecond, process: promptProcess}
	config := w.setup(t, name, r)
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	l.ready(t)

	produced, steps := 0, []string{"order.placed", "order.approved", "order.delivered"}
	down, up := 30, 30+int(outage/beat)
	began := time.Now().Truncate(time.Millisecond)
	stalled, memory := 0, 0.0
	for i := 0; i < up+40; i++ { // and for as long after it as an order takes
		switch i {
		case down:
			proxy.Stop()
		case up:
			stalled, memory = produced-w.stored(t, name), l.metric(t, "process_resident_memory_bytes")
			if err := proxy.Start(); err != nil {
				t.Fatal(err)
			}
		}
		at := began.Add(time.Duration(i) * beat)
		time.Sleep(time.Until(at))
		var batch []kafka.Message
		for s, activity := range steps {
			if born := i - s*int(stay/beat); born >= 0 && born < up {
				for n := range each {
					batch = append(batch, message(order.Event{OrderID: fmt.Sprintf("SO-%d-%d", born, n), Activity: activity, OccurredAt: order.At(at)}))
				}
			}
		}
		w.produce(t, name, batch)
		produced += len(batch)
		if late := time.Since(at); late > 5*time.Second {
			t.Fatalf("the machine is too slow for this test: a record was late by %v, so that the log itself tells of a breach", late)
		}
	}
	w.untilStored(t, name, produced)
	if stalled < up*each/2 {
		t.Errorf("only %d records were not stored when ClickHouse came back: there was no outage", stalled)
	}
	if got := one(t, w.engine, "SELECT countIf(status = 'completed'), count() FROM takt.orders WHERE process = '"+name+"'"); got != fmt.Sprintf("%d %d", up*each, up*each) {
		t.Errorf("orders completed, all: got %s, want all of %d", got, up*each)
	}
	if got := one(t, w.engine, "SELECT count() FROM takt_store.exceptions WHERE process = '"+name+"'"); got != "0" {
		t.Errorf("%s exceptions were opened that the log refutes: %v", got,
			query(t, w.engine, "SELECT kind, stage, order_id, opened_at, detected_at, withdrawn FROM takt_store.exceptions WHERE process = '"+name+"' LIMIT 5"))
	}
	if n := l.metric(t, `takt_stage_due_total{channel="web",outcome="breached"`); n != 0 {
		t.Errorf("the counters tell of %v breached visits", n)
	}
	t.Logf("%d records waited, takt used %.0f MB then, %v retries", stalled, memory/1e6, l.metric(t, "takt_ingest_retries_total"))
	if memory > 400e6 {
		t.Errorf("takt used %.0f MB while ClickHouse was gone", memory/1e6)
	}

	if t.Failed() {
		return
	}
	// The rule itself works: an order that nobody approves is overdue.
	w.produce(t, name, []kafka.Message{message(order.Event{OrderID: "SO-late", Activity: "order.placed", OccurredAt: order.At(time.Now().Add(-6 * time.Second))})})
	w.until(t, name, "SO-late overdue open", "SELECT order_id || ' ' || kind || ' ' || state FROM takt.exceptions WHERE process = '"+name+"'")
	l.stop(t)
	w.audited(t, name, config, produced+1)
}

// TestAnswersLost cuts connections after the server has the whole insert: it
// commits, and takt does not know. Nothing is stored twice, not even until parts merge.
func TestAnswersLost(t *testing.T) {
	t.Parallel()
	direct := newWorld(t)
	w, proxy := direct.proxied(t)
	const name, calm = "answers-lost", "answers-lost-calm"
	log := killLog(rng(51), 2000)
	r := run{rows: 100, every: 50 * time.Millisecond}
	config := w.setup(t, name, r)
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	for from := 0; from < len(log); from += 100 {
		toxic := `{"name": "cut", "type": "timeout", "stream": "downstream", "attributes": {"timeout": 60}}`
		if from%400 == 0 {
			if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
				t.Fatal(err)
			}
		}
		w.produce(t, name, log[from:from+100])
		for range 3 { // before merges collapse what a token let through
			time.Sleep(50 * time.Millisecond)
			if n := one(t, w.engine, "SELECT count() - uniqExact(event_id) FROM takt_store.events WHERE topic = '"+name+"'"); n != "0" {
				t.Fatalf("the table of events holds %s rows twice: a retry was not recognised", n)
			}
		}
		if from%400 == 0 {
			if err := proxy.Toxics.RemoveToxic(t.Context(), "cut"); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.untilStored(t, name, len(log))
	cuts := l.metric(t, `takt_ingest_retries_total{reason="network"`)
	if cuts == 0 {
		t.Error("no connection was cut under an insert")
	}
	l.stop(t)
	direct.calm(t, calm, log, 0, run{})
	w.audited(t, name, config, len(log))
	w.equal(t, name, calm)
	t.Logf("%v inserts were sent again", cuts)
}
