package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/cespare/xxhash/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/metrics/tracker"
)

func TestStoreGivesBackWhatRecoveryNeeds(t *testing.T) {
	db := open(t, nil)
	k := ingest.Key{Source: "shop", Process: "store", Topic: "store", Epoch: 2}
	if all, err := db.Progress(t.Context(), k, []int{3}); len(all) > 0 || err != nil {
		t.Fatalf("progress of nothing: got %v, %v", all, err)
	}
	w := NewWriter(db, retail("store"))
	f := sample("store", "store")
	mustWrite(t, w, f)
	f = sample("store", "store") // time alone, then an unfinished flush
	f.Number, f.First, f.Next, f.Events, f.Dead = 6, 104, 104, nil, nil
	f.Effects = tracker.Gathered{}
	f.Counts = ingest.Counts{}
	mustWrite(t, w, f)

	// Another partition has taken other flushes of other orders.
	other := sample("store", "store")
	other.Partition, other.Number, other.First, other.Next = 4, 9, 0, 7
	other.Events, other.Dead = nil, nil
	for i := range other.Effects.Orders {
		other.Effects.Orders[i].ID += "-4"
	}
	mustWrite(t, w, other)

	got, err := db.Progress(t.Context(), k, []int{3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]ingest.Progress{
		3: {Epoch: 2, Number: 6, First: 104, Next: 104, Partitions: 8, HistoryEnd: 102, Leader: 4, Writer: db.WriterID(), WrittenAt: f.WrittenAt},
		4: {Epoch: 2, Number: 9, First: 0, Next: 7, Partitions: 8, HistoryEnd: 102, Leader: 4, Writer: db.WriterID(), WrittenAt: other.WrittenAt},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("progress (-want +got):\n%s", d)
	}
	for _, other := range []struct {
		key       ingest.Key
		partition int
	}{
		{ingest.Key{Source: "shop", Process: "store", Topic: "store", Epoch: 3}, 3},
		{k, 5},
		{ingest.Key{Source: "shop", Process: "store", Topic: "other", Epoch: 2}, 3},
	} {
		if all, err := db.Progress(t.Context(), other.key, []int{other.partition}); len(all) > 0 || err != nil {
			t.Errorf("progress of %v: got %v, %v", other, all, err)
		}
		if err := db.OpenOrders(t.Context(), other.key, map[int]int64{other.partition: 0}, func(int, []byte, bool) error { return errors.New("an order") }); err != nil {
			t.Errorf("open orders of %v: %v", other, err)
		}
	}
	if epoch, ok, err := db.LastEpoch(t.Context(), "store"); epoch != 2 || !ok || err != nil {
		t.Errorf("last epoch: got %d, %v, %v", epoch, ok, err)
	}

	for _, c := range []struct {
		name     string
		finished map[int]int64
		open     []string
		closed   []string
	}{
		{"finished", map[int]int64{3: 5}, []string{"3 state\x00A false"}, []string{"3 store-B"}},
		{"unfinished", map[int]int64{3: 4}, []string{"3 state\x00A true", "3 state B true"}, nil},
		{"each by its own flush", map[int]int64{3: 5, 4: 8, 5: 0}, []string{"3 state\x00A false", "4 state\x00A true", "4 state B true"}, []string{"3 store-B"}},
	} {
		var open, closed []string
		if err := db.OpenOrders(t.Context(), k, c.finished, func(n int, state []byte, unfinished bool) error {
			open = append(open, fmt.Sprint(n, " ", string(state), " ", unfinished))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(open)
		if d := cmp.Diff(c.open, open); d != "" {
			t.Errorf("%s: open orders (-want +got):\n%s", c.name, d)
		}
		names := map[uint64]string{xxhash.Sum64String("store-B"): "store-B"}
		if err := db.ClosedOrders(t.Context(), k, c.finished, func(n int, h uint64) { closed = append(closed, fmt.Sprint(n, " ", names[h])) }); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.closed, closed); d != "" {
			t.Errorf("%s: closed orders (-want +got):\n%s", c.name, d)
		}
	}
}

func TestOrdersByNumber(t *testing.T) {
	db := open(t, nil)
	w := NewWriter(db, retail("many"))
	f := sample("many", "many")
	f.Events, f.Dead = nil, nil
	o := f.Effects.Orders[0]
	f.Effects = tracker.Gathered{}
	var ids []string
	want := map[string]bool{}
	for i := range 20_000 {
		o.ID = fmt.Sprintf("订单'\\%d", i)
		o.State = []byte(o.ID)
		if i%2 == 0 {
			f.Effects.Orders = append(f.Effects.Orders, o)
			want[o.ID] = true
		}
		ids = append(ids, o.ID)
	}
	mustWrite(t, w, f)
	got := map[string]bool{}
	k := ingest.Key{Process: "many", Topic: "many", Epoch: 2}
	if err := db.Orders(t.Context(), k, 3, ids, func(state []byte) error {
		got[string(state)] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("orders (-want +got):\n%s", d)
	}
	stop := errors.New("stop")
	if err := db.OpenOrders(t.Context(), k, map[int]int64{3: 0}, func(int, []byte, bool) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of fn: got %v", err)
	}
	if err := db.Orders(t.Context(), k, 3, nil, func([]byte) error { return errors.New("an order") }); err != nil {
		t.Error(err)
	}
}

func TestQuiesceEndsInsertsOfThePartition(t *testing.T) {
	db := open(t, nil)
	k := ingest.Key{Topic: "q"}
	if err := db.Quiesce(t.Context(), k, []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := map[string]chan error{}
	var bodies []*io.PipeWriter
	for _, id := range []string{"takt-q-1-0-w9-1-events.1", "takt-q-1-5-0-w9-1-events.1"} { // the second is of a topic q-1
		end := make(chan error, 1)
		ended[id] = end
		body, stuck := io.Pipe() // a body that does not end
		defer stuck.Close()
		bodies = append(bodies, stuck)
		go func() {
			c := driver.Context(ctx, driver.WithQueryID(id))
			end <- db.conn.InsertFormat(c, "TabSeparated", "INSERT INTO takt_store.progress (topic)", body)
		}()
	}
	running := func() int {
		return count(t, db, "SELECT count() FROM system.processes WHERE startsWith(query_id, 'takt-q-')")
	}
	for deadline := time.Now().Add(10 * time.Second); running() < 2; {
		if time.Now().After(deadline) {
			t.Fatal("the inserts do not show in system.processes")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := db.Quiesce(t.Context(), k, []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	if n := running(); n != 1 {
		t.Errorf("got %d inserts running, want that of the other topic", n)
	}
	cancel()
	for _, b := range bodies {
		b.CloseWithError(errors.New("the client is gone"))
	}
	for id, err := range ended {
		if err := <-err; err == nil {
			t.Errorf("insert %s reported success", id)
		}
	}
}
