package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/alerts/notify/robots"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// Its calendar is always open, so that tickets go out at whatever hour the test runs.
const plumbingProcess = `
process: %[1]s
title: {en: Plumbing, zh: 管道}
timezone: Asia/Shanghai
calendar: always
opens_on: [order.placed]
closes_on: {completed: [order.delivered]}
stages:
  - {name: review, title: {en: Review, zh: 审核}, owner: {team: sales}, starts_on: [order.placed], ends_on: [order.approved], limit: {within: 1h, of: wall, objective: 95%%}}
  - {name: pick, title: {en: Picking, zh: 备货}, owner: {team: warehouse, person: 张伟}, starts_on: [order.approved], ends_on: [order.delivered], limit: {within: 2s, of: wall, objective: 95%%}}
`

const plumbingConfig = `
notify:
  alertmanagers: [http://%s]
  every: 2s
  external_url: https://takt.example.com
  token_file: token
  staff: staff.yaml
  receivers:
    - {name: wecom, type: wecom, url_file: wecom, teams: [warehouse]}
    - {name: dingtalk, type: dingtalk, url_file: dingtalk, secret_file: sign, teams: [warehouse]}
    - {name: feishu, type: feishu, url_file: feishu, secret_file: sign, teams: [warehouse]}
    - {name: sales, type: wecom, url_file: sales, teams: [sales]}
`

const plumbingStaff = `
staff:
  - {name: 李强, team: warehouse, wecom: liqiang, dingtalk: {user_id: lq}, feishu: ou_lq}
  - {name: 张伟, team: warehouse, wecom: zhangwei, dingtalk: {user_id: zw}, feishu: ou_zw}
  - {name: 王芳, team: sales, wecom: wangfang}
`

// owner is how each chat program is told to call the owner of the stage alone, and
// everybody how it is told to call the owner's team: Prometheus knows no persons.
func owner() map[string]string {
	return map[string]string{robots.WeCom: ` | <@zhangwei> | `, robots.DingTalk: `"atUserIds":["zw"]`, robots.Feishu: ` | "},{"tag":"at","user_id":"ou_zw"},{"tag":"text","text":" | `}
}

func everybody() map[string]string {
	return map[string]string{robots.WeCom: ` | <@liqiang> <@zhangwei> | `, robots.DingTalk: `"atUserIds":["lq","zw"]`, robots.Feishu: `{"tag":"at","user_id":"ou_lq"},{"tag":"at","user_id":"ou_zw"}`}
}

// shortened writes seconds where the generated text has minutes. Each must be there.
func shortened(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the file has no %q to shorten:\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// TestPlumbing takes late orders all the way through real programs: from Kafka through
// takt's metrics, Prometheus, the generated rules and routes, Alertmanager and takt's
// webhook to the robots of the team, and their end too. It proves that the parts fit
// each other; how soon an alert comes is proved in package alerts.
func TestPlumbing(t *testing.T) {
	m := newMonitoring(t)
	w := newWorld(t)
	const name = "plumbing"
	config := w.setup(t, name, run{process: plumbingProcess, partitions: 1, every: 100 * time.Millisecond})
	dir := filepath.Dir(config)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(text)+fmt.Sprintf(plumbingConfig, m.alertmanager))
	write(t, filepath.Join(dir, "token"), "token-of-the-test\n")
	write(t, filepath.Join(dir, "sign"), "robot-secret\n")
	write(t, filepath.Join(dir, "staff.yaml"), plumbingStaff)
	team := crew{}
	for _, program := range []string{robots.WeCom, robots.DingTalk, robots.Feishu} {
		team[program] = newRobot(t, program, filepath.Join(dir, program))
	}
	others := newRobot(t, robots.WeCom, filepath.Join(dir, "sales"))
	heart := &heartbeats{make(chan string, 100)}
	heartbeat := httptest.NewServer(heart)
	defer heartbeat.Close()

	l := w.start(t, config)
	defer l.stop(t)
	l.ready(t)
	address := l.find(servedLine)
	webhook := "http://" + address + "/notify/alertmanager"
	if answer := page(t, func() (*http.Response, error) { return http.Post(webhook, "application/json", nil) }); !strings.Contains(answer, "token") {
		t.Errorf("the webhook does without the token: %s", answer)
	}
	rules := filepath.Join(dir, "rules")
	takt(t, w.env(), "-c", config, "rules", "--out", rules)
	for file, pairs := range map[string][]string{
		// How often rules are evaluated, and how long an alert has to last. Windows are as
		// they were generated: they hold the whole test.
		name + ".rules.yaml":  {"interval: 1m\n", "interval: 1s\n", "interval: 3m\n", "interval: 1s\n"},
		name + ".alerts.yaml": {"interval: 1m\n", "interval: 1s\n", "for: 2m\n", "for: 2s\n"},
		"own.alerts.yaml":     {"interval: 1m\n", "interval: 1s\n"},
	} {
		text, err := os.ReadFile(filepath.Join(rules, file))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(rules, file), shortened(t, string(text), pairs...))
	}
	routes := takt(t, w.env(), "-c", config, "rules", "--format", "alertmanager", "--receiver", webhook, "--heartbeat", heartbeat.URL)
	m.route(t, shortened(t, routes,
		"group_wait: 30s\n", "group_wait: 1s\n", // pages
		"group_wait: 5m\n", "group_wait: 1s\n", // tickets
		"group_interval: 5m\n", "group_interval: 1s\n", // to an end; nothing is repeated within the test
	))
	m.watch(t, address, rules)
	m.until(t, `min(count_over_time(takt_stage_due_total{process="plumbing",stage="pick"}[1m])) > 1 and sum(takt_stage_due_total{process="plumbing"}) == 0`)
	l.passes(t, 2) // what comes from here on is news

	// Twelve orders wait too long: Takt's own alert about them, a ticket, and the page
	// out of Prometheus's rules.
	const late, inTime = 12, 60
	const overdue, burning = `【超时】备货积压`, `【紧急】备货（管道）：12 单超过时限 2 秒`
	w.produce(t, name, orders("LATE", late, "order.placed", "order.approved"))
	team.await(t, m, overdue, owner())
	team.await(t, m, burning, everybody())

	// Whoever silences the alert about the orders has taken them, but not the one that is
	// late afterwards.
	silence := m.amtool(t, "silence", "add", "--author=张伟", "--comment=补货中", "alertname=TaktOrders", "process="+name, "stage=pick")
	taken := "SELECT uniqExact(order_id) FROM takt.exception_changes WHERE process = '" + name +
		"' AND step = 'acknowledge' AND origin = 'alertmanager' AND author = '张伟' AND reason = '补货中' AND NOT refused"
	w.until(t, name, fmt.Sprint(late), taken)
	w.produce(t, name, orders("LATER", 1, "order.placed", "order.approved"))
	w.until(t, name, "1", "SELECT count() FROM takt.exception_states WHERE process = '"+name+"' AND kind = 'overdue' AND state IN ('opened', 'assigned')")
	l.passes(t, 2)
	if n := one(t, w.engine, taken); n != fmt.Sprint(late) {
		t.Errorf("%s orders are taken, want %d", n, late)
	}
	m.amtool(t, "silence", "expire", silence)

	// The orders move on, and others go through in time.
	const overdueEnds, burningEnds = `【已恢复】超时 备货积压`, `【已恢复】紧急 备货（管道）`
	w.produce(t, name, orders("LATE", late, "order.delivered"))
	w.produce(t, name, orders("LATER", 1, "order.delivered"))
	w.produce(t, name, orders("SO", inTime, "order.placed", "order.approved", "order.delivered"))
	team.await(t, m, overdueEnds, nil)
	team.await(t, m, burningEnds, nil)

	for program, r := range team {
		for _, title := range []string{overdue, burning, overdueEnds, burningEnds} {
			if n := len(matching(r, title)); n != 1 {
				t.Errorf("%s was told %s %d times, want once: %s", program, title, n, strings.Join(r.Messages(), "\n"))
			}
		}
		if refused := r.Refused(); len(refused) > 0 {
			t.Errorf("%s refused %q", program, refused)
		}
	}
	if got := others.Messages(); len(got) > 0 {
		t.Errorf("another team was told: %q", got)
	}
	if failed := m.failed(t); len(failed) > 0 {
		t.Errorf("Alertmanager did not deliver: %q", failed)
	}
	select {
	case got := <-heart.names:
		if got != "TaktWatchdog" {
			t.Errorf("the heartbeat is %s", got)
		}
	default:
		t.Errorf("there was no heartbeat: %s", m.firing(t))
	}
}

// orders is a log in which so many orders do these things at once, now.
func orders(prefix string, n int, activities ...string) (log []kafka.Message) {
	now := time.Now()
	for i := range n {
		for j, activity := range activities {
			log = append(log, message(order.Event{
				OrderID: fmt.Sprintf("%s-%04d", prefix, i), Activity: activity, OccurredAt: order.At(now.Add(time.Duration(j) * time.Millisecond)),
			}))
		}
	}
	return log
}

// crew is the robots of a team, by chat program.
type crew map[string]*robots.Robot

// newRobot serves a robot and writes its address into a file.
func newRobot(t *testing.T, program, file string) *robots.Robot {
	t.Helper()
	r := &robots.Robot{Program: program, Secret: "robot-secret", Now: time.Now}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	write(t, file, s.URL+"/send?key="+robots.Key+"\n")
	return r
}

// await waits until each robot has taken a message that holds a text, and wants
// another in it.
func (c crew) await(t *testing.T, m *monitoring, text string, want map[string]string) {
	t.Helper()
	for program, r := range c {
		for deadline := time.Now().Add(60 * time.Second); len(matching(r, text)) == 0; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s has no %s; refused %q, messages:\n%s\n%s", program, text, r.Refused(), strings.Join(r.Messages(), "\n"), m.firing(t))
			}
		}
		if got := matching(r, text)[0]; !strings.Contains(got, want[program]) {
			t.Errorf("%s lacks %s: %s", program, want[program], got)
		}
	}
}

// matching returns the messages of a robot that hold a text.
func matching(r *robots.Robot, text string) (all []string) {
	for _, message := range r.Messages() {
		if strings.Contains(message, text) {
			all = append(all, message)
		}
	}
	return all
}
