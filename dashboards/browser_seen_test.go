package dashboards_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// TestSeen is a test of what TestGrafana looks with, not of Grafana and not of the
// boards: a page made by hand has the elements of Grafana's, and panels of each fate,
// one of them below the window. Each has to be found, with the token, and no other.
func TestSeen(t *testing.T) {
	var tokens []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/d/takt-made" {
			tokens = append(tokens, r.Header.Get("Authorization"))
		}
		http.ServeFile(w, r, "testdata/grafana.html")
	}))
	defer server.Close()
	var en, zh grafana.Dashboard
	for _, title := range []string{"Drawn", "Table", "Empty by its own words", "Empty", "Empty table", "Not drawable", "Broken", "Blank", "Slow", "Far below", "Lost"} {
		p := grafana.Panel{Title: title, GridPos: grafana.GridPos{H: 1}} // so that the window is too low
		p.FieldConfig.Defaults.NoValue = "Nothing matches the filter"
		en.Panels = append(en.Panels, p)
		p.FieldConfig.Defaults.NoValue = "没有符合筛选条件的数据"
		if title == "Table" {
			p.Title = "表格"
		}
		zh.Panels = append(zh.Panels, p)
	}
	all, rows := expect(&en, &zh)
	p, picture, err := look(browser(t, "127.0.0.1"), server.URL+"/d/takt-made", "secret", rows, all, 6)
	if err != nil {
		t.Fatal(err)
	}
	wrong, empty := p.judge(all)
	if d := cmp.Diff([]string{
		`the page says "Templating [process]: Error updating options"`,
		`panel "Empty" says "No data"`,
		`panel "Empty table" says "No data"`,
		`panel "Not drawable" says "Data is missing a time field"`,
		`panel "Broken" shows an error: Code: 60. Table takt.nothing does not exist`,
		`panel "Blank" is blank`,
		`panel "Slow" is still loading`,
		`panel "Far below" shows an error: refused`,
		`panel "Lost" is not there`,
	}, wrong); d != "" {
		t.Errorf("wrong (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{`panel "Empty by its own words": Nothing matches the filter`}, empty); d != "" {
		t.Errorf("empty (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"Bearer secret"}, tokens); d != "" {
		t.Errorf("tokens (-want +got)\n%s", d)
	}
	if len(picture) == 0 {
		t.Error("there is no picture")
	}
	fine, rows := expect(&grafana.Dashboard{Panels: en.Panels[:1]}, &grafana.Dashboard{Panels: zh.Panels[:1]})
	if rows != 1 || !p.whole(fine) || p.whole(all) {
		t.Errorf("rows %d, one panel whole %v, all %v", rows, p.whole(fine), p.whole(all))
	}
	if wrong, _ := (&page{Text: "Log in"}).judge(fine); len(wrong) != 1 {
		t.Errorf("a page that asks to sign in: %q", wrong)
	}
}
