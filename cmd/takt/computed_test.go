package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

const computedMapping = `
times: [rfc3339]
fields:
  order_id: {path: doc, lookup: {file: documents.csv, key: doc, value: order_no, missing: keep}}
  channel: {const: web}
  occurred_at: {cel: 'text.day + "T" + text.time + "+08:00"'}
  owner: {path: who, lookup: {file: staff.yaml}, const: nobody}
  warehouse: {path: at_place, lookup: {file: places.csv, key: place, value: warehouse}}
attributes:
  skus: {cel: 'row.lines.map(l, l.sku).join("+")'}
activity:
  from: what
  map: {placed: order.placed, approved: order.approved}
  default: order.changed
`

const computedThrough = `
kafka: {group: %[1]s}
processes: [process.yaml]
sources:
  - {name: %[1]s, topic: %[1]s, process: %[1]s, mapping: canonical, partitions: 4}
  - {name: %[1]s-erp, topic: %[1]s-erp, through: %[1]s, mapping: mapping.yaml}
channels: [web]
flush: {rows: 100, every: 50ms}
`

// TestComputedFields has statuses and keys that neither the map of the mapping nor its
// tables hold: they are taken, and counted by field. A record that does not suit an
// expression is a dead letter. In a topic keyed by order number, and in one keyed by
// the document by which that is looked up, which goes through another.
func TestComputedFields(t *testing.T) {
	for _, through := range []bool{false, true} {
		name := fmt.Sprintf("computed-%t", through)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			computedFields(t, name, through)
		})
	}
}

func computedFields(t *testing.T, name string, through bool) {
	w := newWorld(t)
	config, topic := filepath.Join(t.TempDir(), "takt.yaml"), name
	configure(t, config, name, run{mapping: computedMapping})
	write(t, filepath.Join(filepath.Dir(config), "documents.csv"), "doc,order_no\nD-1,SO-1\nD-2,SO-2\n")
	write(t, filepath.Join(filepath.Dir(config), "places.csv"), "place,warehouse\nP1,华东\n")
	write(t, filepath.Join(filepath.Dir(config), "staff.yaml"), "7: Sales\n8: Stock\n")
	if through {
		topic = name + "-erp"
		write(t, config, fmt.Sprintf(computedThrough, name))
	}
	if err := w.cluster().CreateTopic(within(t, time.Minute), topic, killPartitions, 1, nil); err != nil {
		t.Fatal(err)
	}
	var log []kafka.Message
	for i, row := range [][4]string{ // document, order, status, person
		{"D-1", "SO-1", "placed", "7"},
		{"D-1", "SO-1", "approved", "8"},
		{"D-2", "SO-2", "placed", "9"},
		{"D-3", "D-3", "placed", ""},
		{"D-2", "SO-2", "half done", "7"},
		{"D-2", "SO-2", "quite done", "7"},
	} {
		key := row[1]
		if through {
			key = row[0]
		}
		log = append(log, kafka.Message{
			Key: []byte(key),
			Value: fmt.Appendf(nil, `{"doc": %q, "what": %q, "day": "2026-03-01", "time": "0%d:00:00", "who": %q, "at_place": "P1", "lines": [{"sku": "A"}, {"sku": "B"}]}`,
				row[0], row[2], i, row[3]),
		})
	}
	log = append(log, kafka.Message{Key: []byte("SO-1"), Value: []byte(`{"doc": "D-1", "what": "lost", "day": "2026-03-01", "time": "09:00:00", "who": "9", "lines": "A+B"}`)})
	w.produce(t, topic, log)
	l := w.start(t, config)
	w.untilStored(t, topic, len(log))
	if through {
		w.untilStored(t, name, len(log)-1)
	}
	of := " WHERE process = '" + name + "'"
	for sql, want := range map[string]string{
		"SELECT arrayStringConcat(arraySort(groupArray(order_id || ' ' || activity || ' ' || owner)), '; ') FROM takt.events" + of: "" +
			"D-3 order.placed nobody; SO-1 order.approved Stock; SO-1 order.placed Sales; SO-2 order.changed Sales; SO-2 order.changed Sales; SO-2 order.placed nobody",
		"SELECT count() FROM takt.events" + of + " AND warehouse = '华东'":                                        "6",
		"SELECT min(occurred_at), any(attributes['skus']), uniqExact(attributes['skus']) FROM takt.events" + of: "2026-02-28 16:00:00.000 A+B 1",
		"SELECT count(), any(reason), any(field), any(topic) FROM takt.dead_letters" + of:                       "1 bad_expression attributes.skus.cel " + topic,
	} {
		if got := one(t, w.engine, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	for field, want := range map[string]float64{"activity": 2, "order_id": 1, "owner": 1, "warehouse": 0} {
		series := fmt.Sprintf(`takt_ingest_unknown_values_total{field=%q`, field)
		if got := l.metric(t, series); got != want {
			t.Errorf("%s: got %v, want %v", series, got, want)
		}
	}
	l.stop(t)
}
