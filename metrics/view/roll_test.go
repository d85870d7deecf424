package view

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

// direct are the views over steps, and the split of stages, each with the query that asks
// visits and orders themselves (testdata), which is what it has to tell at any time.
var direct = map[string]string{
	"transitions_daily":     "process, day, from_stage, to_stage, transitions, orders, again, round(wait_p50_seconds, 3), round(wait_p90_seconds, 3)",
	"handovers_daily":       "process, day, from_team, to_team, handovers, orders, round(wait_p50_seconds, 3), round(wait_p90_seconds, 3), overdue",
	"flow_efficiency_daily": "process, day, completed, round(total_seconds, 3), round(stage_seconds, 3), round(touch_seconds, 3), round(between_seconds, 3), round(efficiency, 9)",
	"stage_split_daily":     "process, day, stage, dimension, value, finished, due, breached, breach_share, round(wall_p50_seconds, 3), round(wall_p90_seconds, 3), amount",
}

// same compares every view with its direct query, row by row, and returns how many rows
// of how many days there were.
func same(t *testing.T, db *clickhouse.DB, when, process string) (rows int) {
	t.Helper()
	for view, columns := range direct {
		text, err := os.ReadFile("testdata/" + view + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		ask := func(from string) []string {
			return lines(t, db, "SELECT "+columns+" FROM "+from+" WHERE process = '"+process+"' ORDER BY ALL")
		}
		want, got := ask("("+withoutComments(string(text))+")"), ask("takt."+view)
		if d := gocmp.Diff(want, got); d != "" {
			t.Errorf("%s, %s: (-direct +view)\n%s", when, view, d[:min(len(d), 3000)])
		}
		rows += len(want)
	}
	return rows
}

// roll rolls up, as if the inserts just made were long done.
func roll(t *testing.T, db *clickhouse.DB) {
	t.Helper()
	before := text(t, db, "SELECT count() FROM takt.orders_unrolled")
	for tries := 1; ; tries++ {
		n, err := Roll(t.Context(), db.Conn())
		if err != nil || tries == 100 {
			t.Fatalf("rolled up %d parts of %s orders in %d tries: %v", n, before, tries, err)
		}
		if n > 0 || before == "0" {
			break
		}
		time.Sleep(100 * time.Millisecond) // the engine has not yet forgotten the statement before
	}
	exec(t, db, "INSERT INTO takt_store.rolled (name, until, written_at) SETTINGS async_insert = 0 SELECT 'steps', now64(3, 'UTC'), now64(3, 'UTC')")
}

// unrolled returns how many orders of a process are not rolled up.
func unrolled(t *testing.T, db *clickhouse.DB, process string) string {
	t.Helper()
	return text(t, db, "SELECT count() FROM takt.orders_unrolled WHERE process = '"+process+"'")
}

// What rolled up views tell is what the rows tell, before anything is rolled up and
// after, and when an order then changes: on another day, taken up by another number,
// closed no more, with parcels, cancelled.
func TestRollTellsTheSame(t *testing.T) {
	now := time.Date(2026, 3, 20, 3, 0, 0, 0, time.UTC)
	p := retail(t)
	p.Name = "rolled"
	for i := range p.Stages {
		p.Stages[i].Owner.Team = []string{"desk", "cash", "east", "east", "road"}[i]
	}
	l := tell(t, p, now)
	l.play(simulate.Config{Process: p, Seed: 7, From: now.AddDate(0, 0, -10), OrdersPerDay: 40}, now)
	db := l.db
	if n := same(t, db, "before", p.Name); n < 60 {
		t.Fatalf("got %d rows to compare", n)
	}
	if unrolled(t, db, p.Name) == "0" {
		t.Fatal("got everything rolled up before the first time")
	}
	roll(t, db)
	if n := unrolled(t, db, p.Name); n != "0" {
		t.Fatalf("got %s orders not rolled up", n)
	}
	same(t, db, "rolled up", p.Name)

	var hasher order.Hasher
	event := func(id, activity string, at time.Time, unit string, attributes ...order.Attribute) {
		e := order.Event{OrderID: id, Process: p.Name, Source: "sim", Activity: activity, OccurredAt: order.At(at), Unit: unit, Attributes: attributes}
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityDelivery, fmt.Sprintf("%s %s %s", id, activity, cmp.Or(unit, at.String())), "", 0)
		l.event(&e)
	}
	day := func(d, hour int) time.Time { return time.Date(2026, 3, d, hour, 0, 0, 0, time.UTC) }
	way := func(id string, until int) {
		for i, a := range []string{"order.placed", "order.approved", "order.paid", "order.picked", "order.shipped", "order.delivered"}[:until] {
			event(id, a, day(12, 2*i), "")
		}
	}
	way("SO-MOVED", 4)
	way("SO-REOPENED", 6)
	way("SO-MERGED", 6)
	way("SO-INTO", 3)
	way("SO-CANCELLED", 4)
	for _, step := range []struct {
		name string
		tell func()
	}{
		{"told first", func() {}},
		{"a visit on another day", func() {
			e := order.Event{OrderID: "SO-MOVED", Process: p.Name, Source: "sim", Activity: "order.picked", OccurredAt: order.At(day(14, 20))}
			hasher.SetContent(&e)
			hasher.SetID(&e, order.IdentityDelivery, fmt.Sprintf("SO-MOVED order.picked %s", day(12, 6)), "", 0)
			e.RecordedAt = order.At(day(15, 0))
			l.event(&e)
			event("SO-MOVED", "order.paid", day(13, 1), "")
			event("SO-MOVED", "order.shipped", day(13, 2), "")
		}},
		{"merged", func() {
			event("SO-MERGED", order.Merged, day(13, 0), "", order.Attribute{Key: order.AttrMergedInto, Value: "SO-INTO"})
		}},
		{"opened again", func() { event("SO-REOPENED", "order.picked", day(13, 0), "parcel-2") }},
		{"parcels", func() {
			event("SO-REOPENED", "order.shipped", day(13, 5), "parcel-2")
			event("SO-REOPENED", "order.picked", day(13, 6), "parcel-3")
			event("SO-REOPENED", "order.shipped", day(14, 6), "parcel-3")
			event("SO-REOPENED", "order.delivered", day(15, 6), "parcel-2")
			event("SO-REOPENED", "order.delivered", day(16, 6), "parcel-3")
		}},
		{"cancelled", func() { event("SO-CANCELLED", "order.cancelled", day(12, 20), "") }},
		{"deadlines passed", func() { now = now.Add(30 * time.Hour) }},
	} {
		t.Run(step.name, func(t *testing.T) {
			before := strings.Join(lines(t, db, "SELECT * FROM takt_store.steps FINAL WHERE NOT deleted AND process = 'rolled' ORDER BY ALL"), "\n")
			step.tell()
			l.flush(order.At(now))
			if unrolled(t, db, p.Name) == "0" {
				t.Fatal("got nothing to roll up")
			}
			same(t, db, "before it is rolled up", p.Name)
			roll(t, db)
			same(t, db, "rolled up", p.Name)
			if after := strings.Join(lines(t, db, "SELECT * FROM takt_store.steps FINAL WHERE NOT deleted AND process = 'rolled' ORDER BY ALL"), "\n"); after == before {
				t.Error("got the same steps as before")
			}
		})
	}
}

// A process in another zone has other days: all is rolled up anew.
func TestRollInAnotherZone(t *testing.T) {
	p := hand(t, "moving")
	db := open(t, p)
	put(t, db, "orders", orderColumns, `'moving', 'A', 'completed', '2026-03-01 00:00:00', '2026-03-02 18:00:00', '', NULL, NULL, 5, 'CNY', ['review'], []`)
	put(t, db, "visits", visitColumns, `'moving', 'A', 'review', 1, '2026-03-01 00:00:00', '2026-03-01 02:00:00', NULL, 3600, NULL, NULL, 'finished', 'ann', 'desk', 5, 'CNY'`)
	roll(t, db)
	asked := question{"day", "SELECT day, completed FROM takt.flow_efficiency_daily WHERE process = 'moving'", []string{"'2026-03-03',1"}}
	asked.ask(t, db)
	p.Zone = time.UTC
	if err := db.SyncProcesses(t.Context(), order.At(time.Now()), []*process.Process{p}); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), db, time.Now()); err != nil {
		t.Fatal(err)
	}
	asked.want = []string{"'2026-03-02',1"}
	asked.ask(t, db)
	roll(t, db)
	asked.ask(t, db)
	same(t, db, "in another zone", "moving")
}
