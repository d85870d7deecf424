package clickhouse

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
)

// TestStoredEvents: every field comes back, what came live by when it was recorded,
// history by when it happened, and of one instant by offset.
func TestStoredEvents(t *testing.T) {
	db := open(t, nil)
	const name = "replayed"
	p := retail(name)
	f := sample("topic-replayed", name)
	first, second := f.Events[0].event, f.Events[1].event // live, history
	third := order.Event{ID: order.ID{7}, OrderID: name + "-C", Process: name, Source: "shop", Activity: "order.paid", OccurredAt: second.OccurredAt}
	f.Events = append(f.Events, listed{third, 103, false})
	mustWrite(t, NewWriter(db, p), f)

	type stored struct {
		At    order.Instant
		Event order.Event
	}
	read := func(from, until order.Instant) (all []stored) {
		t.Helper()
		err := db.Events(t.Context(), name, from.Time(), until.Time(), func(at order.Instant, e *order.Event) error {
			all = append(all, stored{at, *e})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := []stored{{first.RecordedAt, first}, {second.OccurredAt, second}, {third.OccurredAt, third}}
	for i := range want {
		want[i].Event.Content = 0 // not for people, so not in the view
	}
	from := at("2026-02-28 00:00:00.000")
	if diff := cmp.Diff(read(from, from.Add(24*time.Hour)), want); diff != "" {
		t.Errorf("all (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(read(first.RecordedAt, second.OccurredAt), want[:1]); diff != "" {
		t.Errorf("from the first, until the second (-got +want):\n%s", diff)
	}
	if got := read(first.OccurredAt, first.RecordedAt); got != nil {
		t.Errorf("before any was recorded: %v", got)
	}
	enough := errors.New("enough")
	calls := 0
	err := db.Events(t.Context(), name, from.Time(), from.Add(24*time.Hour).Time(), func(order.Instant, *order.Event) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("who stops gets %v after %d calls", err, calls)
	}
}
