package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/takt-orders/takt/alerts/notify/robots"
)

// pipes is a listener in memory, so that a server runs within a bubble of
// synctest: minutes of limits take no time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.done) }); return nil }

func (*pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// bubble runs a hub with one receiver against the robot, both on synctest's clock.
func bubble(t *testing.T, r *robots.Robot, receiver Receiver, work func(t *testing.T, h *Hub, store *memory)) {
	synctest.Test(t, func(t *testing.T) {
		r.Now = time.Now
		listener := newPipes()
		server := &http.Server{Handler: r}
		served := make(chan struct{})
		go func() { defer close(served); server.Serve(listener) }()
		transport := &http.Transport{DialContext: listener.dial}
		store := &memory{}
		c := example()
		h, err := NewHub(HubConfig{Context: c, Receivers: []Receiver{receiver}, Store: store, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		work(t, h, store)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
		server.Close()
		<-served
	})
}

// memory is a Store of the tests.
type memory struct {
	mu  sync.Mutex
	all []Delivery
}

func (m *memory) Record(_ context.Context, all []Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, all...)
	return nil
}

func (m *memory) Delivered(_ context.Context, receiver, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.all {
		if d.Receiver == receiver && d.Key == key && d.Result == Sent {
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) results() map[Result]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := map[Result]int{}
	for _, d := range m.all {
		n[d.Result]++
	}
	return n
}

func robotReceiver(channel Channel) Receiver {
	return Receiver{Name: string(channel), Channel: channel, Lang: Chinese, URL: "http://robot/send?key=wecom-key&access_token=t", Secret: "robot-secret"}
}

// single is a notification of its own.
func single(i int) *notice {
	c := example()
	a := firing(&c)
	a.Labels = map[string]string{"alertname": OrdersAlert, "process": "retail", "stage": "picking", "kind": fmt.Sprintf("kind-%02d", i), "owner_team": "warehouse"}
	return &notice{GroupKey: fmt.Sprint(i), Alerts: []*alert{a}}
}

// Sixty notifications at once: the robot never sees more in a minute than it documents,
// every notification is told, and those past the limit several in one message.
func TestOverflow(t *testing.T) {
	for _, test := range []struct {
		channel Channel
		most    int // messages a minute
	}{{WeCom, 20}, {DingTalk, 20}, {Feishu, 60}} {
		t.Run(string(test.channel), func(t *testing.T) {
			r := &robots.Robot{Program: string(test.channel), Secret: "robot-secret"}
			bubble(t, r, robotReceiver(test.channel), func(t *testing.T, h *Hub, store *memory) {
				began := time.Now()
				var wg sync.WaitGroup
				for i := range 60 {
					wg.Go(func() {
						if err := h.notify(t.Context(), single(i), ""); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				t.Logf("%d messages in %v, %v", len(r.Messages()), time.Since(began), store.results())
				if len(r.Refused()) > 0 {
					t.Errorf("the robot refused %q", r.Refused())
				}
				minutes := 1 + int(time.Since(began)/time.Minute)
				if got := len(r.Messages()); got > test.most*minutes || minutes > 2 {
					t.Errorf("got %d messages in %d minutes", got, minutes)
				}
				all := strings.Join(r.Messages(), "\n")
				for i := range 60 {
					if !strings.Contains(all, fmt.Sprintf("kind-%02d", i)) {
						t.Errorf("notification %d was not told", i)
					}
				}
				if n := store.results(); n[Sent]+n[Collapsed] != 60 {
					t.Errorf("got results %v", n)
				}
			})
		})
	}
}

// Another program has used the robot up: it is mute for ten minutes, and what came
// meanwhile goes out as one message after it.
func TestMuted(t *testing.T) {
	r := &robots.Robot{Program: robots.DingTalk, Secret: "robot-secret"}
	bubble(t, r, robotReceiver(DingTalk), func(t *testing.T, h *Hub, store *memory) {
		began := time.Now()
		r.Mute(began.Add(10 * time.Minute))
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				if err := h.notify(t.Context(), single(i), ""); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := time.Since(began); got < 10*time.Minute || got > 11*time.Minute {
			t.Errorf("told after %v", got)
		}
		if got := r.Messages(); len(got) != 1 || !strings.Contains(got[0], "5条消息合并为一条") || r.Calls() != 2 {
			t.Errorf("got %d messages in %d calls: %s", len(got), r.Calls(), got)
		}
		if n := store.results(); n[Collapsed] != 5 {
			t.Errorf("got results %v", n)
		}
	})
}

func TestRetry(t *testing.T) {
	for _, test := range []struct {
		name   string
		broken int
		secret string
		want   Result
		calls  int
	}{
		{"comes back", 2, "robot-secret", Sent, 3},
		{"given up", 100, "robot-secret", Failed, attemptsMost},
		{"refused for ever", 0, "wrong", Refused, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &robots.Robot{Program: robots.Feishu, Secret: "robot-secret"}
			r.Break(test.broken)
			receiver := robotReceiver(Feishu)
			receiver.Secret = test.secret
			bubble(t, r, receiver, func(t *testing.T, h *Hub, store *memory) {
				err := h.notify(t.Context(), single(1), "")
				if (err == nil) != (test.want == Sent) || errors.Is(err, errRefused) != (test.want == Refused) {
					t.Errorf("got error %v", err)
				}
				d := store.all[0]
				if d.Result != test.want || d.Attempts != test.calls || r.Calls() != test.calls {
					t.Errorf("got %s after %d attempts, %d calls", d.Result, d.Attempts, r.Calls())
				}
				if strings.Contains(d.Error, "robot") && strings.Contains(d.Error, "access_token") {
					t.Errorf("the error holds the address: %s", d.Error)
				}
			})
		})
	}
}

// The same notification, told by two Alertmanagers or again after a time-out, is
// one message; the end is another.
func TestDuplicate(t *testing.T) {
	r := &robots.Robot{Program: robots.WeCom}
	bubble(t, r, robotReceiver(WeCom), func(t *testing.T, h *Hub, _ *memory) {
		for range 3 {
			if err := h.notify(t.Context(), single(1), ""); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(r.Messages()); got != 1 {
			t.Fatalf("got %d messages", got)
		}
		end := single(1)
		end.Alerts[0].Status = "resolved"
		if err := h.notify(t.Context(), end, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Hour) // Alertmanager's repeat
		if err := h.notify(t.Context(), single(1), ""); err != nil {
			t.Fatal(err)
		}
		if got := len(r.Messages()); got != 3 {
			t.Errorf("got %d messages, want the first, the end and the repeat", got)
		}
	})
}

// Whoever waits when the program stops is told so: Alertmanager will try again.
func TestStop(t *testing.T) {
	r := &robots.Robot{Program: robots.WeCom}
	bubble(t, r, robotReceiver(WeCom), func(t *testing.T, h *Hub, _ *memory) {
		for range 21 {
			h.boxes[0].limiter.took(time.Now())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.notify(ctx, single(1), ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSigns(t *testing.T) {
	d := &dingtalk{secret: "SEC-test"}
	q := d.sign(time.UnixMilli(1_700_000_000_000))
	if got := q.Get("timestamp") + " " + q.Get("sign"); got != "1700000000000 "+robots.MAC("SEC-test", "1700000000000\nSEC-test") {
		t.Errorf("got %s", got)
	}
	var body struct{ Timestamp, Sign string }
	m := Example(English)
	if err := json.Unmarshal((&feishu{secret: "s"}).body(&m, time.Unix(1_700_000_000, 0)), &body); err != nil {
		t.Fatal(err)
	}
	if body.Timestamp != "1700000000" || body.Sign != robots.MAC("1700000000\ns", "") {
		t.Errorf("got %+v", body)
	}
}
