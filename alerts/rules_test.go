package alerts_test

import (
	"bytes"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/process"
)

var update = flag.Bool("update", false, "write the rule files anew")

// TestRules compares alerts/rules with what the shipped processes give.
func TestRules(t *testing.T) {
	for name, want := range generated(t) {
		path := filepath.Join("rules", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("%s is not what the process gives, run with -update (-file +process):\n%s", path, diff)
		}
	}
}

// generated returns the files of alerts/rules as the shipped processes give them.
func generated(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	add := func(name string, f alerts.File) {
		text, err := f.YAML()
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
	}
	for _, name := range process.ShippedNames() {
		c := alerts.Config{Process: shipped(t, name)}
		add(name+".rules.yaml", c.Recording())
		add(name+".alerts.yaml", c.Alerting())
	}
	add("own.alerts.yaml", alerts.Config{}.Own())
	return files
}

// groups returns the rules of a file as Prometheus reads them.
func groups(t *testing.T, name string, text []byte) []rulefmt.RuleGroup {
	t.Helper()
	g, errs := rulefmt.Parse(text, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatalf("%s: %v", name, errs)
	}
	return g.Groups
}

// TestCatalogue wants every metric and label that a rule names in the catalogue, no
// histogram, and no look back over more than three days.
func TestCatalogue(t *testing.T) {
	known := map[string][]string{
		"up": {"job", "instance"}, "ALERTS": {"alertname", "alertstate", "severity", "process", "stage"},
	}
	for _, m := range metrics.Catalogue() {
		if m.Type != metrics.Histogram {
			known[m.Name] = m.Labels
		}
	}
	for name, text := range generated(t) {
		all := groups(t, name, text)
		for _, g := range all {
			for _, r := range g.Rules {
				if r.Record != "" {
					by, _, _ := strings.Cut(r.Record, ":")
					known[r.Record] = map[string][]string{
						"process": {"process"}, "process_stage": {"process", "stage"},
						"process_stage_kind_owner_team": {"process", "stage", "kind", "owner_team"},
					}[by]
				}
			}
		}
	}
	for name, text := range generated(t) {
		for _, g := range groups(t, name, text) {
			for _, r := range g.Rules {
				checkExpr(t, name+" "+r.Alert+r.Record, r.Expr, known)
			}
		}
	}
}

func checkExpr(t *testing.T, rule, text string, known map[string][]string) {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			may, ok := known[n.Name]
			if !ok {
				t.Errorf("%s: %s is not in the catalogue", rule, n.Name)
			}
			for _, m := range n.LabelMatchers {
				if m.Name != model.MetricNameLabel && !slices.Contains(may, m.Name) {
					t.Errorf("%s: %s has no label %s", rule, n.Name, m.Name)
				}
			}
			back := n.OriginalOffset
			if len(path) > 0 {
				if r, ok := path[len(path)-1].(*parser.MatrixSelector); ok {
					back += r.Range
				}
			}
			if back > 72*time.Hour {
				t.Errorf("%s looks back %v", rule, back)
			}
		case *parser.SubqueryExpr:
			t.Errorf("%s has a subquery", rule)
		}
		return nil
	})
}

// TestConventions holds what every alert has.
func TestConventions(t *testing.T) {
	seen := map[string]bool{}
	for name, text := range generated(t) {
		for _, g := range groups(t, name, text) {
			for _, r := range g.Rules {
				if r.Record != "" {
					if len(strings.Split(r.Record, ":")) != 3 {
						t.Errorf("%s is no level:metric:operations", r.Record)
					}
					continue
				}
				seen[r.Alert] = true
				if s := r.Labels["severity"]; s != "critical" && s != "warning" && s != "info" {
					t.Errorf("%s: severity %q", r.Alert, s)
				}
				for label, value := range r.Labels {
					if !slices.Contains([]string{"severity", "process", "stage", "owner_team"}, label) || strings.Contains(value, "{{") {
						t.Errorf("%s: label %s: %s", r.Alert, label, value)
					}
				}
				for _, a := range []string{"summary", "description", "summary_zh", "description_zh", "runbook_url", "dashboard_url", "__dashboardUid__", "__panelId__"} {
					if r.Annotations[a] == "" {
						t.Errorf("%s has no %s", r.Alert, a)
					}
				}
				if want := alerts.DefaultRunbookBase + "/" + r.Alert + ".md"; r.Annotations["runbook_url"] != want {
					t.Errorf("%s: runbook %s", r.Alert, r.Annotations["runbook_url"])
				}
				if _, err := os.Stat(filepath.Join("runbooks", r.Alert+".md")); err != nil {
					t.Errorf("the runbook of %s: %v", r.Alert, err)
				}
			}
		}
	}
	for _, name := range alerts.Names() {
		if !seen[name] {
			t.Errorf("%s is in no file", name)
		}
		delete(seen, name)
	}
	if len(seen) > 0 {
		t.Errorf("Names lacks %v", seen)
	}
}

// TestOperator wants objects whose spec is the rule file.
func TestOperator(t *testing.T) {
	f := alerts.Config{Process: shipped(t, "retail")}.Recording()
	object, err := f.Operator(alerts.ObjectName("retail", "rules"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(object, []byte("kind: PrometheusRule\nmetadata:\n  name: takt-retail-rules\n")) {
		t.Errorf("got %s", object[:200])
	}
	for _, tt := range []struct{ process, want string }{
		{"after_sales", `^takt-after-sales-rules$`}, {"采购", `^takt-[0-9a-f]{8}-rules$`}, {"Retail", `^takt-etail-[0-9a-f]{8}-rules$`},
	} {
		if got := alerts.ObjectName(tt.process, "rules"); !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("%s: got %s", tt.process, got)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    alerts.Config
		want string
	}{
		{"defaults", alerts.Config{}, ""},
		{"runbooks", alerts.Config{RunbookBase: "runbooks"}, `runbook base: "runbooks" is no http or https address`},
		{"grafana", alerts.Config{Grafana: "grafana:3000"}, `grafana: "grafana:3000" is no http or https address`},
		{"job", alerts.Config{Job: `a"b`}, "job and team must not hold quotes, backslashes, braces or line breaks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.c.Validate(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
