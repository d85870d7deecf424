package metrics_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/takt-orders/takt/metrics"
)

// TestReadme holds that the tables of the README are the catalogue.
func TestReadme(t *testing.T) {
	const file = "README.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	for _, s := range []struct{ mark, table string }{
		{"metrics en", metricTable(func(m metrics.Metric) string { return m.Help }, "| Metric | Type | Unit | Labels | Meaning |", "counter", "gauge", "histogram")},
		{"labels en", labelTable(func(l metrics.Label) string { return l.Help }, "| Label | Meaning |")},
		{"metrics zh", metricTable(func(m metrics.Metric) string { return m.HelpZH }, "| 指标 | 类型 | 单位 | 标签 | 含义 |", "计数器", "仪表", "直方图")},
		{"labels zh", labelTable(func(l metrics.Label) string { return l.HelpZH }, "| 标签 | 含义 |")},
	} {
		begin, end := "<!-- generated: "+s.mark+" -->\n", "<!-- end -->\n"
		head, rest, ok := strings.Cut(got, begin)
		_, tail, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no section between %q and %q", file, begin, end)
		}
		got = head + begin + s.table + end + tail
	}
	golden(t, file, got)
}

func metricTable(help func(metrics.Metric) string, header string, types ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n|%s\n", header, strings.Repeat(" --- |", 5))
	for _, m := range metrics.Catalogue() {
		labels := strings.Join(m.Labels, ", ")
		if m.Extra {
			labels += " +"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Name, types[m.Type-metrics.Counter], m.Unit, labels, help(m))
	}
	return b.String()
}

func labelTable(help func(metrics.Label) string, header string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n|%s\n", header, strings.Repeat(" --- |", 2))
	for _, l := range metrics.Labels() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", l.Name, help(l))
	}
	return b.String()
}
