package dashboards_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet"
	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

const deployed = "../deploy"

// strict reads YAML and refuses keys that are not Grafana's.
func strict(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployed, path))
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestProvisionedSources wants provisioning and takt dashboards --grafana to make the
// same datasources.
func TestProvisionedSources(t *testing.T) {
	var got struct {
		APIVersion  int  `yaml:"apiVersion"`
		Prune       bool `yaml:"prune"`
		Datasources []struct {
			grafana.Source `yaml:",inline"`
			Editable       bool `yaml:"editable"`
		} `yaml:"datasources"`
	}
	strict(t, "grafana/provisioning/datasources/takt.yaml", &got)
	ch, err := dashboards.ClickHouseSource("clickhouse:8123", clickhouse.BoardsUser, "$TAKT_BOARDS_PASSWORD")
	if err != nil {
		t.Fatal(err)
	}
	var sources []grafana.Source
	for _, s := range got.Datasources {
		sources = append(sources, s.Source)
	}
	if d := cmp.Diff([]grafana.Source{dashboards.PrometheusSource("http://prometheus:9090"), ch}, sources); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestProvisionedFolder wants the boards in the folder that links and takt dashboards
// --grafana know, and the first page to be one of them.
func TestProvisionedFolder(t *testing.T) {
	var got struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name      string            `yaml:"name"`
			Type      string            `yaml:"type"`
			Folder    string            `yaml:"folder"`
			FolderUID string            `yaml:"folderUid"`
			AllowUI   bool              `yaml:"allowUiUpdates"`
			Update    int               `yaml:"updateIntervalSeconds"`
			Options   map[string]string `yaml:"options"`
		} `yaml:"providers"`
	}
	strict(t, "grafana/provisioning/dashboards/takt.yaml", &got)
	if p := got.Providers[0]; len(got.Providers) != 1 || p.Folder != dashboards.Folder || p.FolderUID != dashboards.FolderUID || p.AllowUI {
		t.Errorf("providers %+v", got.Providers)
	}
	ini, err := os.ReadFile(filepath.Join(deployed, "grafana/grafana.ini"))
	if err != nil {
		t.Fatal(err)
	}
	home := strings.ReplaceAll(got.Providers[0].Options["path"], "$TAKT_LANG", "$__env{TAKT_LANG}") + "/" + dashboards.Overview + ".json"
	if !strings.Contains(string(ini), "default_home_dashboard_path = "+home+"\n") {
		t.Errorf("the first page is not %s", home)
	}
}

// TestMixin evaluates the mixin: every board in either language, and every rule.
func TestMixin(t *testing.T) {
	for _, l := range []dashboards.Language{dashboards.English, dashboards.Chinese} {
		text, err := jsonnet.MakeVM().EvaluateAnonymousSnippet("mixin.jsonnet", fmt.Sprintf(
			`local m = (import '%s/mixin/mixin.libsonnet') + { _config+:: { lang: '%s' } }; { boards: m.grafanaDashboards, alerts: m.prometheusAlerts.groups, rules: m.prometheusRules.groups }`, deployed, l))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Boards        map[string]struct{ UID, Title string }
			Alerts, Rules []struct{ Name string }
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]struct{ UID, Title string }{}
		for _, b := range dashboards.Boards(l) {
			want[b.UID+".json"] = struct{ UID, Title string }{b.UID, b.Title}
		}
		if d := cmp.Diff(want, got.Boards); d != "" {
			t.Errorf("%s (-want +got)\n%s", l, d)
		}
		names := map[string]bool{}
		for _, g := range slices.Concat(got.Alerts, got.Rules) {
			names[g.Name] = true
		}
		files, err := filepath.Glob("../alerts/rules/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			body, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var file struct{ Groups []struct{ Name string } }
			if err := yaml.Unmarshal(body, &file); err != nil {
				t.Fatal(err)
			}
			for _, g := range file.Groups {
				if !names[g.Name] {
					t.Errorf("group %q of %s is missing from %v", g.Name, f, slices.Sorted(maps.Keys(names)))
				}
			}
		}
	}
}
