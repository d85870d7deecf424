package dashboards_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
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

	"github.com/takt-orders/takt/dashboards"
)

// TestGrafana opens each board in a real Grafana and wants every panel to show what it
// is for, or in its own words that there is nothing; no error, no "No data". It runs for
// make test-grafana alone, which says which Grafana: one that runs, with boards and data
// in it, or a home or an image that is started over the simulated shop.
func TestGrafana(t *testing.T) {
	address, token := os.Getenv("TAKT_TEST_GRAFANA_URL"), os.Getenv("GRAFANA_TOKEN")
	home, image := os.Getenv("TAKT_TEST_GRAFANA_HOME"), os.Getenv("TAKT_TEST_GRAFANA_IMAGE")
	order := ""
	switch {
	case address != "":
	case home+image != "":
		address, token, order = serveGrafana(t, home, image), "", shop.waiting
	default:
		return // nothing to look at: make test-grafana says so
	}
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	shots := os.Getenv("TAKT_SCREENSHOTS")
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t, at.Hostname())
	en, zh := dashboards.Boards(dashboards.English), dashboards.Boards(dashboards.Chinese)
	for i := range en {
		t.Run(en[i].UID, func(t *testing.T) {
			all, rows := expect(&en[i], &zh[i])
			q := url.Values{"kiosk": {""}}
			if en[i].UID == dashboards.Order && order != "" {
				q.Set("var-order", order)
			}
			const looks = 180 // a minute and a half
			p, picture, err := look(ctx, strings.TrimSuffix(address, "/")+"/d/"+en[i].UID+"?"+q.Encode(), token, rows, all, looks)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(shots, en[i].UID+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
			wrong, empty := p.judge(all)
			for _, text := range empty {
				t.Log(text)
			}
			for _, text := range wrong {
				t.Error(text)
			}
		})
	}
}

// serveGrafana starts the Grafana of a home, or of an image with docker, over the
// simulated shop: with deploy's provisioning, on a free port of this machine, for anybody
// to look at. It returns its address.
func serveGrafana(t *testing.T, home, image string) string {
	t.Helper()
	if shop.prometheus == nil {
		t.Fatal(shop.missing)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	boards, err := filepath.Abs("json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	provision(t, dir, boards)
	language := os.Getenv("TAKT_LANG")
	if language == "" {
		language = string(dashboards.English)
	}
	env := []string{
		"GF_SERVER_HTTP_ADDR=127.0.0.1", "GF_SERVER_HTTP_PORT=" + port, "GF_PATHS_PROVISIONING=" + dir, "GF_PATHS_DATA=" + filepath.Join(dir, "data"),
		"GF_AUTH_ANONYMOUS_ENABLED=true", "GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer", "GF_ANALYTICS_REPORTING_ENABLED=false", "GF_ANALYTICS_CHECK_FOR_UPDATES=false",
		"TAKT_LANG=" + language, "TAKT_BOARDS_PASSWORD=",
	}
	// Who has the datasource already says where: GF_PATHS_PLUGINS.
	if home == "" || os.Getenv("GF_PATHS_PLUGINS") == "" {
		env = append(env, "GF_PATHS_PLUGINS="+filepath.Join(dir, "data", "plugins"), "GF_PLUGINS_PREINSTALL_SYNC="+datasource(t))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, filepath.Join(home, "bin", "grafana"), "server", "--homepath", home)
	cmd.Env = append(os.Environ(), env...)
	if home == "" {
		args := []string{"run", "--rm", "--network", "host", "--user", fmt.Sprint(os.Getuid()), "-v", dir + ":" + dir, "-v", boards + ":" + boards + ":ro"}
		for _, e := range env {
			args = append(args, "-e", e)
		}
		cmd = exec.CommandContext(ctx, "docker", append(args, image)...)
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Grafana: %v", err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // how it ends by SIGTERM tells nothing
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("Grafana wrote:\n%s", said.String())
		}
	})
	healthy(t, "http://"+address, ended)
	return "http://" + address
}

// healthy waits until Grafana answers: it fetches the datasource first.
func healthy(t *testing.T, address string, ended <-chan struct{}) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		if r, err := client.Get(address + "/api/health"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ended:
			t.Fatal("Grafana has ended")
		case <-time.After(500 * time.Millisecond):
		}
	}
	t.Fatal("Grafana does not get ready")
}

// provision writes deploy's provisioning, the addresses in it replaced by the shop's and
// the directory of the boards by that of this tree.
func provision(t *testing.T, dir, boards string) {
	t.Helper()
	host, port, err := net.SplitHostPort(shop.engine.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for path, replaced := range map[string][]string{
		"datasources/takt.yaml": {"http://prometheus:9090", shop.prometheus.address, "host: clickhouse, port: 8123", "host: " + host + ", port: " + port},
		"dashboards/takt.yaml":  {"/etc/takt/dashboards", boards},
	} {
		text, err := os.ReadFile(filepath.Join(deployed, "grafana/provisioning", path))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(replaced); i += 2 {
			if !bytes.Contains(text, []byte(replaced[i])) {
				t.Fatalf("%s does not say %q", path, replaced[i])
			}
			text = bytes.ReplaceAll(text, []byte(replaced[i]), []byte(replaced[i+1]))
		}
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// datasource is ClickHouse's plugin for Grafana, in the version of compose.yaml.
func datasource(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployed, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`GF_PLUGINS_PREINSTALL_SYNC: (\S+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("compose.yaml names no datasource")
	}
	return string(found[1])
}
