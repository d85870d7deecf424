package cli_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/cmd/internal/cli"
)

// grafanaServer answers as Grafana's HTTP API does where takt dashboards asks it, and
// keeps what it was given.
type grafanaServer struct {
	token   string
	known   []string // paths that exist
	asked   []string
	bodies  map[string]map[string]any
	refuses int
}

func (g *grafanaServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, message string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
	}
	g.asked = append(g.asked, r.Method+" "+r.URL.Path)
	switch {
	case r.Header.Get("Authorization") != "Bearer "+g.token:
		answer(http.StatusUnauthorized, "Invalid API key")
	case g.refuses != 0 && r.Method != http.MethodGet:
		answer(g.refuses, "no")
	case r.Method == http.MethodGet && !slices.Contains(g.known, r.URL.Path):
		answer(http.StatusNotFound, "not found")
	default:
		if r.Method != http.MethodGet {
			var body map[string]any
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				answer(http.StatusBadRequest, err.Error())
				return
			}
			key := r.URL.Path
			if d, ok := body["dashboard"].(map[string]any); ok {
				key += " " + d["uid"].(string)
			}
			g.bodies[key] = body
		}
		answer(http.StatusOK, "ok")
	}
}

func TestDashboardsIntoGrafana(t *testing.T) {
	g := &grafanaServer{token: "secret", known: []string{"/api/datasources/uid/takt-prometheus"}, bodies: map[string]map[string]any{}}
	server := httptest.NewServer(g)
	defer server.Close()
	environment := map[string]string{"GRAFANA_TOKEN": "secret", "TAKT_BOARDS_PASSWORD": "pass", "TAKT_LANG": "zh"}
	run := func() (int, string) {
		var stderr strings.Builder
		code := cli.Main(context.Background(), []string{
			"dashboards", "--grafana", server.URL, "--clickhouse", "ch:8123", "--prometheus", "http://prom:9090",
		}, strings.NewReader(""), &strings.Builder{}, &stderr, func(k string) string { return environment[k] })
		http.DefaultClient.CloseIdleConnections()
		return code, stderr.String()
	}
	if code, said := run(); code != 0 {
		t.Fatal(code, said)
	}
	want := []string{
		"GET /api/datasources/uid/takt-prometheus", "PUT /api/datasources/uid/takt-prometheus",
		"GET /api/datasources/uid/takt-clickhouse", "POST /api/datasources",
		"GET /api/folders/takt", "POST /api/folders",
	}
	if diff := cmp.Diff(want, g.asked[:len(want)]); diff != "" {
		t.Error(diff)
	}
	source := g.bodies["/api/datasources"]
	if got := source["jsonData"].(map[string]any); got["host"] != "ch" || got["port"] != 8123.0 || got["username"] != "takt_boards" {
		t.Errorf("datasource %v", source)
	}
	if got := source["secureJsonData"].(map[string]any); got["password"] != "pass" {
		t.Errorf("datasource %v", source)
	}
	board := g.bodies["/api/dashboards/db takt-pipeline"]
	if board == nil || board["folderUid"] != "takt" || board["overwrite"] != true || board["dashboard"].(map[string]any)["title"] != "数据管道" {
		t.Errorf("board %v", board)
	}

	for _, c := range []struct {
		name, token string
		refuses     int
		want        string
	}{
		{"token", "other", 0, "answered 401: Invalid API key (is GRAFANA_TOKEN"},
		{"role", "secret", http.StatusForbidden, "answered 403: no (the service account needs the role Admin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			environment["GRAFANA_TOKEN"], g.refuses = c.token, c.refuses
			if code, said := run(); code != 1 || !strings.Contains(said, c.want) {
				t.Errorf("%d %s, want %q", code, said, c.want)
			}
		})
	}
}
