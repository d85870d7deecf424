package clickhouse

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

var update = flag.Bool("update", false, "write testdata")

// people is what the database takt tells about the orders of a process.
func people(t *testing.T, db *DB, name string) map[string][]map[string]any {
	t.Helper()
	all := map[string][]map[string]any{}
	for _, relation := range []string{"events", "visits", "orders", "exceptions", "promises", "dead_letters", "progress"} {
		columns := "*"
		switch relation {
		case "dead_letters":
			columns = "* EXCEPT (key, value), hex(key) AS key, hex(value) AS value"
		}
		all[relation] = table(t, db, fmt.Sprintf("SELECT %s FROM takt.%s WHERE process = '%s' ORDER BY ALL", columns, relation, name))
	}
	return all
}

func TestWriteRoundTrip(t *testing.T) {
	db := open(t, nil)
	w := NewWriter(db, retail("trip"))
	f := sample("trip", "trip")
	mustWrite(t, w, f)
	got := people(t, db, "trip")
	got["progress"][0]["writer"] = "W"
	if *update {
		text, err := json.MarshalIndent(got, "", "\t")
		if err == nil {
			err = os.WriteFile("testdata/takt.json", append(text, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var want map[string][]map[string]any
	text, err := os.ReadFile("testdata/takt.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows of takt (-want +got):\n%s", d)
	}

	// The same flush again, by another start of the process: nothing changes.
	again := open(t, func(c *Config) { c.Writer = db.WriterID() })
	mustWrite(t, NewWriter(again, retail("trip")), f)
	other := open(t, nil)
	f.Number-- // the progress row of the later flush stands
	mustWrite(t, NewWriter(other, retail("trip")), f)
	got = people(t, db, "trip")
	got["progress"][0]["writer"] = "W"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows after writing again (-want +got):\n%s", d)
	}
}

func TestWriteOnePartPerInsert(t *testing.T) {
	db := own(t)
	mustExec(t, db, "SYSTEM STOP MERGES")
	w := NewWriter(db, retail("parts"))
	f := sample("parts", "parts")
	proto := f.Events[0].event
	f.Events = nil
	for i := range 70_000 { // more than one of the server's reading blocks
		e := proto
		e.ID = order.ID{byte(i), byte(i >> 8), byte(i >> 16)}
		f.Events = append(f.Events, listed{e, int64(i), true})
	}
	mustWrite(t, w, f)
	parts := table(t, db, "SELECT table, toInt32(count()) AS parts, toInt32(sum(rows)) AS n FROM system.parts"+
		" WHERE database = 'takt_store' AND active AND table NOT IN ('migrations') GROUP BY table ORDER BY table")
	for _, p := range parts {
		if p["parts"] != 1.0 {
			t.Errorf("table %v: got %v parts of %v rows, want one part", p["table"], p["parts"], p["n"])
		}
	}
	if len(parts) != 7 {
		t.Errorf("got parts of %d tables, want 7", len(parts))
	}
}

func TestWriteSupersedes(t *testing.T) {
	db := open(t, nil)
	w := NewWriter(db, retail("super"))
	write := func(number int64, change func(*filled)) {
		f := sample("super", "super")
		f.Number = number
		change(f)
		mustWrite(t, w, f)
	}
	set := func(f *filled, epoch int, rev tracker.Revision, owner string) {
		f.Epoch = epoch
		v, o := &f.Effects.Visits[0], &f.Effects.Orders[0]
		v.Revision, v.Owner, o.Revision, o.OwnerNow = rev, owner, rev, owner
		f.Effects.Exceptions[0].Revision, f.Effects.Exceptions[0].Owner = rev, owner
	}
	owners := func() string {
		t.Helper()
		return fmt.Sprint(
			table(t, db, "SELECT owner FROM takt.visits WHERE process = 'super' AND left_at IS NOT NULL"),
			table(t, db, "SELECT owner_now FROM takt.orders WHERE process = 'super' AND status = 'open'"),
			table(t, db, "SELECT owner FROM takt.exceptions WHERE process = 'super'"))
	}
	is := func(owner string) string {
		return fmt.Sprintf("[map[owner:%[1]s]] [map[owner_now:%[1]s]] [map[owner:%[1]s]]", owner)
	}
	noon := at("2026-03-01 12:00:00.000")
	for i, step := range []struct {
		name  string
		epoch int
		rev   tracker.Revision
		want  string
	}{
		{"first", 2, tracker.Revision{Offset: 1000, AsOf: noon}, "first"},
		{"older offset", 2, tracker.Revision{Offset: 999, AsOf: noon + 1000}, "first"},
		{"older clock", 2, tracker.Revision{Offset: 1000, AsOf: noon - 1}, "first"},
		{"newer clock", 2, tracker.Revision{Offset: 1000, AsOf: noon + 1}, "newer clock"},
		{"newer offset", 2, tracker.Revision{Offset: 1001, AsOf: noon - 5}, "newer offset"},
		{"large offset", 2, tracker.Revision{Offset: 1<<63 - 1, AsOf: noon}, "large offset"},
		{"newer epoch", 3, tracker.Revision{Offset: 0, AsOf: 0}, "newer epoch"},
		{"older epoch", 1, tracker.Revision{Offset: 1 << 40, AsOf: noon}, "newer epoch"},
	} {
		write(int64(i+1), func(f *filled) { set(f, step.epoch, step.rev, step.name) })
		if got, want := owners(), is(step.want); got != want {
			t.Errorf("%s: got %s, want %s", step.name, got, want)
		}
	}

	// An event's revision is its record time, then its content.
	write(20, func(f *filled) { e := &f.Events[0].event; e.RecordedAt--; e.Reason = "older" })
	write(21, func(f *filled) { e := &f.Events[0].event; e.Content--; e.Reason = "lesser" })
	got := table(t, db, "SELECT reason FROM takt.events WHERE process = 'super' AND activity = 'order.placed'")
	if d := cmp.Diff([]map[string]any{{"reason": "改地址"}}, got); d != "" {
		t.Errorf("event (-want +got):\n%s", d)
	}
	write(22, func(f *filled) {
		e := &f.Events[0].event
		e.RecordedAt++
		e.Attributes = []order.Attribute{{Key: order.AttrRetracted, Value: "true"}}
	})
	if n := count(t, db, "SELECT count() FROM takt.events WHERE process = 'super' AND activity = 'order.placed'"); n != 0 {
		t.Errorf("a retracted event: got %d rows, want none", n)
	}
}

func TestWriteDeleted(t *testing.T) {
	db := open(t, nil)
	w := NewWriter(db, retail("del"))
	mustWrite(t, w, sample("del", "del"))
	f := sample("del", "del")
	f.Number, f.First, f.Next = 2, 104, 105
	f.Effects.Visits[0].Deleted, f.Effects.Visits[0].Revision.Offset = true, 104
	f.Effects.Promises[0].Deleted, f.Effects.Promises[0].Revision.Offset = true, 104
	mustWrite(t, w, f)
	mustExec(t, db, "OPTIMIZE TABLE takt_store.visits FINAL")
	for relation, want := range map[string]int{"visits": 1, "promises": 0} { // one visit is open
		if n := count(t, db, "SELECT count() FROM takt."+relation+" WHERE process = 'del'"); n != want {
			t.Errorf("%s: got %d rows, want %d", relation, n, want)
		}
	}
	if n := count(t, db, "SELECT count() FROM takt_store.visits WHERE process = 'del'"); n != 1 {
		t.Errorf("a deleted row has to stay to beat older ones: got %d rows, want 1", n)
	}
}

// A partition lost and won back: the flush has its number again, not its bytes.
func TestWriteSameNumberOtherRows(t *testing.T) {
	db := open(t, nil)
	w := NewWriter(db, retail("again"))
	mustWrite(t, w, many("again", 10))
	mustWrite(t, w, many("again", 25))
	for query, want := range map[string]int{
		"SELECT count() FROM takt.events WHERE process = 'again'":          25,
		"SELECT max(next_offset) FROM takt.progress WHERE topic = 'again'": 125,
	} {
		if n := count(t, db, query); n != want {
			t.Errorf("%s: got %d, want %d", query, n, want)
		}
	}
}

func TestWritePoints(t *testing.T) {
	var points []string
	db := open(t, func(c *Config) { c.Failpoint = func(p string) { points = append(points, p) } })
	mustWrite(t, NewWriter(db, retail("points")), sample("points", "points"))
	var want []string
	for _, table := range []string{"events", "dead_letters", "orders", "visits", "exceptions", "promises", "progress"} {
		want = append(want, "before:"+table, "inside:"+table, "after:"+table)
	}
	if d := cmp.Diff(want, points); d != "" {
		t.Errorf("points (-want +got):\n%s", d)
	}
}

func TestWriteTimeOnlyAndTooLarge(t *testing.T) {
	db := open(t, nil)
	w := NewWriter(db, retail("time"))
	f := &filled{Flush: ingest.Flush{Process: "time", Topic: "time", Number: 1, First: 7, Next: 7, WrittenAt: at("2026-03-01 12:00:00.000")}}
	mustWrite(t, w, f)
	mustWrite(t, w, f)
	f.Number, f.WrittenAt = 2, f.WrittenAt+1
	mustWrite(t, w, f)
	if n := count(t, db, "SELECT count() FROM takt.progress WHERE topic = 'time'"); n != 1 {
		t.Errorf("got %d progress rows, want 1", n)
	}
	f.Effects.Orders = make([]tracker.Order, MaxRows+1)
	err := f.write(t.Context(), w)
	if tooLarge := (*TooLargeError)(nil); !errors.As(err, &tooLarge) || tooLarge.Table != "orders" {
		t.Errorf("got error %v, want a TooLargeError of orders", err)
	}
	if err := w.Write(t.Context(), &ingest.Flush{Process: "nobody's"}); err == nil {
		t.Error("a flush of an unknown process was written")
	}
}
