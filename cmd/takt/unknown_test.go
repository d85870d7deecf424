package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/takt-orders/takt/ingest/kafka"
)

const unknownMapping = `
times: [rfc3339]
fields:
  order_id: {path: doc, lookup: {file: documents.csv, key: doc, value: order_no, missing: keep}}
  channel: {const: web}
  occurred_at: at
  owner: {path: who, lookup: {file: staff.yaml}, const: nobody}
  warehouse: {path: at_place, lookup: {file: places.csv, key: place, value: warehouse}}
activity:
  from: what
  map: {placed: order.placed, approved: order.approved}
  default: order.changed
`

// TestUnknownValues has statuses and keys that neither the map of the mapping nor its
// tables hold: they are taken, and counted by field.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "unknown-values"
	config := w.setup(t, name, run{mapping: unknownMapping})
	write(t, filepath.Join(filepath.Dir(config), "documents.csv"), "doc,order_no\nD-1,SO-1\nD-2,SO-2\n")
	write(t, filepath.Join(filepath.Dir(config), "places.csv"), "place,warehouse\nP1,华东\n")
	write(t, filepath.Join(filepath.Dir(config), "staff.yaml"), "7: Sales\n8: Stock\n")
	var log []kafka.Message
	for i, row := range [][4]string{ // document, order, status, person
		{"D-1", "SO-1", "placed", "7"},
		{"D-1", "SO-1", "approved", "8"},
		{"D-2", "SO-2", "placed", "9"},
		{"D-3", "D-3", "placed", ""},
		{"D-2", "SO-2", "half done", "7"},
		{"D-2", "SO-2", "quite done", "7"},
	} {
		log = append(log, kafka.Message{
			Key: []byte(row[1]),
			Value: fmt.Appendf(nil, `{"doc": %q, "what": %q, "at": "2026-03-01T0%d:00:00Z", "who": %q, "at_place": "P1"}`,
				row[0], row[2], i, row[3]),
		})
	}
	w.produce(t, name, log)
	l := w.start(t, config)
	w.untilStored(t, name, len(log))
	for sql, want := range map[string]string{
		"SELECT arrayStringConcat(arraySort(groupArray(order_id || ' ' || activity || ' ' || owner)), '; ') FROM takt.events WHERE topic = '" + name + "'": "" +
			"D-3 order.placed nobody; SO-1 order.approved Stock; SO-1 order.placed Sales; SO-2 order.changed Sales; SO-2 order.changed Sales; SO-2 order.placed nobody",
		"SELECT count() FROM takt.events WHERE topic = '" + name + "' AND warehouse = '华东'": "6",
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
