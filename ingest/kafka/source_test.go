package kafka_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/takt-orders/takt/ingest/kafka"
)

func TestWriteAndRead(t *testing.T) {
	ctx := timeout(t, 20*time.Second)
	cluster := startFake(t)
	for range 2 { // the second time it exists
		if err := cluster.CreateTopic(ctx, "orders", 3, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	p := newProducer(t, kafka.ProducerConfig{Cluster: cluster, Topic: "orders"})
	messages := numbered(5000)
	messages[17].Value, messages[18].Value, messages[19].History = nil, []byte{}, true
	if err := p.Write(ctx, messages...); err != nil {
		t.Fatal(err)
	}

	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic})
	a, err := s.Join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Done()
	ranges, err := s.Ranges(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(ranges) != 3 || len(a.Partitions()) != 3 {
		t.Fatalf("got ranges %v and partitions %v, want three each", ranges, a.Partitions())
	}
	got, tombstones, history := 0, 0, 0
	for _, r := range ranges {
		if r.LeaderEpoch < 0 {
			t.Errorf("partition %d has no leader epoch", r.Partition)
		}
		for _, rec := range readTo(ctx, t, s, r.Partition, r.Begin, r.End) {
			if want := kafka.Partition(kafka.Murmur2, rec.Key, 3); want != r.Partition {
				t.Fatalf("key %q is in partition %d, want %d", rec.Key, r.Partition, want)
			}
			if !rec.Append.Known() {
				t.Fatalf("record %d has no time", rec.Offset)
			}
			got++
			if rec.Value == nil {
				tombstones++
			}
			if rec.History {
				history++
			}
		}
	}
	if got != 5000 || tombstones != 1 || history != 1 {
		t.Errorf("got %d records, %d tombstones, %d of history, want 5000, 1, 1", got, tombstones, history)
	}
}

func TestGroupOfOne(t *testing.T) {
	ctx := timeout(t, 20*time.Second)
	cluster := startFake(t, kfake.SeedTopics(4, "orders"))
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Group: "takt"})
	a, err := s.Join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Partitions()) != 4 || a.Generation() < 1 {
		t.Errorf("got partitions %v of generation %d, want four of at least 1", a.Partitions(), a.Generation())
	}
	if err := a.Commit(ctx, map[int]int64{0: 0, 3: 0}); err != nil {
		t.Error(err)
	}
	a.Done()
	<-a.Lost()
	b, err := s.Join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if b.Generation() <= a.Generation() {
		t.Errorf("generation %d follows %d", b.Generation(), a.Generation())
	}
	if err := a.Commit(ctx, map[int]int64{0: 0}); err == nil {
		t.Error("a past generation committed")
	}
	b.Done()
}
