package kafka_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

// TestFollower: records that were not done with are read again, also by another member;
// those that were are not.
func TestFollower(t *testing.T) {
	cluster := startFake(t)
	if err := cluster.CreateTopic(t.Context(), "notices", 1, 1, nil); err != nil {
		t.Fatal(err)
	}
	p := newProducer(t, kafka.ProducerConfig{Cluster: cluster, Topic: "notices"})
	write := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			if err := p.Write(t.Context(), kafka.Message{Key: []byte("k"), Value: fmt.Appendf(nil, "%d", i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	follow := func() *kafka.Follower {
		t.Helper()
		f, err := cluster.Follow("notices", "group", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	want := func(f *kafka.Follower, patience time.Duration, values ...string) {
		t.Helper()
		got, err := f.Next(t.Context(), 500, patience)
		var texts []string
		for _, v := range got {
			texts = append(texts, string(v))
		}
		if err != nil || !slices.Equal(texts, values) {
			t.Fatalf("got %v, %v; want %v", texts, err, values)
		}
	}
	done := func(f *kafka.Follower) {
		t.Helper()
		if err := f.Done(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	leave := func(f *kafka.Follower) {
		t.Helper()
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	const long = time.Minute
	write(0, 3)
	f := follow()
	want(f, long, "0", "1", "2")
	want(f, long, "0", "1", "2")
	done(f)
	write(3, 5)
	want(f, long, "3", "4")
	leave(f)
	f = follow()
	want(f, long, "3", "4")
	done(f)
	want(f, time.Millisecond)
	leave(f)
}
