package kafka_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

func newTransactions(t testing.TB, cluster kafka.Cluster, source, topic string) *kafka.Transactions {
	t.Helper()
	tx, err := kafka.NewTransactions(kafka.TransactionsConfig{Cluster: cluster, Topic: topic, Partitioner: kafka.Murmur2, Group: "takt", Source: source})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Close(); err != nil {
			t.Error(err)
		}
	})
	return tx
}

// records returns n records numbered from first.
func records(first, n int) []ingest.Record {
	out := make([]ingest.Record, n)
	for i := range out {
		out[i] = ingest.Record{
			Key: fmt.Appendf(nil, "order-%d", (first+i)%100), Value: fmt.Appendf(nil, "%d", first+i),
			Append: order.Instant(1_700_000_000_000 + first + i), History: i%2 == 0,
		}
	}
	return out
}

func TestTransactionsWrite(t *testing.T) {
	checkTransactionsWrite(t, startFake(t, kfake.SeedTopics(2, "source"), kfake.SeedTopics(3, "target")), "source", "target")
}

// checkTransactionsWrite commits, is taken over in the middle, and goes on: every
// record is read once, and the offset is that of the last commit.
func checkTransactionsWrite(t *testing.T, cluster kafka.Cluster, source, topic string) {
	ctx := timeout(t, 60*time.Second)
	member := newSource(t, kafka.Config{Cluster: cluster, Topic: source, Group: "takt"})
	a, err := member.Join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Done()
	tx := newTransactions(t, cluster, source, topic)
	first, next, err := tx.Begin(ctx, a, 1)
	if err != nil || next != -1 {
		t.Fatalf("got next %d, %v", next, err)
	}
	commit := func(s ingest.Transaction, from, n int) error {
		return s.Commit(ctx, records(from, n), int64(from+n))
	}
	for _, n := range []int{1, 500, 0, 1000} { // one of them moves the offset alone
		if err := commit(first, int(max(next, 0)), n); err != nil {
			t.Fatal(err)
		}
		next = max(next, 0) + int64(n)
	}
	second, got, err := newTransactions(t, cluster, source, topic).Begin(ctx, a, 1)
	if err != nil || got != next {
		t.Fatalf("got next %d, want %d, %v", got, next, err)
	}
	if err := commit(first, int(next), 10); !errors.Is(err, kafka.ErrLost) {
		t.Errorf("the first owner's commit: got %v, want that it has lost the partition", err)
	}
	if err := commit(second, int(next), 250); err != nil {
		t.Fatal(err)
	}
	next += 250
	if _, got, err = tx.Begin(ctx, a, 1); err != nil || got != next {
		t.Errorf("got next %d, want %d, %v", got, next, err)
	}
	if _, got, err = tx.Begin(ctx, a, 0); err != nil || got != -1 {
		t.Errorf("the other partition: got next %d, %v", got, err)
	}

	reader := newSource(t, kafka.Config{Cluster: cluster, Topic: topic, Assignment: kafka.AssignStatic})
	ranges, err := reader.Ranges(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range ranges {
		for _, rec := range readTo(ctx, t, reader, r.Partition, r.Begin, r.End) {
			seen[string(rec.Value)]++
			var n int
			if _, err := fmt.Sscan(string(rec.Value), &n); err != nil || string(rec.Key) != fmt.Sprintf("order-%d", n%100) ||
				rec.Append != order.Instant(1_700_000_000_000+n) || kafka.Partition(kafka.Murmur2, rec.Key, len(ranges)) != r.Partition {
				t.Fatalf("partition %d: got record %+v, %v", r.Partition, rec, err)
			}
		}
	}
	if len(seen) != int(next) {
		t.Errorf("got %d records, want %d", len(seen), next)
	}
	for value, n := range seen {
		if n != 1 {
			t.Errorf("record %s was read %d times", value, n)
		}
	}
}

// A member that a rebalance has passed over cannot move the offset any more, even
// if nobody has taken its transactions over.
func TestTransactionsAreFencedByGeneration(t *testing.T) {
	ctx := timeout(t, 60*time.Second)
	cluster := startFake(t, kfake.SeedTopics(1, "source"), kfake.SeedTopics(1, "target"))
	member := newSource(t, kafka.Config{Cluster: cluster, Topic: "source", Group: "takt"})
	old, err := member.Join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tx := newTransactions(t, cluster, "source", "target")
	s, _, err := tx.Begin(ctx, old, 0)
	if err != nil {
		t.Fatal(err)
	}
	old.Done()
	now, err := member.Join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer now.Done()
	if err := s.Commit(ctx, records(0, 5), 5); !errors.Is(err, kafka.ErrLost) {
		t.Fatalf("got %v, want that the assignment is lost", err)
	}
	if _, next, err := tx.Begin(ctx, now, 0); err != nil || next != -1 {
		t.Errorf("got next %d, %v", next, err)
	}
}
