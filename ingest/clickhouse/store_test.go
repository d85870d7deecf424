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
	k := ingest.Key{Source: "shop", Process: "store", Topic: "store", Partition: 3, Epoch: 2}
	if _, ok, err := db.Progress(t.Context(), k); ok || err != nil {
		t.Fatalf("progress of nothing: got %v, %v", ok, err)
	}
	w := NewWriter(db, retail("store"))
	f := sample("store", "store")
	mustWrite(t, w, f)
	f = sample("store", "store") // time alone, then an unfinished flush
	f.Number, f.First, f.Next, f.Events, f.Dead = 6, 104, 104, nil, nil
	f.Effects = tracker.Gathered{}
	f.Counts = ingest.Counts{}
	mustWrite(t, w, f)

	p, ok, err := db.Progress(t.Context(), k)
	if err != nil || !ok {
		t.Fatalf("progress: got %v, %v", ok, err)
	}
	want := ingest.Progress{
		Epoch: 2, Number: 6, First: 104, Next: 104, Partitions: 8, HistoryEnd: 102, Leader: 4, Writer: db.WriterID(), WrittenAt: f.WrittenAt,
	}
	if d := cmp.Diff(want, p); d != "" {
		t.Errorf("progress (-want +got):\n%s", d)
	}
	for _, other := range []func(*ingest.Key){
		func(k *ingest.Key) { k.Epoch++ }, func(k *ingest.Key) { k.Partition++ }, func(k *ingest.Key) { k.Topic = "other" },
	} {
		k := k
		if other(&k); k.Topic == "" {
			continue
		}
		if _, ok, err := db.Progress(t.Context(), k); ok || err != nil {
			t.Errorf("progress of %v: got %v, %v", k, ok, err)
		}
		if err := db.OpenOrders(t.Context(), k, 0, func([]byte, bool) error { return errors.New("an order") }); err != nil {
			t.Errorf("open orders of %v: %v", k, err)
		}
	}
	if epoch, ok, err := db.LastEpoch(t.Context(), "store"); epoch != 2 || !ok || err != nil {
		t.Errorf("last epoch: got %d, %v, %v", epoch, ok, err)
	}

	for finished, want := range map[int64][]string{5: {"state\x00A false"}, 4: {"state\x00A true", "state B true"}} {
		var open []string
		if err := db.OpenOrders(t.Context(), k, finished, func(state []byte, unfinished bool) error {
			open = append(open, fmt.Sprint(string(state), " ", unfinished))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(open)
		if d := cmp.Diff(want, open); d != "" {
			t.Errorf("open orders after flush %d (-want +got):\n%s", finished, d)
		}
	}
	for finished, want := range map[int64][]uint64{5: {xxhash.Sum64String("store-B")}, 4: nil} {
		var closed []uint64
		if err := db.ClosedOrders(t.Context(), k, finished, func(h uint64) { closed = append(closed, h) }); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, closed); d != "" {
			t.Errorf("closed orders after flush %d (-want +got):\n%s", finished, d)
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
	k := ingest.Key{Process: "many", Topic: "many", Partition: 3, Epoch: 2}
	if err := db.Orders(t.Context(), k, ids, func(state []byte) error {
		got[string(state)] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("orders (-want +got):\n%s", d)
	}
	stop := errors.New("stop")
	if err := db.OpenOrders(t.Context(), k, 0, func([]byte, bool) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of fn: got %v", err)
	}
	if err := db.Orders(t.Context(), k, nil, func([]byte) error { return errors.New("an order") }); err != nil {
		t.Error(err)
	}
}

func TestQuiesceEndsInsertsOfThePartition(t *testing.T) {
	db := open(t, nil)
	k := ingest.Key{Topic: "q", Partition: 1}
	if err := db.Quiesce(t.Context(), k); err != nil {
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
	if err := db.Quiesce(t.Context(), k); err != nil {
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
