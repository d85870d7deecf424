package dashboards_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/ingest/simulate"
)

// TestIncidents wants the outage of the warehouse marked where the stage is seen, from
// when it was felt on, and nothing where nothing happened.
func TestIncidents(t *testing.T) {
	onset := shop.now.Add(-simulate.WarehouseOutage.Lead())
	for _, b := range dashboards.Boards(dashboards.English) {
		t.Run(b.UID, func(t *testing.T) {
			values := defaults(t, &b)
			if b.UID == dashboards.Order || b.UID == dashboards.Pipeline {
				if slices.ContainsFunc(b.Annotations.List, func(a grafana.Annotation) bool { return a.Target != nil }) {
					t.Error("incidents of stages are marked where no stage is shown")
				}
				return
			}
			if b.UID == dashboards.Stage {
				if got := marked(t, &b, values); len(got) > 0 {
					t.Errorf("%s is marked with %v", values["stage"], got)
				}
				values["stage"] = []string{"pick"}
			}
			got := marked(t, &b, values)
			if len(got) == 0 {
				t.Fatal("no incident is marked")
			}
			for _, m := range got {
				if m.title != "Picking" || m.from.Before(onset) || !m.to.After(m.from) || m.to.After(shop.now) {
					t.Errorf("%+v is no incident: it began at %s and stands at %s", m, onset, shop.now)
				}
			}
		})
	}
}

type mark struct {
	from, to    time.Time
	title, text string
}

// marked returns the incidents that are drawn over a board's graphs.
func marked(t *testing.T, b *grafana.Dashboard, values grafana.Chosen) []mark {
	t.Helper()
	from, to := span(t, b.Time)
	var all []mark
	for _, a := range b.Annotations.List {
		if a.Target == nil {
			continue
		}
		sql, err := grafana.Expand(a.Target.RawSQL, values, from, to)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ask(sql)
		if err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
		var names []string
		for _, m := range f.Meta {
			names = append(names, m.Name)
		}
		// By these names Grafana makes marks of rows.
		if want := []string{"time", "timeEnd", "title", "text"}; !slices.Equal(names, want) {
			t.Fatalf("columns %v, want %v", names, want)
		}
		for _, row := range f.Data {
			m := mark{title: fmt.Sprint(row[2]), text: fmt.Sprint(row[3])}
			for i, at := range []*time.Time{&m.from, &m.to} {
				if *at, err = time.Parse("2006-01-02 15:04:05.000", fmt.Sprint(row[i])); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, m)
		}
	}
	return all
}
