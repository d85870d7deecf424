package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

// mustTopic makes a topic of one partition.
func mustTopic(t *testing.T, addr, topic string) {
	t.Helper()
	client := &kafka.Client{Addr: kafka.TCP(addr), Timeout: 10 * time.Second, Transport: transport(t)}
	resp, err := client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}}})
	if err == nil {
		err = resp.Errors[topic]
	}
	if err != nil {
		t.Fatalf("create topic: %v", err)
	}
}

func transport(t *testing.T) *kafka.Transport {
	tr := &kafka.Transport{MetadataTTL: time.Second}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// mustProduce writes n messages numbered from first.
func mustProduce(t *testing.T, addr, topic string, first, n int) {
	t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(addr), Topic: topic, BatchTimeout: time.Millisecond, RequiredAcks: kafka.RequireAll, Transport: transport(t), MaxAttempts: 20}
	defer w.Close()
	var messages []kafka.Message
	for i := range n {
		messages = append(messages, kafka.Message{Value: fmt.Appendf(nil, "m%d", first+i)})
	}
	if err := w.WriteMessages(t.Context(), messages...); err != nil {
		t.Fatalf("produce: %v", err)
	}
}

// mustConsume reads n messages from the beginning and checks their order.
func mustConsume(t *testing.T, addr, topic string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{addr}, Topic: topic, MaxWait: 100 * time.Millisecond})
	defer r.Close()
	for i := range n {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			t.Fatalf("read message %d: %v", i, err)
		}
		if want := fmt.Sprintf("m%d", i); string(m.Value) != want {
			t.Fatalf("message %d is %q, want %q", i, m.Value, want)
		}
	}
}

func TestKafkaKeepsItsData(t *testing.T) {
	dir := t.TempDir()
	k, err := StartKafka(KafkaConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	mustTopic(t, k.Addr, "orders")
	mustProduce(t, k.Addr, "orders", 0, 100)
	addr := k.Addr
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if k, err = StartKafka(KafkaConfig{Dir: dir, Listen: addr}); err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if k.Addr != addr {
		t.Fatalf("address is %s, want %s", k.Addr, addr)
	}
	mustProduce(t, k.Addr, "orders", 100, 100)
	mustConsume(t, k.Addr, "orders", 200)
}

func TestKafkaRefusesBadAddresses(t *testing.T) {
	for _, listen := range []string{"nowhere", "127.0.0.1:http", "127.0.0.1:70000"} {
		if k, err := StartKafka(KafkaConfig{Listen: listen}); err == nil {
			t.Errorf("%s: no error", listen)
			_ = k.Close()
		}
	}
}

func TestApacheKafka(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // the first time downloads
	defer cancel()
	begin := time.Now()
	k, err := StartApacheKafka(ctx, t.TempDir(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	t.Logf("ready after %s", time.Since(begin).Round(time.Millisecond))
	addr := k.Addr
	mustTopic(t, addr, "orders")
	mustProduce(t, addr, "orders", 0, 100)
	if err := k.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := k.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	mustProduce(t, addr, "orders", 100, 100)
	mustConsume(t, addr, "orders", 200)
	if err := errors.Join(k.Close(), k.Close()); err != nil {
		t.Fatal(err)
	}
}
