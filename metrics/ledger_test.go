package metrics_test

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/takt-orders/takt/metrics"
)

// What people did is summed over the owned partitions, superseded as a whole, and
// vanishes with them.
func TestHandled(t *testing.T) {
	m, reg := mustNew(t, config(short(), "web"))
	p, q := m.Partition("shop", "orders", 0), m.Partition("shop", "orders", 1)
	p.SetHandled([]metrics.Handled{{Stage: 1, Kind: "lost", Team: "team-1", Unanswered: 9}})
	p.SetHandled([]metrics.Handled{
		{Stage: 0, Kind: "overdue", Team: "team-0", Unanswered: 2, Acknowledged: 1, AcknowledgeSeconds: 60, Resolved: 1, ResolveSeconds: 90},
		{Stage: -1, Kind: "promise_broken", Unanswered: 1},
	})
	q.SetHandled([]metrics.Handled{{Stage: 0, Kind: "overdue", Team: "team-0", Unanswered: 1, Acknowledged: 2, AcknowledgeSeconds: 30}})
	names := []string{
		"takt_exceptions_unanswered", "takt_exceptions_acknowledged", "takt_exception_acknowledge_seconds",
		"takt_exceptions_resolved", "takt_exception_resolve_seconds",
	}
	var want strings.Builder
	for i, values := range [][2]string{{"3", "1"}, {"3", "0"}, {"90", "0"}, {"1", "0"}, {"90", "0"}} {
		for _, c := range metrics.Catalogue() {
			if c.Name == names[i] {
				want.WriteString("# HELP " + c.Name + " " + c.Help + "\n# TYPE " + c.Name + " gauge\n")
			}
		}
		want.WriteString(names[i] + `{kind="overdue",owner_team="team-0",process="short",stage="review"} ` + values[0] + "\n")
		want.WriteString(names[i] + `{kind="promise_broken",owner_team="",process="short",stage=""} ` + values[1] + "\n")
	}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want.String()), names...); err != nil {
		t.Error(err)
	}
	p.Close()
	q.Close()
	if n, err := testutil.GatherAndCount(reg, names...); n != 0 || err != nil {
		t.Errorf("%d series are left, %v", n, err)
	}
}
