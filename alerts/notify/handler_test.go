package notify

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/alerts/notify/robots"
)

// ledger is a Ledger of the tests.
type ledger struct {
	scopes []Scope
	by     []string
	open   int
}

// Acknowledge takes 200 at a time.
func (l *ledger) Acknowledge(_ context.Context, s Scope, by string) (taken, left int, err error) {
	l.scopes, l.by = append(l.scopes, s), append(l.by, by)
	taken = min(l.open, 200)
	l.open -= taken
	return taken, l.open, nil
}

// world is a hub behind a real server, with real robots' servers.
type world struct {
	*testing.T
	hub    *Hub
	server *httptest.Server
	robots map[Channel]*robots.Robot
	ledger *ledger
	store  *memory
	hooked chan *http.Request
	bodies chan string
}

func newWorld(t *testing.T, teams map[Channel][]string) *world {
	w := &world{T: t, robots: map[Channel]*robots.Robot{}, ledger: &ledger{}, store: &memory{}, hooked: make(chan *http.Request, 9), bodies: make(chan string, 9)}
	var receivers []Receiver
	for _, channel := range []Channel{WeCom, DingTalk, Feishu} {
		r := &robots.Robot{Program: string(channel), Secret: "robot-secret", Now: func() time.Time { return at(10, 20) }}
		s := httptest.NewServer(r)
		t.Cleanup(s.Close)
		receiver := robotReceiver(channel)
		receiver.URL, receiver.Teams = s.URL+"/send?key=wecom-key", teams[channel]
		w.robots[channel] = r
		receivers = append(receivers, receiver)
	}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.bodies <- string(body)
		w.hooked <- r
	}))
	t.Cleanup(hook.Close)
	body, err := ParseTemplate(`{"phones": {{json .Mobiles}}, "content": {{json .Line}}}`)
	if err != nil {
		t.Fatal(err)
	}
	receivers = append(receivers, Receiver{Name: "sms", Channel: Webhook, Lang: Chinese, URL: hook.URL, Secret: "shared", Template: body, Teams: teams[Webhook]})
	source := &open{orders: map[string][]Order{"picking/overdue/warehouse": overdue().Worst}}
	w.hub, err = NewHub(HubConfig{
		Context: example(), Receivers: receivers, Token: "alertmanager-token", Source: source, Ledger: w.ledger, Store: w.store,
		Now: func() time.Time { return at(10, 20) }, Transport: &http.Transport{},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(w.hub.Handler())
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.hub.Run(ctx) }()
	t.Cleanup(func() {
		w.server.Close()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) post(path, token, body string) (int, string) {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if strings.Contains(body, "by=") {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return w.do(req)
}

func (w *world) do(req *http.Request) (int, string) {
	w.Helper()
	resp, err := w.server.Client().Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func (w *world) get(link string) (int, string) {
	w.Helper()
	u, err := url.Parse(link)
	if err != nil {
		w.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.server.URL+u.Path+"?"+u.RawQuery, nil)
	if err != nil {
		w.Fatal(err)
	}
	return w.do(req)
}

func payload(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/payload.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// One call of Alertmanager's webhook comes to every robot, signed, with the owner
// mentioned, and to the SMS gateway with the template's body.
func TestWebhook(t *testing.T) {
	w := newWorld(t, nil)
	if status, body := w.post(WebhookPath, "alertmanager-token", payload(t)); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	for channel, mention := range map[Channel]string{WeCom: "<@zhangwei>", DingTalk: "@13800000001", Feishu: "ou_zhangwei"} {
		got := w.robots[channel].Messages()
		if len(got) != 1 || !strings.Contains(got[0], mention) || !strings.Contains(got[0], "【超时】备货积压·华东仓") {
			t.Errorf("%s: got %q, refused %q", channel, got, w.robots[channel].Refused())
		}
	}
	r, body := <-w.hooked, <-w.bodies
	if want := "sha256=" + signature("shared", r.Header.Get(TimestampHeader), []byte(body)); r.Header.Get(SignatureHeader) != want {
		t.Errorf("got signature %q, want %q", r.Header.Get(SignatureHeader), want)
	}
	if !strings.HasPrefix(body, `{"phones": ["13800000001"], "content": "【超时】`) {
		t.Errorf("got %s", body)
	}
	if n := w.store.results(); n[Sent] != 4 {
		t.Errorf("recorded %v", n)
	}
	for _, d := range w.store.all {
		if d.Team != "warehouse" || d.Stage != "picking" || d.Kind != "overdue" || d.Alerts != 1 || d.Attempts != 1 || d.Status != Firing {
			t.Errorf("recorded %+v", d)
		}
	}
}

func TestRouting(t *testing.T) {
	w := newWorld(t, map[Channel][]string{WeCom: {"warehouse"}, DingTalk: {"service"}, Feishu: {"service", "warehouse"}, Webhook: {"nobody"}})
	count := func() [4]int {
		return [4]int{len(w.robots[WeCom].Messages()), len(w.robots[DingTalk].Messages()), len(w.robots[Feishu].Messages()), len(w.bodies)}
	}
	w.post(WebhookPath, "alertmanager-token", payload(t))
	if got := count(); got != [4]int{1, 0, 1, 0} {
		t.Errorf("by team: got %v", got)
	}
	w.post(WebhookPath+"/dingtalk", "alertmanager-token", payload(t))
	if got := count(); got != [4]int{1, 1, 1, 0} {
		t.Errorf("by name: got %v", got)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, nil)
	for _, test := range []struct {
		name, path, token, body string
		want                    int
	}{
		{"no token", WebhookPath, "", payload(t), http.StatusUnauthorized},
		{"wrong token", WebhookPath, "other", payload(t), http.StatusUnauthorized},
		{"unknown receiver", WebhookPath + "/none", "alertmanager-token", payload(t), http.StatusNotFound},
		{"not JSON", WebhookPath, "alertmanager-token", "alerts", http.StatusBadRequest},
		{"other version", WebhookPath, "alertmanager-token", `{"version": "3", "alerts": [{}]}`, http.StatusBadRequest},
		{"no alert", WebhookPath, "alertmanager-token", `{"version": "4"}`, http.StatusBadRequest},
	} {
		if got, body := w.post(test.path, test.token, test.body); got != test.want {
			t.Errorf("%s: got %d %s, want %d", test.name, got, body, test.want)
		}
	}
	for channel, r := range w.robots {
		if len(r.Messages()) > 0 {
			t.Errorf("%s was told", channel)
		}
	}
}

// With the basic password of --web.config.file in Authorization, the token comes in
// the other header.
func TestTokenBesideBasicPassword(t *testing.T) {
	w := newWorld(t, nil)
	for _, test := range []struct {
		name, token string
		want        int
	}{
		{"none", "", http.StatusUnauthorized},
		{"wrong", "alertmanager-toke", http.StatusUnauthorized},
		{"right", "alertmanager-token", http.StatusOK},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+WebhookPath, strings.NewReader(payload(t)))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("alertmanager", "password")
		req.Header.Set("X-Takt-Token", test.token)
		if got, body := w.do(req); got != test.want {
			t.Errorf("%s: got %d %s, want %d", test.name, got, body, test.want)
		}
	}
	if got := len(w.robots[WeCom].Messages()); got != 1 {
		t.Errorf("got %d messages, want that of the right token", got)
	}
}

// A robot that is away: Alertmanager is asked to come again, and the robots that
// took the message are not told twice.
func TestAway(t *testing.T) {
	w := newWorld(t, nil)
	w.robots[Feishu].Break(attemptsMost)
	if status, _ := w.post(WebhookPath, "alertmanager-token", payload(t)); status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
	if status, _ := w.post(WebhookPath, "alertmanager-token", payload(t)); status != http.StatusOK {
		t.Errorf("again: got %d", status)
	}
	for channel, r := range w.robots {
		if got := len(r.Messages()); got != 1 {
			t.Errorf("%s: got %d messages", channel, got)
		}
	}
}

// Links open, change nothing when they are fetched, and are worth nothing when
// they were changed.
func TestPages(t *testing.T) {
	w := newWorld(t, nil)
	links := &w.hub.cfg.Context.Links
	s := Scope{"retail", "picking", "overdue", "warehouse"}
	if status, body := w.get(links.page("orders", s)); status != http.StatusOK || !strings.Contains(body, "SO-20261124-0000") || strings.Contains(body, "<form") {
		t.Errorf("orders: got %d %s", status, body)
	}
	link := links.page("acknowledge", s)
	for range 3 {
		if status, body := w.get(link); status != http.StatusOK || !strings.Contains(body, "确认认领") || !strings.Contains(body, "张伟") {
			t.Errorf("acknowledge: got %d %s", status, body)
		}
	}
	if len(w.ledger.by) > 0 {
		t.Error("a GET acknowledged")
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	w.ledger.open = 450
	for i, want := range []string{"张伟 已认领 200 条，还剩 250 条", "200 taken by 张伟, 50 left", "张伟 已认领 50 条 / 50 taken by 张伟"} {
		status, body := w.post(u.Path+"?"+u.RawQuery, "", "by="+url.QueryEscape("张伟"))
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("got %d %s, want %s", status, body, want)
		}
		if goesOn := strings.Contains(body, "继续认领其余") && strings.Contains(body, `value="张伟"></label>`); goesOn != (i < 2) || strings.Contains(body, "<form") != goesOn {
			t.Errorf("click %d: whether the page lets go on is %t: %s", i+1, goesOn, body)
		}
	}
	if len(w.ledger.by) != 3 || w.ledger.by[0] != "张伟" || w.ledger.scopes[0] != s {
		t.Errorf("got %+v", w.ledger)
	}
	if status, _ := w.post(u.Path+"?"+u.RawQuery, "", "by="); status != http.StatusBadRequest {
		t.Errorf("nobody: got %d", status)
	}
	for _, changed := range []string{strings.Replace(link, "picking", "review", 1), strings.Replace(link, "sig=", "sig=0", 1)} {
		if status, _ := w.get(changed); status != http.StatusForbidden {
			t.Errorf("%s: got %d", changed, status)
		}
	}
}

func TestSend(t *testing.T) {
	w := newWorld(t, nil)
	d, err := w.hub.Send(t.Context(), "wecom", Delivery{Key: "test-1", Status: Test}, Example)
	if err != nil || d.Result != Sent || len(w.robots[WeCom].Messages()) != 1 {
		t.Errorf("got %+v, %v", d, err)
	}
	if _, err := w.hub.Send(t.Context(), "none", Delivery{}, Example); err == nil {
		t.Error("an unknown receiver took a message")
	}
	w.robots[DingTalk].Secret = "other"
	var e *sendError
	if _, err := w.hub.Send(t.Context(), "dingtalk", Delivery{Key: "test-2", Status: Test}, Example); !errors.As(err, &e) || e.code != "310000" {
		t.Errorf("got %v", err)
	}
}
