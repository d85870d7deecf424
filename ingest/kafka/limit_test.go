package kafka_test

import (
	"errors"
	"math/rand"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

// TestTooLarge writes messages that a topic does not take, alone and in a batch with
// others: those others are written, each once.
func TestTooLarge(t *testing.T) {
	checkTooLarge(t, startFake(t))
}

func checkTooLarge(t *testing.T, cluster kafka.Cluster) {
	t.Helper()
	const limit = 20_000
	ctx := timeout(t, 30*time.Second)
	if err := cluster.CreateTopic(ctx, "small", 1, 1, map[string]string{"max.message.bytes": strconv.Itoa(limit)}); err != nil {
		t.Fatal(err)
	}
	p := newProducer(t, kafka.ProducerConfig{Cluster: cluster, Topic: "small"})
	for _, read := range []func() (int, error){
		func() (int, error) { return cluster.MaxMessageBytes(ctx, "small") },
		func() (int, error) { return p.MaxMessageBytes(ctx) },
	} {
		if got, err := read(); got != limit || err != nil {
			t.Errorf("got a limit of %d, %v, want %d", got, err, limit)
		}
	}
	random := rand.New(rand.NewSource(1)) // so that it cannot be compressed
	body := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	var batch []kafka.Message
	for i := range 6 { // together beyond the limit, each below
		batch = append(batch, kafka.Message{Key: []byte{byte(i)}, Value: body(limit / 3)})
	}
	if err := p.Write(ctx, batch...); err != nil {
		t.Errorf("a batch whose messages fit: %v", err)
	}
	for _, n := range []int{limit, 2_000_000, 18 << 20} { // the last is beyond what the producer takes
		if err := p.Write(ctx, kafka.Message{Key: []byte("k"), Value: body(n)}); !errors.Is(err, kafka.ErrTooLarge) {
			t.Errorf("%d bytes: got %v, want ErrTooLarge", n, err)
		}
	}
	// Writers of one batch: each learns of its own message only.
	var all sync.WaitGroup
	for i := range 8 {
		n := limit / 3
		if i == 5 {
			n = 2 * limit
		}
		value := body(n)
		all.Go(func() {
			if err := p.Write(ctx, kafka.Message{Value: value}); (i == 5) != errors.Is(err, kafka.ErrTooLarge) || i != 5 && err != nil {
				t.Errorf("message %d: %v", i, err)
			}
		})
	}
	all.Wait()
	mixed := []kafka.Message{{Value: body(2_000_000)}, {Value: body(100)}, {Value: body(limit)}, {Value: body(200)}}
	var refused *kafka.TooLargeError
	if err := p.Write(ctx, mixed...); !errors.As(err, &refused) || !slices.Equal(refused.Messages, []int{0, 2}) || refused.Of != len(mixed) {
		t.Errorf("got %v, want the first and the third of four to be refused", err)
	}
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "small", Assignment: kafka.AssignStatic})
	ranges, err := s.Ranges(ctx)
	if err != nil || len(ranges) != 1 || ranges[0].End != 6+7+2 {
		t.Errorf("the topic holds %+v, %v, want 15 records", ranges, err)
	}
}
