package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
)

// composedWorld is deploy/compose.yaml without containers: Kafka and ClickHouse in the
// box, and the other programs of this machine, each with the command and the files of
// its service.
type composedWorld struct {
	*inside
	takt, prometheus, alertmanager string // addresses
	gateway, poll                  string // of their metrics
	clickhouse                     string
}

func newComposedWorld(t *testing.T) *composedWorld {
	t.Helper()
	programs, err := embedded.FindMonitoring(within(t, 2*time.Minute), os.Stderr)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	env, clickhouse := stack(t)
	project, secrets := composed(t)
	w := &composedWorld{takt: free(t), prometheus: free(t), alertmanager: free(t), gateway: free(t), poll: free(t), clickhouse: clickhouse}
	w.inside = newInside(t, project, secrets,
		"kafka:9092", strings.TrimPrefix(env[0], "TAKT_KAFKA_BROKERS="), "clickhouse:8123", clickhouse,
		"takt:8380", w.takt, "gateway:8391", w.gateway, "poll:8392", w.poll, "localhost:9090", w.prometheus, "alertmanager:9093", w.alertmanager)
	w.begin(t, "alertmanager", programs.Dir, programs.Alertmanager, "--web.listen-address="+w.alertmanager)
	w.begin(t, "takt", "", "", "--web.listen-address="+w.takt)
	w.begin(t, "prometheus", "", programs.Prometheus, "--web.listen-address="+w.prometheus)
	return w
}

// begin starts a service; no program is takt. What it warns of fails the test.
func (w *composedWorld) begin(t *testing.T, service, dir, program string, flags ...string) *life {
	t.Helper()
	args := append(w.command(service), flags...)
	cmd := exec.Command(program, args...)
	if program == "" {
		cmd = command(t, nil, args...)
	}
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	l := begin(t, cmd)
	t.Cleanup(func() {
		if lines := regexp.MustCompile(`(?m)^.*level=(warn|WARN|error|ERROR).*$`).FindAllString(l.log.String(), -1); lines != nil {
			t.Errorf("%s warns:\n%s", service, strings.Join(lines, "\n"))
		}
	})
	return l
}

// TestComposeRuns starts what deploy/compose.yaml starts, fewer days of history aside,
// and waits until orders have come from one end to the other.
func TestComposeRuns(t *testing.T) {
	t.Parallel()
	w := newComposedWorld(t)
	w.checked(t)
	w.until(t, "Alertmanager is ready", func() bool { return w.ok("http://" + w.alertmanager + "/-/ready") })
	w.until(t, "Prometheus is ready", func() bool { return w.ok("http://" + w.prometheus + "/-/ready") })
	w.until(t, "takt is healthy", func() bool { return command(t, nil, "health", "http://"+w.takt).Run() == nil })
	w.begin(t, "simulator", "", "", "--days=1", "--per-day=500")
	w.until(t, "Prometheus scrapes all three", func() bool { return w.value(t, `sum(up)`) == "3" })
	w.feeds(t)
	w.until(t, "orders are open", func() bool { n := w.value(t, `sum(takt_orders_open)`); return n != "" && n != "0" })
	w.rulesHold(t)
	if out, err := command(t, nil, append(w.command("simulator"), "--days=1")...).CombinedOutput(); err == nil || !strings.Contains(string(out), "need an empty one") {
		t.Errorf("a second history is written: %v\n%s", err, out)
	}
}

// feeds starts the gateway and a poller, as a takt.yaml that has their blocks lets them.
func (w *composedWorld) feeds(t *testing.T) {
	t.Helper()
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, []any{}) }))
	t.Cleanup(vendor.Close)
	for service, block := range map[string]string{
		"gateway": fmt.Sprintf("gateway: {listen: %q, endpoints: [{source: orders, auth: webhook, secret_file: push.secret}]}\n", free(t)),
		"poll": fmt.Sprintf("poll: [{source: orders, since: %q, format: epoch_s, request: {url: '%s?from={from}&skip={offset}'}, page: {style: offset}}]\n",
			time.Now().Format(time.RFC3339), vendor.URL),
	} {
		path := w.path(service, "/etc/takt/takt.yaml")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, string(text)+block)
		write(t, w.path(service, "/etc/takt/push.secret"), pushSecret)
		address := map[string]string{"gateway": w.gateway, "poll": w.poll}[service]
		w.begin(t, service, "", "", "--web.listen-address="+address)
		w.until(t, service+" is healthy", func() bool { return command(t, nil, "health", "http://"+address).Run() == nil })
		w.until(t, "Prometheus scrapes "+service, func() bool { return w.value(t, `up{job="takt-`+service+`"}`) == "1" })
	}
}

// checked wants takt to find nothing in its configuration that is probably not meant.
func (w *composedWorld) checked(t *testing.T) {
	t.Helper()
	out, err := command(t, nil, "check", "-c", w.path("takt", "/etc/takt/takt.yaml")).CombinedOutput()
	if err != nil {
		t.Fatalf("takt check: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		// Holidays are announced in November: before, every configuration lacks next year's.
		if strings.HasPrefix(line, "warning:") && !strings.Contains(line, "has no holidays for") {
			t.Error(line)
		}
	}
}

// until waits until something holds.
func (w *composedWorld) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	for deadline := time.Now().Add(composePatience); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happens that %s", what)
		}
	}
}

// ok reports whether a page answers that all is well.
func (w *composedWorld) ok(page string) bool {
	resp, err := http.Get(page)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// value returns the only value that Prometheus has for a query, empty if there is none.
func (w *composedWorld) value(t *testing.T, query string) string {
	t.Helper()
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	decode(t, fetch(t, "http://"+w.prometheus+"/api/v1/query?query="+url.QueryEscape(query)), &answer)
	if len(answer.Data.Result) != 1 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

// rulesHold wants Prometheus to have loaded every file of rules, and none of them to
// have failed.
func (w *composedWorld) rulesHold(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.path("prometheus", "/etc/prometheus/rules"), "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules are mounted: %v", err)
	}
	var answer struct {
		Data struct {
			Groups []struct {
				Name, File string
				Rules      []struct{ Name, LastError string }
			}
		}
	}
	decode(t, fetch(t, "http://"+w.prometheus+"/api/v1/rules"), &answer)
	loaded := map[string]int{}
	for _, g := range answer.Data.Groups {
		loaded[g.File] += len(g.Rules)
		for _, r := range g.Rules {
			if r.LastError != "" {
				t.Errorf("rule %s of %s fails: %s", r.Name, g.Name, r.LastError)
			}
		}
	}
	for _, f := range files {
		if loaded[f] == 0 {
			t.Errorf("Prometheus has no rules of %s", f)
		}
	}
}
