package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// TestRests: the medians of completed orders are made once, valid from the day after
// tomorrow, and come back by stage.
func TestRests(t *testing.T) {
	db := open(t, nil)
	p := retail("rests")
	now := time.Date(2026, 3, 10, 15, 0, 0, 0, time.UTC)
	f := sample("rests", "rests")
	f.Effects.Visits, f.Effects.Orders = nil, nil
	for i := range 31 {
		// The order waits i minutes in the first stage, and then an hour in the second.
		opened := order.At(now.Add(-48 * time.Hour))
		left := opened.Add(time.Duration(i) * time.Minute)
		closed := left.Add(time.Hour)
		id := fmt.Sprint("r", i)
		f.Effects.Orders = append(f.Effects.Orders, tracker.Order{ID: id, Status: process.Completed, OpenedAt: opened, ClosedAt: closed, StageNow: -1})
		f.Effects.Visits = append(
			f.Effects.Visits,
			tracker.Visit{OrderID: id, Stage: 0, Number: 1, EnteredAt: opened, LeftAt: left, Outcome: tracker.Finished},
			tracker.Visit{OrderID: id, Stage: 1, Number: 1, EnteredAt: left, LeftAt: closed, Outcome: tracker.Finished},
		)
	}
	mustWrite(t, NewWriter(db, p), f)
	for range 2 {
		if err := db.MakeRests(t.Context(), p, order.At(now)); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	got, err := db.Rests(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	minute := time.Minute.Milliseconds()
	stages := make([]tracker.Rest, len(p.Stages))
	stages[0] = tracker.Rest{Entered: 75 * minute, Left: 60 * minute}
	stages[1] = tracker.Rest{Entered: 60 * minute}
	want := tracker.Rests{{From: order.At(time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)), Stages: stages}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got -, want +:\n%s", diff)
	}
}
