package clickhouse

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// many is a flush of n events of one record each.
func many(topic string, n int) *filled {
	f := sample(topic, topic)
	e := f.Events[0].event
	f.Events, f.Dead, f.Effects = nil, nil, tracker.Gathered{}
	for i := range n {
		e.ID = order.ID{byte(i), byte(i >> 8), byte(i >> 16), 7}
		e.OrderID = fmt.Sprintf("%s-%d", topic, i)
		f.Events = append(f.Events, listed{e, 100 + int64(i), true})
	}
	f.Next = 100 + int64(n)
	f.Counts = ingest.Counts{Records: int64(n), Stored: int64(n), Events: int64(n)}
	return f
}

func TestRefusedRowsBecomeDeadLetters(t *testing.T) {
	db := own(t)
	mustExec(t, db, "ALTER TABLE takt_store.events ADD CONSTRAINT c CHECK reason != 'poison'")
	mustExec(t, db, "ALTER TABLE takt_store.dead_letters ADD CONSTRAINT c CHECK NOT match(key, '-900$')")
	w := NewWriter(db, retail("ref"))
	f := many("ref", 1000)
	for _, i := range []int{0, 500, 501, 900} {
		f.Events[i].event.Reason = "poison"
	}
	f.Events[501].offset = f.Events[500].offset // two events of one record
	f.Counts.Records, f.Counts.Stored = 999, 999
	for range 2 { // the second time is a repeat after a lost acknowledgement
		mustWrite(t, w, f)
	}
	want := ingest.Counts{Records: 999, Stored: 996, Dead: 3, Events: 996}
	if d := cmp.Diff(want, f.Counts); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	if n := count(t, db, "SELECT count() FROM takt.events"); n != 996 {
		t.Errorf("got %d events, want 996", n)
	}
	got := table(t, db, "SELECT toInt32(offset) AS o, reason, field, key, value != '' AS v FROM takt.dead_letters ORDER BY offset")
	if d := cmp.Diff([]map[string]any{
		{"o": 100., "reason": "refused_by_store", "field": "code 469", "key": "ref-0", "v": 1.},
		{"o": 600., "reason": "refused_by_store", "field": "code 469", "key": "ref-500", "v": 1.},
		{"o": 1000., "reason": "refused_by_store", "field": "code 469", "key": "", "v": 0.},
	}, got); d != "" {
		t.Errorf("dead letters (-want +got):\n%s", d)
	}
	a, err := db.Audit(t.Context(), "ref", "")
	if err != nil || !a.Clean() {
		t.Errorf("audit: got %+v, %v", a, err)
	}
}

func TestManyRefusedRowsHalt(t *testing.T) {
	db := own(t)
	mustExec(t, db, "ALTER TABLE takt_store.events ADD CONSTRAINT c CHECK reason != 'poison'")
	f := many("halt", 300)
	for i := range f.Events {
		f.Events[i].event.Reason = "poison"
	}
	err := f.write(t.Context(), NewWriter(db, retail("halt")))
	if halt := (*HaltError)(nil); !errors.As(err, &halt) || halt.Hint != hintSchema {
		t.Errorf("got %v, want a HaltError about the schema", err)
	}
	if n := count(t, db, "SELECT count() FROM takt.progress"); n != 0 {
		t.Errorf("got %d progress rows, want none", n)
	}
}
