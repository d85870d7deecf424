package metrics_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/tracker"
)

// everything moves every metric of the catalogue once.
func everything(t testing.TB, c metrics.Config) (*metrics.Metrics, *prometheus.Registry, *metrics.Partition) {
	t.Helper()
	m, reg := mustNew(t, c)
	p := m.Partition("shop", "orders", 0)
	p.Apply(&tracker.Effects{Oldest: []order.Instant{ago(time.Hour)}, LastEvent: []order.Instant{ago(time.Minute)}})
	p.Events(map[string]order.Instant{"web": ago(time.Minute)})
	p.SetLag(1, time.Second)
	m.SetAudit("orders", 0, 0)
	m.SetParity("retail", metrics.FigureOrdersOpen, 0)
	m.SetReconciliation("shop", "missing", 1)
	m.Reconciliation("shop", true)
	m.SetNormals("retail", map[string]float64{"pick": 35})
	g, err := metrics.NewGateway([]string{"shop"}, []string{"taken"}, reg)
	if err != nil {
		t.Fatal(err)
	}
	g.Delivered("shop", "taken", time.Millisecond)
	polls, err := metrics.NewPolls(map[string]time.Duration{"shop": time.Minute}, time.Now, reg)
	if err != nil {
		t.Fatal(err)
	}
	polls.Polled("shop", time.Unix(1, 0), 1)
	polls.TooLarge("shop", 1)
	p.SetHandled([]metrics.Handled{{Stage: 0, Kind: tracker.Overdue, Team: "team-0", Unanswered: 1}})
	return m, reg, p
}

func TestCatalogueIsWhatIsExported(t *testing.T) {
	_, reg, _ := everything(t, config(retail(), "web"))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	type entry struct {
		Type, Help string
		Labels     []string
	}
	got, want := map[string]entry{}, map[string]entry{}
	for _, f := range families {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		got[f.GetName()] = entry{strings.ToLower(f.GetType().String()), f.GetHelp(), labels}
	}
	for _, c := range metrics.Catalogue() {
		labels := slices.Clone(c.Labels)
		slices.Sort(labels)
		want[c.Name] = entry{c.Type.String(), c.Help, labels}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("catalogue and export differ (-catalogue +export):\n%s", diff)
	}
}

// TestCatalogueIsTheSpecification compares with testdata/specification.txt, the
// names and labels of the issue that asked for them.
func TestCatalogueIsTheSpecification(t *testing.T) {
	text, err := os.ReadFile("testdata/specification.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, labels, _ := strings.Cut(strings.TrimSpace(line), " "); name != "" && name != "#" {
			want[name] = labels
		}
	}
	got := map[string]string{}
	for _, c := range metrics.Catalogue() {
		got[c.Name] = strings.Join(c.Labels, ",")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("catalogue differs from the specification (-want +got):\n%s", diff)
	}
}

func TestCatalogueIsCleanForPromlint(t *testing.T) {
	for _, native := range []bool{false, true} {
		c := config(retail(), "web")
		c.NativeHistograms = native
		_, reg, _ := everything(t, c)
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		problems, err := promlint.NewWithMetricFamilies(families).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestCatalogueExplainsItself(t *testing.T) {
	known := map[string]bool{}
	for _, l := range metrics.Labels() {
		if known[l.Name] || l.Help == "" || l.HelpZH == "" {
			t.Errorf("label %q stands twice or is not explained in both languages", l.Name)
		}
		known[l.Name] = true
	}
	unused := maps.Clone(known)
	for _, c := range metrics.Catalogue() {
		if c.Help == "" || c.HelpZH == "" {
			t.Errorf("%s is not explained in both languages", c.Name)
		}
		if word := strings.TrimSuffix(c.Unit, "s"); !strings.Contains(c.Help, word) {
			t.Errorf("%s: help %q does not name the unit %q", c.Name, c.Help, c.Unit)
		}
		for _, l := range c.Labels {
			if !known[l] {
				t.Errorf("%s: label %q is not explained", c.Name, l)
			}
			delete(unused, l)
		}
	}
	if diff := cmp.Diff([]string{"carrier", "region", "warehouse"}, slices.Sorted(maps.Keys(unused))); diff != "" {
		t.Errorf("labels of no metric (-want +got):\n%s", diff)
	}
}
