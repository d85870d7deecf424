package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// alertServer is as much of Alertmanager as its API v2 shows: it refuses what
// Alertmanager refuses, and groups as a route by process, stage and kind does.
type alertServer struct {
	*httptest.Server
	now func() time.Time

	mu      sync.Mutex
	alerts  map[string]*alert
	told    map[string]string // by group: the alerts that were notified
	broken  bool
	silent  map[string]Silence // by identity
	mutes   func(id string, labels map[string]string) bool
	posts   int
	largest int
}

func startAlertmanager(t *testing.T, now func() time.Time) *alertServer {
	s := &alertServer{now: now, alerts: map[string]*alert{}, told: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v2/alerts", s.take)
	mux.HandleFunc("GET /api/v2/alerts", s.show)
	mux.HandleFunc("GET /api/v2/silence/{id}", s.silence)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *alertServer) take(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var all []*alert
	if s.broken {
		http.Error(w, "broken", http.StatusInternalServerError)
		return
	}
	if err := json.Unmarshal(body, &all); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.posts++
	s.largest = max(s.largest, len(all))
	for _, a := range all {
		for k, v := range a.Labels {
			if v == "" || strings.ContainsAny(k, " -") {
				http.Error(w, fmt.Sprintf("label %s=%q", k, v), http.StatusBadRequest)
				return
			}
		}
		if a.Labels["alertname"] == "" || a.StartsAt.After(a.EndsAt) {
			http.Error(w, "invalid alert", http.StatusBadRequest)
			return
		}
		s.alerts[labelKey(a.Labels)] = a
	}
}

func (s *alertServer) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		http.Error(w, "broken", http.StatusInternalServerError)
		return
	}
	if f := r.URL.Query().Get("filter"); !strings.Contains(f, OrdersAlert) {
		http.Error(w, "filter "+f, http.StatusBadRequest)
		return
	}
	type status struct {
		SilencedBy []string `json:"silencedBy"`
	}
	type shown struct {
		*alert
		Status status `json:"status"`
	}
	all := []shown{}
	for _, a := range s.alerts {
		by := []string{}
		for id := range s.silent {
			if s.mutes(id, a.Labels) {
				by = append(by, id)
			}
		}
		if a.EndsAt.After(s.now()) && (len(by) > 0 || r.URL.Query().Get("active") != "false") {
			all = append(all, shown{a, status{by}})
		}
	}
	json.NewEncoder(w).Encode(all)
}

// silence shows one silence.
func (s *alertServer) silence(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.silent[r.PathValue("id")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"id": q.ID, "createdBy": q.By, "comment": q.Why, "startsAt": q.At})
}

// flush notifies as Alertmanager does: a group once for each new set of alerts.
func (s *alertServer) flush() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	groups := map[string][]string{}
	for _, key := range sorted(s.alerts) {
		a := s.alerts[key]
		name := strings.TrimPrefix(fmt.Sprintf("%s/%s/%s", a.Labels["stage"], a.Labels["kind"], a.Labels["owner_team"]), "//")
		if a.Labels["alertname"] == BacklogAlert {
			name = BacklogAlert + "/" + a.Labels["owner_team"]
		}
		if a.EndsAt.After(s.now()) {
			groups[name] = append(groups[name], key)
		} else if groups[name] == nil {
			groups[name] = []string{}
		}
	}
	var notified []string
	for _, name := range sorted(groups) {
		set := strings.Join(groups[name], "\n")
		if old, known := s.told[name]; old == set || !known && set == "" {
			continue
		}
		s.told[name] = set
		if set == "" {
			name = "resolved " + name
		}
		notified = append(notified, name)
	}
	return notified
}

func (s *alertServer) firing() []*alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*alert
	for _, key := range sorted(s.alerts) {
		if s.alerts[key].EndsAt.After(s.now()) {
			all = append(all, s.alerts[key])
		}
	}
	return all
}

// open is a Source of the tests: what is open, order by order.
type open struct {
	orders map[string][]Order // by stage/kind/team
	each   map[string]bool    // kinds
	err    error
}

func (o *open) Open(_ context.Context, _, since time.Time) ([]Group, error) {
	if o.err != nil {
		return nil, o.err
	}
	var all []Group
	for _, name := range sorted(o.orders) {
		part := strings.Split(name, "/")
		g := Group{Process: "retail", Stage: part[0], Kind: part[1], Team: part[2], Normal: -1}
		sum := 0.0
		for _, each := range o.orders[name] {
			g.Orders++
			sum += each.Amount.Amount
			if !each.OpenedAt.Before(since) {
				g.New++
			}
			if each.OpenedAt.After(g.Latest) {
				g.Latest = each.OpenedAt
			}
			if len(g.Worst) < 10 {
				g.Worst = append(g.Worst, each)
			}
			if o.each[g.Kind] && len(g.Each) < EachMost {
				g.Each = append(g.Each, each)
			}
		}
		g.Amounts = []Money{{sum, "CNY"}}
		if g.Orders > 0 {
			all = append(all, g)
		}
	}
	return all, nil
}

func (o *open) add(name string, n int, opened time.Time) {
	for i := range n {
		o.orders[name] = append(o.orders[name], Order{ID: fmt.Sprintf("SO-%d-%04d", len(o.orders[name]), i), OpenedAt: opened, Amount: Money{100, "CNY"}})
	}
}

// rig is a poster on a clock of its own before one Alertmanager.
type rig struct {
	*testing.T
	now    time.Time
	source *open
	server *alertServer
	poster *Poster
	ready  bool
}

func newRig(t *testing.T) *rig {
	r := &rig{T: t, now: at(9, 0), source: &open{orders: map[string][]Order{}, each: map[string]bool{"lost": true}}, ready: true}
	r.server = startAlertmanager(t, func() time.Time { return r.now })
	r.start()
	return r
}

func (r *rig) start(more ...string) {
	r.Helper()
	var err error
	r.poster, err = NewPoster(PosterConfig{
		Context: example(), Source: r.source, Alertmanagers: append([]string{r.server.URL}, more...), Ready: func() bool { return r.ready },
		Now: func() time.Time { return r.now }, Transport: r.server.Client().Transport,
	})
	if err != nil {
		r.Fatal(err)
	}
}

// tick lets a minute pass, looks, and returns what Alertmanager notifies.
func (r *rig) tick() string {
	r.Helper()
	r.now = r.now.Add(time.Minute)
	if err := r.poster.pass(r.Context()); err != nil {
		r.Fatal(err)
	}
	return strings.Join(r.server.flush(), ", ")
}

func (r *rig) want(got, want string) {
	r.Helper()
	if got != want {
		r.Errorf("at %s: got %q, want %q", r.now.Format("15:04"), got, want)
	}
}

// Two thousand breaches at once are one alert and one message; as they change, the
// annotations follow and nobody is told again; at the end one message more.
func TestStorm(t *testing.T) {
	r := newRig(t)
	r.want(r.tick(), "")
	r.source.add("picking/overdue/warehouse", 2000, r.now)
	r.want(r.tick(), "picking/overdue/warehouse")
	if got := r.server.firing(); len(got) != 1 || got[0].Annotations["count"] != "2000" || got[0].Annotations["amount"] != "200000.00 CNY" {
		t.Fatalf("got %+v", got)
	}
	for i := range 100 {
		r.source.orders["picking/overdue/warehouse"] = r.source.orders["picking/overdue/warehouse"][10:]
		r.want(r.tick(), "")
		if got := r.server.firing()[0].Annotations["count"]; got != fmt.Sprint(1990-10*i) {
			t.Fatalf("got %s", got)
		}
	}
	r.source.orders = map[string][]Order{}
	r.want(r.tick(), "resolved picking/overdue/warehouse")
	for range 20 {
		r.want(r.tick(), "")
	}
	if n := len(r.poster.state.standing) + len(r.poster.state.resolved); n != 0 {
		t.Errorf("%d alerts are kept for ever", n)
	}
}

// A first start on a backlog is one digest per team. What was resolved is not told.
// A group that goes on growing becomes an alert of its own.
func TestBacklog(t *testing.T) {
	r := newRig(t)
	r.source.add("picking/overdue/warehouse", 500, r.now.Add(-50*time.Hour))
	r.source.add("picking/stuck/warehouse", 40, r.now.Add(-2*time.Minute))
	r.source.add("review/overdue/service", 3, r.now.Add(-time.Hour))
	r.source.add("picking/lost/warehouse", 60, r.now.Add(-time.Hour))
	r.want(r.tick(), "TaktBacklog/service, TaktBacklog/warehouse")
	if got := r.server.firing()[1].Annotations; got["count"] != "600" || strings.Count(got["lines_zh"], "\n") != 2 {
		t.Errorf("got %v", got)
	}
	r.source.add("picking/overdue/warehouse", 100, r.now)
	r.want(r.tick(), "") // a fifth is no news
	r.source.add("picking/overdue/warehouse", 1, r.now)
	r.want(r.tick(), "picking/overdue/warehouse")
	r.source.add("picking/lost/warehouse", 1, r.now)
	r.want(r.tick(), "picking/lost/warehouse") // told by itself, since its kind is
	r.source.orders = map[string][]Order{}
	r.want(r.tick(), "resolved TaktBacklog/service, resolved TaktBacklog/warehouse, resolved picking/lost/warehouse, resolved picking/overdue/warehouse")
}

// A backfill while Takt runs is told like a backlog.
func TestBackfill(t *testing.T) {
	r := newRig(t)
	r.want(r.tick(), "")
	r.source.add("picking/overdue/warehouse", 900, r.now.Add(-30*24*time.Hour))
	r.source.add("picking/lost/warehouse", 10, r.now.Add(-30*24*time.Hour))
	r.want(r.tick(), "TaktBacklog/warehouse")
}

// A restart tells nothing anew: what fires goes on, also while the log is read
// again, and what ended meanwhile ends.
func TestRestart(t *testing.T) {
	r := newRig(t)
	r.tick()
	r.source.add("picking/overdue/warehouse", 20, r.now)
	r.source.add("review/overdue/service", 20, r.now)
	r.want(r.tick(), "picking/overdue/warehouse, review/overdue/service")
	began := r.server.firing()[0].StartsAt
	r.start()
	r.ready = false
	for range 30 {
		r.want(r.tick(), "")
	}
	r.ready = true
	delete(r.source.orders, "review/overdue/service")
	r.want(r.tick(), "resolved review/overdue/service")
	if got := r.server.firing(); len(got) != 1 || !got[0].StartsAt.Equal(began) {
		t.Errorf("got %+v", got)
	}
	r.source.add("review/overdue/service", 1, r.now)
	r.want(r.tick(), "review/overdue/service") // news
}

// At most fifty orders of a team are alerts of their own; the group says so of the
// others.
func TestEach(t *testing.T) {
	r := newRig(t)
	r.tick()
	r.source.add("picking/lost/warehouse", 3, r.now)
	r.want(r.tick(), "picking/lost/warehouse")
	if got := r.server.firing(); len(got) != 3 || got[0].Labels["order_id"] == "" {
		t.Fatalf("got %+v", got)
	}
	r.source.add("picking/lost/warehouse", 60, r.now)
	r.tick()
	got := r.server.firing()
	if len(got) != EachLimit+1 {
		t.Fatalf("got %d alerts", len(got))
	}
	for _, a := range got {
		if a.Labels["alertname"] == OrdersAlert && (a.Annotations["count"] != "13" || a.Annotations["each_over"] != "13" || a.Annotations["amount"] != "1300.00 CNY") {
			t.Errorf("got %v", a.Annotations)
		}
	}
}

// Nobody takes a group in time: Alertmanager gets a reason to notify once more.
func TestEscalation(t *testing.T) {
	r := newRig(t)
	r.tick()
	r.source.add("picking/overdue/warehouse", 20, r.now)
	r.want(r.tick(), "picking/overdue/warehouse")
	told := 0
	for range 180 {
		if r.tick() == "picking/overdue/warehouse" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("escalated %d times", told)
	}
}

// What cannot be read is told on as it was; an Alertmanager that is away is told
// everything when it is back, the others are not kept waiting.
func TestTrouble(t *testing.T) {
	r := newRig(t)
	second := startAlertmanager(t, func() time.Time { return r.now })
	r.start(second.URL)
	r.tick()
	r.source.add("picking/overdue/warehouse", 600, r.now)
	r.tick()
	r.source.err = errors.New("the store is away")
	for range 10 {
		r.now = r.now.Add(time.Minute)
		if err := r.poster.pass(t.Context()); !errors.Is(err, r.source.err) {
			t.Fatalf("got %v", err)
		}
		r.want(strings.Join(r.server.flush(), ", "), map[bool]string{true: "picking/overdue/warehouse"}[len(r.server.told) == 0])
	}
	r.source.err = nil
	second.broken = true
	r.source.orders = map[string][]Order{}
	r.now = r.now.Add(time.Minute)
	if err := r.poster.pass(t.Context()); err == nil || !strings.Contains(err.Error(), second.URL) {
		t.Errorf("got %v", err)
	}
	r.want(strings.Join(r.server.flush(), ", "), "resolved picking/overdue/warehouse")
	second.broken = false
	r.tick()
	if got := second.firing(); len(got) != 0 {
		t.Errorf("the second still fires %+v", got)
	}
}

func TestBatches(t *testing.T) {
	r := newRig(t)
	r.tick()
	for i := range 700 {
		r.source.add(fmt.Sprintf("picking/kind-%03d/warehouse", i), 1, r.now)
	}
	r.tick()
	if got := len(r.server.firing()); got != 700 || r.server.largest > batchMost || r.server.posts != 3 {
		t.Errorf("got %d alerts in %d posts of at most %d", got, r.server.posts, r.server.largest)
	}
}

func TestPosterRun(t *testing.T) {
	r := newRig(t)
	r.poster.cfg.Every = time.Millisecond
	r.source.add("picking/overdue/warehouse", 5, r.now.Add(-time.Minute))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.poster.Run(ctx) }()
	for len(r.server.firing()) == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
