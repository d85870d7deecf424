package kafka_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveEnv) != "" {
		serveFake()
		return
	}
	goleak.VerifyTestMain(m)
}

// startFake runs a cluster of kfake on real sockets.
func startFake(t testing.TB, opts ...kfake.Opt) kafka.Cluster {
	t.Helper()
	return kafka.Cluster{Brokers: fakeCluster(t, opts...).ListenAddrs()}
}

func fakeCluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func newSource(t testing.TB, cfg kafka.Config) *kafka.Source {
	t.Helper()
	s, err := kafka.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newProducer(t testing.TB, cfg kafka.ProducerConfig) *kafka.Producer {
	t.Helper()
	p, err := kafka.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func timeout(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// readTo reads a partition from an offset to the end it is told of, and copies the
// records.
func readTo(ctx context.Context, t testing.TB, s *kafka.Source, partition int, from, end int64) []ingest.Record {
	t.Helper()
	r, err := s.Open(partition, from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []ingest.Record
	for next := from; next < end; {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("after %d records: %v", len(out), err)
		}
		if b.First != next || b.Next < b.First || b.Partition != partition {
			t.Fatalf("batch covers [%d, %d) of partition %d, want it to begin at %d of %d", b.First, b.Next, b.Partition, next, partition)
		}
		for _, rec := range b.Records {
			if rec.Offset < b.First || rec.Offset >= b.Next {
				t.Fatalf("offset %d lies outside of its batch [%d, %d)", rec.Offset, b.First, b.Next)
			}
			out = append(out, clone(rec))
		}
		next = b.Next
		b.Release()
	}
	return out
}

func clone(r ingest.Record) ingest.Record {
	r.Key, r.Value = cloneBytes(r.Key), cloneBytes(r.Value)
	return r
}

// cloneBytes keeps nil apart from empty.
func cloneBytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

// numbered returns n messages with distinct keys and values that compress.
func numbered(n int) []kafka.Message {
	out := make([]kafka.Message, n)
	for i := range out {
		out[i] = kafka.Message{
			Key:   fmt.Appendf(nil, "order-%d", i%1000),
			Value: fmt.Appendf(nil, `{"id":"%d","order":"order-%d","activity":"order.placed","at":"2026-01-02T03:04:05Z"}`, i, i%1000),
		}
	}
	return out
}
