package gateway_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/gateway"
	"github.com/takt-orders/takt/ingest/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret = "0123456789abcdef0123456789abcdef"
	body   = `{"order_id":"SO1","activity":"order.placed","occurred_at":"2026-01-01T00:00:00Z"}`
)

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// startKafka runs a broker with a topic.
func startKafka(t testing.TB, topic string, partitions int) *embedded.Kafka {
	t.Helper()
	k, err := embedded.StartKafka(embedded.KafkaConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	if err := (kafka.Cluster{Brokers: []string{k.Addr}}).CreateTopic(t.Context(), topic, partitions, 1, nil); err != nil {
		t.Fatal(err)
	}
	return k
}

// topic is the log of these tests: a topic of a real broker.
type topic struct{ *kafka.Producer }

func newTopic(t testing.TB, addr, name string) topic {
	t.Helper()
	p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: kafka.Cluster{Brokers: []string{addr}}, Topic: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return topic{p}
}

func (p topic) Append(ctx context.Context, d gateway.Delivery) error {
	err := p.Write(ctx, kafka.Message{Key: d.Key, Value: d.Body, Headers: []kafka.Header{{Key: "id", Value: []byte(d.ID)}}})
	if errors.Is(err, kafka.ErrTooLarge) {
		limit, unknown := p.MaxMessageBytes(ctx)
		return &gateway.Refused{Limit: limit, Err: errors.Join(err, unknown)}
	}
	return err
}

// read returns all records that a topic holds.
func read(t testing.TB, addr, name string) []*kgo.Record {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics(name), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	src, err := kafka.New(kafka.Config{Cluster: kafka.Cluster{Brokers: []string{addr}}, Topic: name, Assignment: kafka.AssignStatic})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ranges, err := src.Ranges(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, r := range ranges {
		want += int(r.End - r.Begin)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all []*kgo.Record
	for len(all) < want {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("read %d of %d records", len(all), want)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

// tally counts results.
type tally struct {
	mu    sync.Mutex
	count map[string]int
	held  int
	most  int // that was held at one time
}

func newTally() *tally { return &tally{count: map[string]int{}} }

func (c *tally) Delivered(source string, r gateway.Result, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[source+" "+r.String()]++
}

func (c *tally) Held(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.most = n, max(c.most, n)
}

func (c *tally) get(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count[what]
}

func (c *tally) inMemory() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// serve runs a gateway and returns its address.
func serve(t testing.TB, cfg gateway.Config) string {
	t.Helper()
	g, err := gateway.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.Serve(ctx, l) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// orderID is the Key of these tests.
func orderID(body []byte) ([]byte, bool) {
	var v struct {
		OrderID string `json:"order_id"`
	}
	if json.Unmarshal(body, &v) != nil {
		return nil, false
	}
	return []byte(v.OrderID), true
}

// request is a push being made.
type request struct {
	method, path, body string
	header             http.Header
}

func (q request) send(t testing.TB, addr string) (status int, result string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), q.method, "http://"+addr+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = q.header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a struct{ Result, Detail string }
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatalf("answer %q: %v", data, err)
	}
	if a.Result != "taken" && a.Result != "repeated" && a.Detail == "" {
		t.Errorf("%s has no detail", a.Result)
	}
	return res.StatusCode, a.Result, res.Header
}

// webhook signs a push as Standard Webhooks.
func webhook(path, id, body string, at time.Time) request {
	ts := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(id + "." + ts + "." + body))
	return request{http.MethodPost, path, body, http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {ts},
		"Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))},
	}}
}

// jiandaoyun signs a push as 简道云.
func jiandaoyun(path, id, body string, at time.Time) request {
	sum := sha1.Sum(fmt.Appendf(nil, "0f5ade:%s:%s:%d", body, secret, at.Unix()))
	return request{http.MethodPost, fmt.Sprintf("%s?timestamp=%d&nonce=0f5ade", path, at.Unix()), body, http.Header{
		"X-Jdy-Deliverid": {id}, "X-Jdy-Signature": {hex.EncodeToString(sum[:])},
	}}
}
