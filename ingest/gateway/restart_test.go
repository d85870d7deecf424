package gateway_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/gateway"
	"github.com/takt-orders/takt/ingest/kafka"
)

// broker is a Kafka that can be away for a while.
type broker struct {
	addr    string
	stop    func() error
	restart func() error
}

// TestRestart restarts the broker in the middle of a load. Senders send again what
// was not answered with 200, as the contract asks of them; afterwards what they
// sent, what was answered and what the log holds are the same set.
func TestRestart(t *testing.T) {
	t.Run("in the box", func(t *testing.T) { checkRestart(t, box(t)) })
	t.Run("Apache Kafka killed", func(t *testing.T) { checkRestart(t, apache(t)) })
}

func box(t *testing.T) broker {
	dir := t.TempDir()
	k, err := embedded.StartKafka(embedded.KafkaConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	addr := k.Addr
	return broker{addr, func() error { return k.Close() }, func() error {
		k, err = embedded.StartKafka(embedded.KafkaConfig{Dir: dir, Listen: addr})
		return err
	}}
}

func apache(t *testing.T) broker {
	for _, program := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s", program)
		}
	}
	if testing.Short() {
		t.Skip("starts Apache Kafka")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // the first time downloads
	t.Cleanup(cancel)
	k, err := embedded.StartApacheKafka(ctx, t.TempDir(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return broker{k.Addr, k.Kill, func() error { return k.Restart(ctx) }}
}

func checkRestart(t *testing.T, k broker) {
	if err := (kafka.Cluster{Brokers: []string{k.addr}}).CreateTopic(t.Context(), "orders", 4, 1, nil); err != nil {
		t.Fatal(err)
	}
	const memory = 1 << 20 // so that an outage fills it
	counts := newTally()
	gw := serve(t, gateway.Config{Observer: counts, Memory: memory, Patience: 300 * time.Millisecond, Endpoints: []gateway.Endpoint{
		{Source: "hook", Verifier: &gateway.Webhook{Secret: []byte(secret), Within: time.Minute}, Log: newTopic(t, k.addr, "orders"), Key: orderID},
	}})
	l := newLoad(gw, 16)
	const each = 150
	done := make(chan struct{})
	go func() { defer close(done); l.run(t, each) }()
	l.await(t, 16*each/3)
	if err := k.stop(); err != nil {
		t.Fatal(err)
	}
	l.awaitRefusals(t, 100)
	if err := k.restart(); err != nil {
		t.Fatal(err)
	}
	<-done

	held := map[string]int{}
	records := read(t, k.addr, "orders")
	for _, r := range records {
		held[string(r.Headers[0].Value)]++
	}
	answered := slices.Sorted(maps.Keys(l.answered))
	if got := slices.Sorted(maps.Keys(held)); !slices.Equal(got, answered) || len(answered) != 16*each {
		t.Errorf("%d deliveries sent, %d answered, %d in the log", 16*each, len(answered), len(got))
	}
	for end := time.Now().Add(10 * time.Second); counts.inMemory() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if counts.most > memory || counts.inMemory() != 0 || counts.get("hook no_memory") == 0 {
		t.Errorf("at most %d bytes of %d were held, %d at the end; counted %v", counts.most, memory, counts.inMemory(), counts.count)
	}
	t.Logf("%d deliveries, %d refusals, %d records, of which %d repeat one", 16*each, l.refused, len(records), len(records)-len(held))
}

// load is senders that send again until they are answered.
type load struct {
	addr    string
	senders int

	mu       sync.Mutex
	answered map[string]bool
	refused  int
}

func newLoad(addr string, senders int) *load {
	return &load{addr: addr, senders: senders, answered: map[string]bool{}}
}

func (l *load) run(t *testing.T, each int) {
	var all sync.WaitGroup
	for s := range l.senders {
		all.Go(func() {
			for n := range each {
				for id := fmt.Sprintf("%d-%d", s, n); !l.send(t, id); {
					time.Sleep(20 * time.Millisecond) // less than Retry-After, so that the test is quick
				}
			}
		})
	}
	all.Wait()
}

// send sends one delivery once and reports whether it was answered with 200.
func (l *load) send(t *testing.T, id string) bool {
	q := webhook("/in/hook", id, `{"order_id":"`+id+`"}`, time.Now())
	req, err := http.NewRequestWithContext(context.Background(), q.method, "http://"+l.addr+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Error(err)
		return true
	}
	req.Header = q.header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return true
	}
	res.Body.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if res.StatusCode != http.StatusOK {
		l.refused++
		return false
	}
	l.answered[id] = true
	return true
}

func (l *load) until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		l.mu.Lock()
		ok := reached()
		l.mu.Unlock()
		if ok {
			return
		}
	}
	t.Fatalf("no %s", what)
}

func (l *load) await(t *testing.T, n int) {
	t.Helper()
	l.until(t, "answers", func() bool { return len(l.answered) >= n })
}

func (l *load) awaitRefusals(t *testing.T, n int) {
	t.Helper()
	l.until(t, "refusals", func() bool { return l.refused >= n })
}
