package view

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// TestLimitsOfWorkingTime: a stage whose limit counts working time is summed up in
// working time, and an order within that limit owes the stage nothing, however
// long the weekend was.
func TestLimitsOfWorkingTime(t *testing.T) {
	h := process.Hours{Name: "office", Zone: time.UTC}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = []process.Span{{Opens: 9 * time.Hour, Closes: 17 * time.Hour}}
	}
	p := &process.Process{
		Name: "worked", Zone: time.UTC, OpensOn: []string{"placed"}, ClosesOn: process.Closing{Completed: []string{"shipped"}},
		Calendar: process.NewCalendar(h), Promise: process.Promise{Granularity: process.Instant},
		Stages: []process.Stage{
			{Name: "review", StartsOn: []string{"placed"}, EndsOn: []string{"approved"}, Limit: process.Limit{Within: 8 * time.Hour, Of: process.Working}},
			{Name: "ship", StartsOn: []string{"approved"}, EndsOn: []string{"shipped"}, Limit: process.Limit{Within: 24 * time.Hour, Of: process.Wall}},
		},
	}
	friday := time.Date(2026, 3, 6, 13, 0, 0, 0, time.UTC)
	now := friday.Add(71 * time.Hour) // Monday 12:00
	tr := tracker.New(tracker.Config{Plan: process.NewPlan(p)})
	var hasher order.Hasher
	offset := int64(0)
	apply := func(id, activity string, at time.Time, promised time.Duration) {
		e := order.Event{OrderID: id, SourceOrder: id, Activity: activity, OccurredAt: order.At(at)}
		if promised > 0 {
			e.PromisedAt, e.PromiseKind = order.At(at.Add(promised)), order.PromiseFirst
		}
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityContent, "", "", 0)
		tr.Apply(&e, offset, true)
		offset++
	}
	apply("A", "placed", friday, 0)
	apply("A", "approved", friday.Add(69*time.Hour), 0)                // 4 h on Friday, 1 h on Monday
	apply("B", "placed", friday.Add(3*time.Hour), 66*time.Hour)        // due Monday 16:00, promised for Monday 10:00
	apply("C", "placed", friday.Add(-28*time.Hour), 96*time.Hour)      // due Thursday 17:00, promised for Monday 9:00
	apply("D", "placed", friday.Add(-100*24*time.Hour), 100*time.Hour) // no unit of it was ever in time
	tr.Advance(order.At(now), true)

	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}, Writer: "worked"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.SyncProcesses(t.Context(), order.At(now), []*process.Process{p}); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	w := clickhouse.NewWriter(db, p)
	f := &ingest.Flush{
		Source: "worked", Process: p.Name, Topic: "worked", Partitions: 1, Number: 1, Next: offset,
		Counts: ingest.Counts{Records: offset, Stored: offset}, WrittenAt: order.At(now),
	}
	f.Rows = w.Rows(f)
	f.Effects = tr.Cut(f.Rows)
	if err := w.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	w.Release(f)

	o, err := Summary(t.Context(), db.Conn(), p, now)
	if err != nil {
		t.Fatal(err)
	}
	review, ship := o.Stages[0], o.Stages[1]
	if review.P50 != 5*time.Hour || review.Of != process.Working || review.Left != 1 || review.Open != 3 || review.Over != 2 {
		t.Errorf("review: got %+v, want a median of 5 h of working time, 3 open, 2 over", review)
	}
	if ship.Of != process.Wall || ship.Open != 1 || ship.Over != 0 {
		t.Errorf("ship: got %+v", ship)
	}
	// Late are B, C and D. B is within its limit, so it would be late without the stage.
	var late, still uint64
	row := db.Conn().QueryRow(t.Context(), "SELECT late, late_had_met FROM takt.bottleneck_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC'))"+
		" WHERE process = ? AND stage = 'review'", now.UnixMilli(), p.Name)
	if err := row.Scan(&late, &still); err != nil {
		t.Fatal(err)
	}
	if late != 3 || still != 1 {
		t.Errorf("got %d late and %d had it met its limit, want 3 and 1", late, still)
	}
}
