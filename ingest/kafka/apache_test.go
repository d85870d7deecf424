package kafka_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

// forever keeps records whose time lies years back: retention goes by it.
var forever = map[string]string{"retention.ms": "-1"}

// TestApacheKafka repeats on the real broker what kfake might do differently.
func TestApacheKafka(t *testing.T) {
	for _, program := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s", program)
		}
	}
	if testing.Short() {
		t.Skip("starts Apache Kafka")
	}
	ctx := timeout(t, 5*time.Minute) // the first time downloads
	broker, err := embedded.StartApacheKafka(ctx, t.TempDir(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	cluster := kafka.Cluster{Brokers: []string{broker.Addr}}

	// First of all, since a young cluster answers 14, 15 and 16 for a while.
	t.Run("group", func(t *testing.T) { apacheGroup(t, cluster) })

	t.Run("transactions of our own", func(t *testing.T) {
		ctx := timeout(t, 30*time.Second)
		for topic, partitions := range map[string]int{"tx-source": 2, "tx-target": 3} {
			if err := cluster.CreateTopic(ctx, topic, partitions, 1, forever); err != nil {
				t.Fatal(err)
			}
		}
		checkTransactionsWrite(t, cluster, "tx-source", "tx-target")
	})

	for _, c := range codecs {
		t.Run(c.name, func(t *testing.T) {
			ctx := timeout(t, 30*time.Second)
			topic := "codec-" + c.name
			if err := cluster.CreateTopic(ctx, topic, 1, 1, forever); err != nil {
				t.Fatal(err)
			}
			produce(t, newFranz(t, cluster, kgo.ProducerBatchCompression(c.codec)), topic, 0, 800)
			s := newSource(t, kafka.Config{Cluster: cluster, Topic: topic, Assignment: kafka.AssignStatic, MaxBytes: 100_000})
			got := readTo(ctx, t, s, 0, 0, 800)
			same := 0
			clientFetch(ctx, t, newClient(t, cluster), topic, 0, 0, 800, func(r *ingest.Record) {
				if same < len(got) && diff(got[same:same+1], []ingest.Record{*r}) == "" {
					same++
				}
			})
			if same != 800 {
				t.Errorf("unlike Client.Fetch after %d records", same)
			}
			if d := diff(got, franzRead(ctx, t, cluster, topic, 0, 800, true)); d != "" {
				t.Errorf("unlike franz-go: %s", d)
			}
		})
	}
	t.Run("transactions", func(t *testing.T) {
		if err := cluster.CreateTopic(ctx, "transactions", 1, 1, forever); err != nil {
			t.Fatal(err)
		}
		checkTransactions(t, cluster, "transactions")
	})
	t.Run("log append time", func(t *testing.T) {
		ctx := timeout(t, 30*time.Second)
		if err := cluster.CreateTopic(ctx, "appended", 1, 1, map[string]string{"message.timestamp.type": "LogAppendTime"}); err != nil {
			t.Fatal(err)
		}
		produce(t, newFranz(t, cluster), "appended", 0, 50)
		s := newSource(t, kafka.Config{Cluster: cluster, Topic: "appended", Assignment: kafka.AssignStatic})
		got := readTo(ctx, t, s, 0, 0, 50)
		if d := diff(got, franzRead(ctx, t, cluster, "appended", 0, 50, true)); d != "" {
			t.Errorf("unlike franz-go: %s", d)
		}
		if age := time.Since(got[0].Append.Time()); age < 0 || age > time.Minute {
			t.Errorf("got %v, want the time of the broker", got[0].Append.Time())
		}
	})
	t.Run("too large", func(t *testing.T) { checkTooLarge(t, cluster) })
	t.Run("killed", func(t *testing.T) { apacheKilled(t, cluster, broker) })
}

func apacheGroup(t *testing.T, cluster kafka.Cluster) {
	ctx := timeout(t, 60*time.Second)
	if err := cluster.CreateTopic(ctx, "grouped", 5, 1, nil); err != nil {
		t.Fatal(err)
	}
	s1 := newSource(t, kafka.Config{Cluster: cluster, Topic: "grouped", Group: "takt"})
	a1, err := s1.Join(ctx)
	if err != nil || len(a1.Partitions()) != 5 {
		t.Fatalf("got %v and error %v, want five", a1, err)
	}
	if err := a1.Commit(ctx, map[int]int64{4: 0}); err != nil {
		t.Error(err)
	}
	joined := make(chan []int)
	s2 := newSource(t, kafka.Config{Cluster: cluster, Topic: "grouped", Group: "takt"})
	go func() {
		var got []int
		if a2, err := s2.Join(ctx); err == nil {
			got = a2.Partitions()
		}
		joined <- got
	}()
	<-a1.Lost()
	a1.Done()
	if a1, err = s1.Join(ctx); err != nil {
		t.Fatal(err)
	}
	if first, second := a1.Partitions(), <-joined; len(first)+len(second) != 5 || first[0] != 0 || first[1] != 1 {
		t.Errorf("got %v and %v, want five, and those kept that were there", first, second)
	}
}

// apacheKilled reads across the death of the broker.
func apacheKilled(t *testing.T, cluster kafka.Cluster, broker *embedded.ApacheKafka) {
	ctx := timeout(t, 90*time.Second)
	if err := cluster.CreateTopic(ctx, "killed", 1, 1, nil); err != nil {
		t.Fatal(err)
	}
	write := func(n int) {
		p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: "killed"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Write(ctx, kafka.Message{Key: []byte("k"), Value: fmt.Append(nil, n)}); err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "killed", Assignment: kafka.AssignStatic})
	r, err := s.Open(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Next(ctx); err != nil || len(b.Records) != 1 {
		t.Fatalf("got error %v", err)
	}
	if err := broker.Kill(); err != nil {
		t.Fatal(err)
	}
	down, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := r.Next(down); err == nil {
		t.Log("an answer was still under way")
	}
	if err := broker.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	write(2)
	for next := int64(1); next < 2; {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if b.First != next {
			t.Fatalf("got %d, want %d", b.First, next)
		}
		next = b.Next
	}
}
