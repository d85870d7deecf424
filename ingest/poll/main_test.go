package poll_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/takt-orders/takt/ingest/poll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// world is a clock that sleeping moves, a log and a cursor. Everything happens in
// the goroutine of the poller, but the servers.
type world struct {
	mu      sync.Mutex
	at      time.Time
	slept   []time.Duration
	until   time.Time // when it is reached, Run ends
	stop    context.CancelFunc
	tick    func(at time.Time) // called when the clock has moved
	records []string
	reached map[string]time.Time
	fail    error // of the log
	asked   map[string]int
}

func newWorld() *world {
	return &world{at: start, reached: map[string]time.Time{}, asked: map[string]int{}}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	w.at = w.at.Add(d)
	w.slept = append(w.slept, d)
	at := w.at
	w.mu.Unlock()
	if w.tick != nil {
		w.tick(at)
	}
	if w.stop != nil && !at.Before(w.until) {
		w.stop()
	}
	return ctx.Err()
}

func (w *world) Append(_ context.Context, all []poll.Record) error {
	if w.fail != nil {
		return w.fail
	}
	for _, r := range all {
		w.records = append(w.records, string(r.Body))
	}
	return nil
}

func (w *world) Reached(_ context.Context, source string) (time.Time, bool, error) {
	at, ok := w.reached[source]
	return at, ok, nil
}

func (w *world) Reach(_ context.Context, source string, at time.Time, _ int) error {
	w.reached[source] = at
	return nil
}

func (w *world) Asked(_, result string) { w.asked[result]++ }

func (w *world) Polled(string, time.Time, int) {}

func (w *world) TooLarge(_ string, records int) { w.asked["too large"] += records }

// poller returns a poller of this world.
func (w *world) poller(t *testing.T, s poll.Shape, r poll.Rhythm, change ...func(*poll.Config)) *poll.Poller {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := poll.Config{
		Source: "s", Shape: s, Rhythm: r, Secret: "s&cret", Log: w, Cursors: w, Observer: w, Now: w.now, Sleep: w.sleep, Transport: transport,
	}
	for _, f := range change {
		f(&c)
	}
	p, err := poll.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run lets the poller run for so long on the world's clock.
func (w *world) run(t *testing.T, p *poll.Poller, d time.Duration) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w.stop, w.until = stop, w.now().Add(d)
	if err := p.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// row is a record of a server.
type row struct {
	ID       string
	Version  int
	Modified time.Time
}

// table is the rows of a server, which changes while it is asked.
type table struct {
	mu   sync.Mutex
	rows []row
}

func (s *table) put(id string, version int, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = slices.DeleteFunc(s.rows, func(r row) bool { return r.ID == id })
	s.rows = append(s.rows, row{id, version, at})
}

// between returns the rows modified in [from, to], in the order of their ids.
func (s *table) between(from, to time.Time) []row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []row
	for _, r := range s.rows {
		if !r.Modified.Before(from) && !r.Modified.After(to) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b row) int { return compare(a.ID, b.ID) })
	return all
}

func compare(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return map[bool]int{true: -1, false: 1}[a < b]
}

// slice is the part of rows from an offset on, at most n.
func slice(rows []row, offset, n int) []row {
	return rows[min(offset, len(rows)):min(offset+n, len(rows))]
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func reply(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
