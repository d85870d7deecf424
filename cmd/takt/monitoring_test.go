package main

import (
	"encoding/json"
	"io"
	"net/http"
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

// monitoring is a Prometheus and an Alertmanager that run until the test ends.
type monitoring struct {
	programs     embedded.Monitoring
	dir          string // of their files
	alertmanager string // address
	prometheus   string // address
}

// newMonitoring starts an Alertmanager that tells nobody of anything: who is to be told
// is known when takt runs. Where the programs cannot be had the test is skipped, but
// not in CI.
func newMonitoring(t *testing.T) *monitoring {
	t.Helper()
	programs, err := embedded.FindMonitoring(within(t, 2*time.Minute), os.Stderr)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	m := &monitoring{programs: programs, dir: t.TempDir()}
	write(t, m.file("alertmanager.yml"), "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
	cmd := exec.Command(programs.Alertmanager, "--config.file="+m.file("alertmanager.yml"), "--storage.path="+m.file("alertmanager"),
		"--web.listen-address=127.0.0.1:0", "--cluster.listen-address=")
	cmd.Dir = programs.Dir
	m.alertmanager = listening(t, cmd)
	return m
}

// file returns the path of one of their files.
func (m *monitoring) file(name string) string { return filepath.Join(m.dir, name) }

// route gives the Alertmanager its routes.
func (m *monitoring) route(t *testing.T, text string) {
	t.Helper()
	write(t, m.file("alertmanager.yml"), text)
	if answer := page(t, func() (*http.Response, error) { return http.Post("http://"+m.alertmanager+"/-/reload", "", nil) }); answer != "" {
		t.Fatalf("Alertmanager does not take its routes: %s\n%s", answer, text)
	}
}

// watch starts a Prometheus that scrapes an address, evaluates the rules of the
// directory and tells the Alertmanager.
func (m *monitoring) watch(t *testing.T, address, rules string) {
	t.Helper()
	config, err := json.Marshal(map[string]any{ // JSON is YAML
		"global":     map[string]any{"scrape_interval": "1s", "evaluation_interval": "1s"},
		"rule_files": []string{filepath.Join(rules, "*.yaml")},
		"alerting": map[string]any{"alertmanagers": []any{
			map[string]any{"static_configs": []any{map[string]any{"targets": []string{m.alertmanager}}}},
		}},
		"scrape_configs": []any{map[string]any{
			"job_name": "takt", "static_configs": []any{map[string]any{"targets": []string{address}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, m.file("prometheus.yml"), string(config))
	m.prometheus = listening(t, exec.Command(m.programs.Prometheus, "--config.file="+m.file("prometheus.yml"),
		"--storage.tsdb.path="+m.file("prometheus"), "--web.listen-address=127.0.0.1:0",
		"--rules.alert.resend-delay=2s")) // what fires before it has found Alertmanager is told again
}

// until waits until Prometheus has an answer to a query.
func (m *monitoring) until(t *testing.T, query string) {
	t.Helper()
	var answer string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		answer = fetch(t, "http://"+m.prometheus+"/api/v1/query?query="+url.QueryEscape(query))
		if strings.Contains(answer, `"value":[`) {
			return
		}
	}
	t.Fatalf("Prometheus has nothing for %s: %s", query, answer)
}

// firing tells, for those who look for a message that did not come, what fires.
func (m *monitoring) firing(t *testing.T) string {
	t.Helper()
	return fetch(t, "http://"+m.prometheus+"/api/v1/query?query=ALERTS") + "\n" + fetch(t, "http://"+m.alertmanager+"/api/v2/alerts")
}

// failed returns what Alertmanager has counted as not delivered to webhooks.
func (m *monitoring) failed(t *testing.T) (lines []string) {
	t.Helper()
	for line := range strings.Lines(fetch(t, "http://"+m.alertmanager+"/metrics")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(name, `alertmanager_notifications_failed_total{integration="webhook"`) && value != "0" {
			lines = append(lines, line)
		}
	}
	return lines
}

// amtool does what an operator does, and returns what it prints.
func (m *monitoring) amtool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(m.programs.Amtool, append([]string{"--alertmanager.url=http://" + m.alertmanager}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("amtool %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// listening starts a program of Prometheus's and returns the address that it serves.
func listening(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	l := begin(t, cmd)
	address := regexp.MustCompile(`msg="Listening on" address=(\S+)`)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if found := l.find(address); found != "" {
			return found
		}
	}
	t.Fatalf("%s does not listen\n%s", cmd.Path, tail(l.log.String()))
	return ""
}

// heartbeats counts the calls that somebody who expects them gets, by alert.
type heartbeats struct{ names chan string }

// ServeHTTP is http.Handler's.
func (h *heartbeats) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var call struct {
		Labels map[string]string `json:"commonLabels"`
	}
	if err == nil && json.Unmarshal(body, &call) == nil {
		select {
		case h.names <- call.Labels["alertname"]:
		default:
		}
	}
}
