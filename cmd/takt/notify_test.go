package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

const notifyProcess = `
process: %[1]s
title: {en: Retail, zh: 零售}
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.delivered]}
stages:
  - {name: pick, title: {en: Picking, zh: 备货}, owner: {team: warehouse, escalate_to: 运营负责人}, starts_on: [order.placed], ends_on: [order.delivered], limit: {within: 2s, of: wall, objective: 90%%}}
`

const notifyConfig = `
notify:
  alertmanagers: [%q]
  every: 1s
  external_url: https://takt.example.com
  token_file: token
  staff: staff.yaml
  receivers:
    - {name: warehouse, type: wecom, url_file: robot, teams: [warehouse]}
    - {name: managers, type: webhook, url_file: robot, teams: [none], managers: true}
`

// phones is an Alertmanager that passes everything on at once to the webhook of
// takt, and the robot at the other end.
type phones struct {
	*httptest.Server
	mu       sync.Mutex
	webhook  string
	told     map[string]bool
	messages []string
	answers  []string
}

func newPhones(t *testing.T) *phones {
	p := &phones{told: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/alerts", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "[]") })
	mux.HandleFunc("POST /api/v2/alerts", p.alert)
	mux.HandleFunc("POST /robot", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.messages = append(p.messages, string(body))
		io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *phones) alert(_ http.ResponseWriter, r *http.Request) {
	var alerts []map[string]any
	if err := json.NewDecoder(r.Body).Decode(&alerts); err != nil {
		return
	}
	for _, a := range alerts {
		status := "firing"
		if ends, err := time.Parse(time.RFC3339, fmt.Sprint(a["endsAt"])); err == nil && !ends.After(time.Now()) {
			status = "resolved"
		}
		a["status"] = status
		key := fmt.Sprint(status, a["labels"])
		p.mu.Lock()
		known := p.told[key]
		p.told[key] = true
		webhook := p.webhook
		p.mu.Unlock()
		if known {
			continue
		}
		body, _ := json.Marshal(map[string]any{"version": "4", "groupKey": key, "status": status, "alerts": []any{a}})
		req, _ := http.NewRequest(http.MethodPost, webhook, strings.NewReader(string(body)))
		req.Header.Set("Authorization", "Bearer token-of-the-test")
		answer := "no answer"
		if resp, err := p.Client().Do(req); err == nil {
			resp.Body.Close()
			answer = resp.Status
		}
		p.mu.Lock()
		p.answers = append(p.answers, answer)
		p.mu.Unlock()
	}
}

// await waits for a message that matches.
func (p *phones) await(t *testing.T, pattern string) string {
	t.Helper()
	want := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		p.mu.Lock()
		for _, m := range p.messages {
			if want.MatchString(m) {
				p.mu.Unlock()
				return m
			}
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t.Fatalf("no message like %s; answers %v, messages:\n%s", pattern, p.answers, strings.Join(p.messages, "\n"))
	return ""
}

// Orders wait too long: from Kafka through the real program to a message on the
// phone of the owner, and another when it is over.
func TestNotify(t *testing.T) {
	w := newWorld(t)
	const name = "notify"
	config := w.setup(t, name, run{process: notifyProcess})
	p := newPhones(t)
	dir := filepath.Dir(config)
	write(t, filepath.Join(dir, "token"), "token-of-the-test\n")
	write(t, filepath.Join(dir, "robot"), p.URL+"/robot\n")
	write(t, filepath.Join(dir, "staff.yaml"), "staff: [{name: 张伟, team: warehouse, wecom: zhangwei}]\n")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(text)+fmt.Sprintf(notifyConfig, p.URL))

	l := w.start(t, config)
	defer l.stop(t)
	l.ready(t)
	base := "http://" + l.find(servedLine)
	p.mu.Lock()
	p.webhook = base + "/notify/alertmanager"
	p.mu.Unlock()
	l.passes(t, 2) // what comes from here on is news
	events := func(activity string) (log []kafka.Message) {
		for i := range 30 {
			id := fmt.Sprintf("SO-%04d", i)
			log = append(log, kafka.Message{Key: []byte(id), Value: fmt.Appendf(nil,
				`{"event_id": "%s-%s", "order_id": %q, "activity": %q, "occurred_at": %q, "amount": "100.00", "currency": "CNY", "owner": "张伟"}`,
				id, activity, id, activity, time.Now().UTC().Format(time.RFC3339Nano))})
		}
		return log
	}
	w.produce(t, name, events("order.placed"))
	m := p.await(t, `【超时】备货积压`)
	for _, want := range []string{"超过2秒", "金额", "<@zhangwei>", "运营负责人", "[超时订单](https://takt.example.com/notify/orders?"} {
		if !strings.Contains(m, want) {
			t.Errorf("the message lacks %q: %s", want, m)
		}
	}
	link := regexp.MustCompile(`https://takt\.example\.com(/notify/orders[^)]*)`).FindStringSubmatch(m)
	if page := fetch(t, base+link[1]); !strings.Contains(page, "SO-0") {
		t.Errorf("the page of orders: %s", page)
	}
	taken := regexp.MustCompile(`https://takt\.example\.com(/notify/acknowledge[^)]*)`).FindStringSubmatch(m)
	if taken == nil {
		t.Fatalf("the message has no link to acknowledge: %s", m)
	}
	held := "SELECT uniqExact(order_id) FROM takt.exception_states WHERE process = 'notify' AND state = 'acknowledged' AND acknowledged_by = '张伟'"
	if page := fetch(t, base+taken[1]); !strings.Contains(page, "确认认领") || one(t, w.engine, held) != "0" {
		t.Errorf("to look at the link acknowledges, or does not ask: %s", page)
	}
	if page := answer(t, base+taken[1], "张伟"); !strings.Contains(page, "张伟 已认领") || one(t, w.engine, held) != "30" {
		t.Errorf("%s orders are taken, want 30: %s", one(t, w.engine, held), page)
	}
	w.produce(t, name, events("order.delivered"))
	p.await(t, `【已恢复】超时 备货积压`)

	for _, test := range []struct {
		want string
		args []string
	}{
		{"warehouse has taken the message", []string{"notify", "test", "warehouse", "--mention", "张伟"}},
		{"【日报】", []string{"digest", "--print"}},
		{"昨日完成0,逾期0 | 在办0单", []string{"digest", "--print"}},
		{"", []string{"digest"}},
		{"", []string{"digest"}}, // sent once
	} {
		out, err := command(t, w.env(), append([]string{"-c", config}, test.args...)...).Output()
		if err != nil || !strings.Contains(string(out), test.want) {
			t.Errorf("takt %v: %v, got %s", test.args, err, out)
		}
	}
	p.await(t, `【测试】.*<@zhangwei>`)
	p.mu.Lock()
	defer p.mu.Unlock()
	digests := 0
	for _, m := range p.messages {
		if strings.Contains(m, "【日报】") {
			digests++
		}
	}
	if digests != 2 {
		t.Errorf("got %d digests, want one for the team and one for the managers", digests)
	}
}

// answer fills in the form of a page.
func answer(t *testing.T, address, by string) string {
	t.Helper()
	return page(t, func() (*http.Response, error) { return http.PostForm(address, url.Values{"by": {by}}) })
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	return page(t, func() (*http.Response, error) { return http.Get(address) })
}

// page returns the body of an answer.
func page(t *testing.T, ask func() (*http.Response, error)) string {
	t.Helper()
	resp, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
