package alerts_test

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/metrics/process"
)

// TestLinks wants each alert to lead to a board and a panel that are there, and to
// variables that the board has, in both languages.
func TestLinks(t *testing.T) {
	for _, l := range []dashboards.Language{dashboards.English, dashboards.Chinese} {
		boards := map[string]grafana.Dashboard{}
		for _, b := range dashboards.Boards(l) {
			boards[b.UID] = b
		}
		for _, name := range process.ShippedNames() {
			c := alerts.Config{Process: shipped(t, name)}
			for _, f := range []alerts.File{c.Alerting(), c.Own()} {
				for _, r := range f.Groups[0].Rules {
					leads(t, boards, r)
				}
			}
		}
	}
}

func leads(t *testing.T, boards map[string]grafana.Dashboard, r alerts.Rule) {
	t.Helper()
	u, err := url.Parse(r.Annotations["dashboard_url"])
	if err != nil {
		t.Fatal(err)
	}
	uid := r.Annotations["__dashboardUid__"]
	b, ok := boards[uid]
	if !ok || path.Base(u.Path) != uid {
		t.Errorf("%s leads to board %q by %q", r.Alert, uid, u)
		return
	}
	if id, err := strconv.Atoi(r.Annotations["__panelId__"]); err != nil || id < 1 || id > len(b.Panels) {
		t.Errorf("%s leads to panel %q of %q, which has %d", r.Alert, r.Annotations["__panelId__"], uid, len(b.Panels))
	}
	for key := range u.Query() {
		name, isVar := strings.CutPrefix(key, "var-")
		found := !isVar
		for _, v := range b.Templating.List {
			found = found || v.Name == name
		}
		if !found {
			t.Errorf("%s sets %q, which board %q does not have", r.Alert, key, uid)
		}
	}
}
