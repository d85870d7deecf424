package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

const throughConfig = `
kafka: {group: %[1]s}
processes: [process.yaml]
sources:
  - {name: %[1]s, topic: %[1]s, process: %[1]s, mapping: canonical, partitions: 4}
  - {name: %[1]s-shop, topic: %[1]s-shop, through: %[1]s, mapping: canonical}
  - {name: %[1]s-erp, topic: %[1]s-erp, through: %[1]s, mapping: canonical}
channels: [web]
flush: {rows: 100, every: 50ms}
`

// TestThrough lets a process be fed by two topics, neither of them keyed by order
// number, while the service is killed again and again: each event is passed on once,
// and what it leaves equals what one topic keyed by order number leaves.
func TestThrough(t *testing.T) {
	w := newWorld(t)
	rng := rng(77)
	log := killLog(rng, 2500)
	const name, calm = "through", "throughcalm"
	config := filepath.Join(t.TempDir(), "takt.yaml")
	write(t, filepath.Join(filepath.Dir(config), "process.yaml"), fmt.Sprintf(killProcess, name))
	write(t, config, fmt.Sprintf(throughConfig, name))
	topics := []string{name + "-shop", name + "-erp"}
	for i, topic := range topics {
		if err := w.cluster().CreateTopic(within(t, time.Minute), topic, 2+i, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	var parts [2][]kafka.Message
	events := 0 // records that are events
	for _, m := range log {
		if m.Value != nil && bytes.HasSuffix(m.Value, []byte("}")) {
			events++
		}
		m.Value = bytes.Replace(m.Value, []byte(`{`), []byte(`{"source":"shop",`), 1) // else a repeat in the other topic were another event
		m.Key = fmt.Appendf(nil, "%d", rng.IntN(1000))
		i := rng.IntN(2)
		parts[i] = append(parts[i], m)
	}
	for i := range parts {
		w.produce(t, topics[i], parts[i])
	}
	for range 8 {
		w.live(t, rng, config)
	}
	last := w.start(t, config)
	for i := range parts {
		w.untilStored(t, topics[i], len(parts[i]))
	}
	w.untilStored(t, name, events)
	last.ready(t)
	last.stop(t)

	// What the transactions of dead lives have left in the log is not seen.
	reader, err := kafka.New(kafka.Config{Cluster: w.cluster(), Topic: name, Assignment: kafka.AssignStatic})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if seen := recordsOf(t, reader); seen != events {
		t.Errorf("%d events stand in the canonical topic, want %d", seen, events)
	}

	w.calm(t, calm, log, len(log), run{})
	w.audited(t, name, config, len(log)+events)
	for relation, columns := range map[string]string{
		"events":       "order_id, unit, activity, occurred_at, actor, region, amount, promised_at, live",
		"visits":       compared()["visits"],
		"orders":       compared()["orders"],
		"exceptions":   compared()["exceptions"],
		"promises":     compared()["promises"],
		"dead_letters": "reason, length(value) > 0",
	} {
		sum := "SELECT count(), sum(cityHash64(" + columns + ")) FROM takt." + relation + " WHERE process = '"
		state := "'"
		if relation == "exceptions" {
			state += " AND state != 'withdrawn'"
		}
		if got, want := one(t, w.engine, sum+name+state), one(t, w.engine, sum+calm+state); got != want {
			t.Errorf("%s: got (rows, hash) %s, want %s", relation, got, want)
		}
	}
	if n := one(t, w.engine, "SELECT count() FROM takt.events WHERE process = '"+name+"'"); n == "0" {
		t.Error("there is no event to compare")
	}
	if n := one(t, w.engine, "SELECT uniqExact(topic) FROM takt.dead_letters WHERE process = '"+name+"'"); n != strconv.Itoa(len(topics)) {
		t.Errorf("dead letters come from %s topics, want both", n)
	}
}

// recordsOf counts the records of a topic.
func recordsOf(t *testing.T, s *kafka.Source) (n int) {
	t.Helper()
	ctx := within(t, time.Minute)
	ranges, err := s.Ranges(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ranges {
		reader, err := s.Open(r.Partition, r.Begin)
		if err != nil {
			t.Fatal(err)
		}
		for next := r.Begin; next < r.End; {
			b, err := reader.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			n += len(b.Records)
			next = b.Next
			b.Release()
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
	return n
}
