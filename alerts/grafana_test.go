package alerts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/metrics/process"
)

// grafanaFile is what a test reads of a file for Grafana.
type grafanaFile struct {
	Groups []struct {
		Folder, Interval string
		Rules            []grafanaRule
	}
	Deleted []struct{ UID string } `yaml:"deleteRules"`
}

type grafanaRule struct {
	UID, Title, Condition, For string
	KeepFiring                 string `yaml:"keepFiringFor"`
	Labels, Annotations        map[string]string
	Data                       []struct {
		Range  map[string]int `yaml:"relativeTimeRange"`
		Source string         `yaml:"datasourceUid"`
		Model  map[string]any
	}
}

// TestGrafana holds that Grafana's rules are the alerts of Prometheus, each with its
// name, and that all of them can be taken out again.
func TestGrafana(t *testing.T) {
	files := []alerts.File{alerts.Config{}.Own()}
	for _, name := range process.ShippedNames() {
		files = append(files, alerts.Config{Process: shipped(t, name)}.Alerting())
	}
	want := map[string]alerts.Rule{}
	for _, f := range files {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if r.Alert != "TaktWatchdog" {
					want[r.Expr+r.Labels["severity"]] = r
				}
			}
		}
	}
	created, uids := provisioned(t, alerts.Grafana, files), []string{}
	for _, g := range created.Groups {
		titles := map[string]bool{}
		for _, r := range g.Rules {
			if titles[r.Title] {
				t.Errorf("folder %q has two rules %s", g.Folder, r.Title)
			}
			titles[r.Title] = true
			uids = append(uids, r.UID)
			got := promised(t, r)
			if diff := cmp.Diff(want[got.Expr+got.Labels["severity"]], got); diff != "" {
				t.Errorf("rule %s differs (-Prometheus +Grafana):\n%s", r.Title, diff)
			}
			delete(want, got.Expr+got.Labels["severity"])
		}
	}
	for _, r := range want {
		t.Errorf("Grafana has no rule for %s of %s %s", r.Alert, r.Labels["process"], r.Labels["stage"])
	}
	deleted := []string{}
	for _, d := range provisioned(t, alerts.GrafanaDeleted, files).Deleted {
		deleted = append(deleted, d.UID)
	}
	slices.Sort(uids)
	slices.Sort(deleted)
	if diff := cmp.Diff(uids, deleted); diff != "" {
		t.Errorf("rules deleted differ (-created +deleted):\n%s", diff)
	}
}

func provisioned(t *testing.T, write func(...alerts.File) ([]byte, error), files []alerts.File) (f grafanaFile) {
	t.Helper()
	text, err := write(files...)
	if err == nil {
		err = yaml.Unmarshal(text, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// promised returns the rule as Prometheus has it.
func promised(t *testing.T, r grafanaRule) alerts.Rule {
	t.Helper()
	if len(r.UID) > 40 || r.Condition != "B" || len(r.Data) < 2 {
		t.Fatalf("rule %s: uid %q, condition %q of %d queries", r.Title, r.UID, r.Condition, len(r.Data))
	}
	for _, d := range r.Data {
		if d.Range["from"] == 0 { // without it Grafana does not start
			t.Errorf("rule %s has a query without a range", r.Title)
		}
	}
	out := alerts.Rule{Alert: r.Title, For: r.For, KeepFiring: r.KeepFiring, Labels: r.Labels, Annotations: map[string]string{}}
	out.Expr, _ = r.Data[0].Model["expr"].(string)
	for name, text := range r.Annotations {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "$$", "$"), "$values.A.Value", "$value")
		for _, d := range r.Data[2:] {
			value := "$values." + d.Model["refId"].(string) + ".Value"
			text = strings.ReplaceAll(text, "{{ if "+value+" }}{{ "+value, fmt.Sprintf("{{ with query `%s` }}{{ . | first | value", d.Model["expr"]))
		}
		// It asks of the labels of its alert, in other words.
		out.Annotations[name] = strings.ReplaceAll(text, "`sum by (process, stage, kind) (takt_exceptions_open)`",
			`(printf "sum(takt_exceptions_open{process=%q,stage=%q,kind=%q})" $labels.process $labels.stage $labels.kind)`)
	}
	return out
}
