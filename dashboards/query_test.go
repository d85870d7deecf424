package dashboards_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
)

// TestPrometheusQueries asks a real Prometheus every query of every panel.
func TestPrometheusQueries(t *testing.T) {
	if shop.prometheus == nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(shop.missing)
		}
		t.Skip(shop.missing)
	}
	for _, l := range []dashboards.Language{dashboards.English, dashboards.Chinese} {
		for _, b := range dashboards.Boards(l) {
			values := defaults(t, &b)
			if _, ok := values["stage"]; ok {
				values["stage"] = []string{"pick"} // where the warehouse stands still
			}
			for _, p := range b.Asking() {
				t.Run(fmt.Sprintf("%s/%s/%d", l, b.UID, p.ID), func(t *testing.T) { askPrometheus(t, &p, values) })
			}
		}
	}
}

func askPrometheus(t *testing.T, p *grafana.Panel, values grafana.Chosen) {
	for _, q := range p.Targets {
		if q.Expr == "" {
			continue
		}
		step := time.Duration(0)
		if q.Range {
			step = time.Minute
		}
		found, err := shop.prometheus.query(expandPromQL(q.Expr, values), shop.now.Add(-liveHours*time.Hour), shop.now, step)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 && !silent(q.Expr) {
			t.Errorf("%s finds nothing", q.Expr)
		}
	}
}
