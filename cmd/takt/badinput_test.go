package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

const shopMapping = `
times: [rfc3339]
identity: content
fields:
  order_id: id
  channel: {const: web}
  occurred_at: at
  amount: amount
activity:
  from: what
  map: {placed: order.placed, approved: order.approved%s}
`

func shopRow(id, what, at string) []byte {
	return fmt.Appendf(nil, `{"id": %q, "what": %q, "at": %q}`, id, what, at)
}

// TestOneBadInHundredThousand has one broken record among so many good ones.
func TestOneBadInHundredThousand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name, records = "one-bad", 100_000
	r := run{mapping: fmt.Sprintf(shopMapping, "")}
	config := w.setup(t, name, r)
	base := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	log := make([]kafka.Message, records)
	for i := range log {
		id := fmt.Sprintf("SO-%05d", i/2)
		log[i] = kafka.Message{Key: []byte(id), Value: shopRow(id, []string{"placed", "approved"}[i%2], base.Add(time.Duration(i)*time.Second).Format(time.RFC3339))}
	}
	bad := log[77_777]
	bad.Value = bad.Value[:len(bad.Value)-5]
	log[77_777] = bad
	w.produce(t, name, log)
	l := w.start(t, config)
	w.untilStored(t, name, records)
	for sql, want := range map[string]string{
		"SELECT count() FROM takt.events WHERE topic = '" + name + "'":                                                 "99999",
		"SELECT count(), any(reason), any(key), any(value) FROM takt.dead_letters WHERE topic = '" + name + "'":        "1 not_json SO-38888 " + string(bad.Value),
		"SELECT count(), countIf(outcome = 'open') FROM takt.visits WHERE process = '" + name + "' AND stage='review'": "50000 1",
	} {
		if got := one(t, w.engine, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	l.stop(t)
	if sum := w.audited(t, name, config, records); sum.Dead != 1 || sum.Stored != records-1 {
		t.Errorf("audit: %+v", sum)
	}
}

// badRecords are records that cannot be taken, by what is wrong with them.
func badRecords() map[string]struct {
	value  string
	reason string
} {
	type bad = struct{ value, reason string }
	at := `, "at": "2026-03-01T12:00:00Z"}`
	all := map[string]bad{
		"cut off":              {`{"id": "B-1", "what": "placed"`, "not_json"},
		"null value":           {`null`, "not_json"},
		"list":                 {`[{"id": "B-1"}]`, "not_json"},
		"empty":                {"", "not_json"},
		"csv":                  {"B-1;placed;2026-03-01", "not_json"},
		"binary":               {"\x00\x00\x00\x00\x07\x0eB-1", "not_json"}, // as a schema registry's Avro begins
		"bad UTF-8":            {"{\"id\": \"B-\xff\", \"what\": \"placed\"" + at, "bad_utf8"},
		"16 MB":                {`{"id": "B-1", "what": "placed", "note": "` + strings.Repeat("x", 16<<20) + `"` + at, "too_large"},
		"long number":          {`{"id": "` + strings.Repeat("9", 600) + `", "what": "placed"` + at, "too_large"},
		"no number":            {`{"what": "placed"` + at, "no_order"},
		"null number":          {`{"id": null, "what": "placed"` + at, "no_order"},
		"empty number":         {`{"id": "", "what": "placed"` + at, "no_order"},
		"drift: number object": {`{"id": {"value": "B-1"}, "what": "placed"` + at, "no_order"},
		"no activity":          {`{"id": "B-1"` + at, "no_activity"},
		"drift: new activity":  {`{"id": "B-1", "what": "teleported"` + at, "unknown_activity"},
		"no time":              {`{"id": "B-1", "what": "placed"}`, "bad_time"},
		"word for a time":      {`{"id": "B-1", "what": "placed", "at": "yesterday"}`, "bad_time"},
		"30th of February":     {`{"id": "B-1", "what": "placed", "at": "2026-02-30T12:00:00Z"}`, "bad_time"},
		"drift: time a number": {`{"id": "B-1", "what": "placed", "at": 1772366400}`, "bad_time"},
		"1948":                 {string(shopRow("B-1", "placed", "1948-01-26T22:59:00Z")), "time_out_of_range"},
		"2099":                 {string(shopRow("B-1", "placed", "2099-12-31T00:00:00Z")), "time_out_of_range"},
		"huge amount":          {`{"id": "B-1", "what": "placed", "amount": 1e30` + at, "number_out_of_range"},
		"drift: amount words":  {`{"id": "B-1", "what": "placed", "amount": "twelve"` + at, "number_out_of_range"},
	}
	return all
}

// TestBadInput sends records of every kind of wrong among good ones, lists the
// dead letters and puts them back once the mapping knows what they mean.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "bad-input"
	r := run{mapping: fmt.Sprintf(shopMapping, ""), partitions: 1, every: 100 * time.Millisecond, topic: map[string]string{"max.message.bytes": "17825792"}}
	config := w.setup(t, name, r)
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	bad := badRecords()
	const noon = "2026-03-01T12:00:00Z"
	log := []kafka.Message{{Key: []byte("first"), Value: shopRow("G-1", "placed", noon)}}
	want := map[string]string{}
	for what, b := range bad {
		log = append(log, kafka.Message{Key: []byte(what), Value: []byte(b.value)})
		want[what] = b.reason
	}
	tombstone := kafka.Message{Key: []byte("G-1")}
	drifted := kafka.Message{Key: []byte("G-1"), Value: []byte(`{"id": "G-1", "what": "approved", "at": "2026-03-01T13:00:00Z", "new": {"deep": [1, 2, {"x": null}]}, "amount": "12.50"}`)}
	log = append(log, tombstone, drifted, kafka.Message{Key: []byte("last"), Value: shopRow("G-2", "placed", noon)})
	w.produce(t, name, log)
	w.untilStored(t, name, len(log))
	good := func(want string) {
		t.Helper()
		if got := one(t, w.engine, "SELECT groupArray(x) FROM (SELECT (order_id, activity, amount) AS x FROM takt.events WHERE process = '"+name+"' ORDER BY x)"); got != want {
			t.Errorf("events: got %s, want %s", got, want)
		}
	}
	good("[('G-1','order.approved',12.5),('G-1','order.placed',NULL),('G-2','order.placed',NULL)]")
	list := func(flags ...string) map[string]string {
		t.Helper()
		got := map[string]string{}
		out := takt(t, w.env(), append([]string{"-c", config, "deadletters", "list", "--source", name}, flags...)...)
		for line := range strings.Lines(out) {
			var d struct{ Key, Reason string }
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				t.Fatal(err)
			}
			if _, twice := got[d.Key]; twice && len(flags) == 0 {
				t.Errorf("%q is listed twice", d.Key)
			}
			got[d.Key] = d.Reason
		}
		return got
	}
	if got := list(); !maps.Equal(got, want) {
		for what := range want {
			if got[what] != want[what] {
				t.Errorf("%s: got %q, want %q", what, got[what], want[what])
			}
		}
		t.Errorf("got %d dead letters, want %d", len(got), len(want))
	}
	if dead := l.metric(t, `takt_ingest_records_total{result="dead_letter"`); dead != float64(len(bad)) {
		t.Errorf("%v records are counted as dead, want %d", dead, len(bad))
	}
	l.stop(t)
	if sum := w.audited(t, name, config, len(log)); sum.Dead != int64(len(bad)) || sum.Stored != 3 || sum.Skipped != 1 {
		t.Errorf("audit: %+v", sum)
	}

	// The mapping learns the new activity: its letter goes back and is taken. What is
	// put back twice collapses, and what is still bad is a dead letter again.
	r.mapping = fmt.Sprintf(shopMapping, ", teleported: order.shipped")
	configure(t, config, name, r)
	l = w.start(t, config)
	replay := func(reason string) {
		takt(t, w.env(), "-c", config, "deadletters", "replay", "--source", name, "--reason", reason)
	}
	replay("unknown_activity")
	replay("unknown_activity")
	replay("bad_utf8")
	w.untilStored(t, name, len(log)+3)
	good("[('B-1','order.shipped',NULL),('G-1','order.approved',12.5),('G-1','order.placed',NULL),('G-2','order.placed',NULL)]")
	if got := list("--reason", "bad_utf8"); len(got) != 2 { // the old one and, without a key, the new one
		t.Errorf("dead letters of bad_utf8: got %v, want two", got)
	}
	l.stop(t)
	if sum := w.audited(t, name, config, len(log)+3); sum.Duplicates != 1 || sum.Stored != 4 || sum.Dead != int64(len(bad))+1 {
		t.Errorf("audit after the replay: %+v", sum)
	}
}
