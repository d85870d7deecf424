package gateway_test

import (
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/gateway"
	"github.com/takt-orders/takt/ingest/kafka"
)

// TestTooLargeForTopic pushes what the topic does not take: it is refused for good,
// with the limit, while others are taken, also those of the same batch.
func TestTooLargeForTopic(t *testing.T) {
	k, err := embedded.StartKafka(embedded.KafkaConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	cluster := kafka.Cluster{Brokers: []string{k.Addr}}
	if err := cluster.CreateTopic(t.Context(), "orders", 1, 1, map[string]string{"max.message.bytes": "10000"}); err != nil {
		t.Fatal(err)
	}
	counts := newTally()
	addr := serve(t, gateway.Config{Observer: counts, Endpoints: []gateway.Endpoint{{
		Source: "hook", Verifier: &gateway.Webhook{Secret: []byte(secret), Within: time.Minute}, Log: newTopic(t, k.Addr, "orders"), Key: orderID,
	}}})
	var noise strings.Builder // which does not compress
	for noise.Len() < 20_000 {
		noise.WriteString(rand.Text())
	}
	long := webhook("/in/hook", "long", `{"order_id":"SO1","note":"`+noise.String()+`"}`, time.Now())
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), long.method, "http://"+addr+long.path, strings.NewReader(long.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = long.header
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 413 || res.Header.Get("Retry-After") != "" || !strings.Contains(string(answer), "max.message.bytes of the source's topic, 10000 bytes") {
			t.Errorf("got %d %s, %v", res.StatusCode, answer, err)
		}
	}
	l := newLoad(addr, 8)
	l.run(t, 20)
	if l.refused != 0 || len(read(t, k.Addr, "orders")) != 160 {
		t.Errorf("%d of 160 others were refused", l.refused)
	}
	until(t, "no memory is held", func() bool { return counts.inMemory() == 0 })
	if counts.get("hook too_large_for_topic") != 2 {
		t.Errorf("counted %v", counts.count)
	}
}
