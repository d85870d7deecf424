package dashboards_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/metrics"
)

const (
	screens  = 2
	screen   = 24 // rows of the grid that a screen shows
	panels   = 12
	gridWide = 24
)

// TestLint holds what each board has to be, in both languages.
func TestLint(t *testing.T) {
	for _, l := range []dashboards.Language{dashboards.English, dashboards.Chinese} {
		seen := map[string]bool{}
		for _, b := range dashboards.Boards(l) {
			t.Run(string(l)+"/"+b.UID, func(t *testing.T) {
				if seen[b.UID] {
					t.Error("the uid stands twice")
				}
				seen[b.UID] = true
				lintBoard(t, &b, l)
			})
		}
	}
}

func lintBoard(t *testing.T, b *grafana.Dashboard, l dashboards.Language) {
	if !regexp.MustCompile(`^takt-[a-z-]{2,30}$`).MatchString(b.UID) {
		t.Errorf("uid %q", b.UID)
	}
	if b.Editable || b.SchemaVersion != 41 || len(b.Tags) != 2 || b.Tags[0] != "takt" || b.Refresh != "1m" || !strings.HasSuffix(b.Time.To, "now/m") {
		t.Errorf("editable %v, schema %d, tags %v, refresh %q, to %q", b.Editable, b.SchemaVersion, b.Tags, b.Refresh, b.Time.To)
	}
	if len(b.Panels) > panels {
		t.Errorf("%d panels, at most %d", len(b.Panels), panels)
	}
	written(t, l, "title", b.Title)
	written(t, l, "description", b.Description)
	for _, v := range b.Templating.List {
		if v.Hide == grafana.Shown {
			written(t, l, "variable "+v.Name, v.Label)
		}
	}
	for _, a := range b.Annotations.List {
		asks(t, b, a.Datasource, "annotation "+a.Name)
		written(t, l, "annotation", a.Name)
		if (a.Expr == "") == (a.Target == nil) {
			t.Errorf("annotation %s asks not exactly one datasource", a.Name)
		}
		if a.Expr != "" {
			lintPromQL(t, a.Expr)
		}
	}
	for i := range b.Panels {
		p := &b.Panels[i]
		t.Run(fmt.Sprint(p.ID), func(t *testing.T) {
			if p.ID != i+1 {
				t.Errorf("id %d, want %d", p.ID, i+1)
			}
			lintPlace(t, b, i)
			lintPanel(t, b, p, l)
		})
	}
}

// lintPlace wants the panel on the board, on the first two screens and alone there.
func lintPlace(t *testing.T, b *grafana.Dashboard, i int) {
	a := b.Panels[i].GridPos
	if a.X < 0 || a.Y < 0 || a.W <= 0 || a.H <= 0 || a.X+a.W > gridWide || a.Y+a.H > screens*screen {
		t.Errorf("stands at %+v, outside of %d screens", a, screens)
	}
	for j := range b.Panels[:i] {
		if o := b.Panels[j].GridPos; a.X < o.X+o.W && o.X < a.X+a.W && a.Y < o.Y+o.H && o.Y < a.Y+a.H {
			t.Errorf("lies over panel %d: %+v, %+v", b.Panels[j].ID, a, o)
		}
	}
	if i == 0 && (a.X != 0 || a.Y != 0) {
		t.Error("the first panel does not stand at the top left")
	}
}

func lintPanel(t *testing.T, b *grafana.Dashboard, p *grafana.Panel, l dashboards.Language) {
	written(t, l, "title", p.Title)
	written(t, l, "description", p.Description)
	if !strings.HasSuffix(p.Description, ".") && !strings.HasSuffix(p.Description, "。") {
		t.Errorf("description %q is no sentence", p.Description)
	}
	if p.Type == "text" {
		return
	}
	written(t, l, "noValue", p.FieldConfig.Defaults.NoValue)
	if unit := p.FieldConfig.Defaults.Unit; unit == "" && !slices.Contains([]string{"table", "nodeGraph", "state-timeline"}, p.Type) {
		t.Error("has no unit")
	}
	if len(p.Targets) == 0 {
		t.Error("asks nothing")
	} else if p.Type == "stat" && p.FieldConfig.Defaults.Unit != "none" && p.Targets[0].RawSQL != "" {
		lintTexts(t, p)
	}
	for _, q := range p.Targets {
		asks(t, b, q.Datasource, "query "+q.RefID)
		if (q.Expr == "") == (q.RawSQL == "") {
			t.Errorf("query %s asks not exactly one datasource", q.RefID)
		}
		if q.Expr != "" {
			lintPromQL(t, q.Expr)
		}
	}
	for _, link := range links(p) {
		lintLink(t, link, l)
	}
}

// lintTexts wants a number to say apart that nothing matches, that it is not measured yet
// and that no source feeds it, with a link to how to feed it; zero stays a zero, and
// what is broken is the datasource's error.
func lintTexts(t *testing.T, p *grafana.Panel) {
	texts := []string{p.FieldConfig.Defaults.NoValue}
	for _, m := range p.FieldConfig.Defaults.Mappings {
		switch o := m.Options.(type) {
		case grafana.Special:
			texts = append(texts, o.Result.Text)
		case map[string]grafana.Result:
			if _, zero := o["0"]; zero {
				t.Error("zero is shown as something else")
			}
			texts = append(texts, o["-1"].Text)
		}
	}
	slices.Sort(texts)
	if len(slices.Compact(texts)) != 3 || texts[0] == "" {
		t.Errorf("the texts of nothing are %q, want three different ones", texts)
	}
	if !slices.ContainsFunc(p.FieldConfig.Defaults.Links, func(l grafana.Link) bool { return strings.Contains(l.URL, "README") }) {
		t.Error("does not lead to how to feed it")
	}
}

// asks wants a datasource to be a variable of the board.
func asks(t *testing.T, b *grafana.Dashboard, d grafana.Datasource, who string) {
	t.Helper()
	for _, v := range b.Templating.List {
		if v.Type == "datasource" && v.Query == d.Type && d.UID == "${"+v.Name+"}" {
			return
		}
	}
	t.Errorf("%s asks %+v, which is no variable of the board", who, d)
}

// written wants a text in the board's language.
func written(t *testing.T, l dashboards.Language, what, text string) {
	t.Helper()
	han := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	if text == "" || han != (l == dashboards.Chinese) {
		t.Errorf("%s: %q is not written in %s", what, text, l)
	}
}

// intervals are what Grafana puts for its own variables, as PromQL.
var intervals = strings.NewReplacer("$__rate_interval", "4m", "$__interval", "1m", "$__range", "6h")

// lintPromQL wants an expression that parses and reads the catalogue alone.
func lintPromQL(t *testing.T, expr string) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(intervals.Replace(expr))
	if err != nil {
		t.Errorf("%s: %v", expr, err)
		return
	}
	known := map[string]metrics.Metric{}
	for _, m := range metrics.Catalogue() {
		known[m.Name] = m
		if m.Type == metrics.Histogram {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[m.Name+suffix] = m
			}
		}
	}
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		s, ok := n.(*parser.VectorSelector)
		if !ok || s.Name == "ALERTS" || s.Name == "up" {
			return nil
		}
		m, ok := known[s.Name]
		if !ok {
			t.Errorf("%s: %q is not in the catalogue", expr, s.Name)
		}
		for _, l := range s.LabelMatchers {
			if l.Name != "__name__" && !slices.Contains(m.Labels, l.Name) {
				t.Errorf("%s: %q has no label %q", expr, s.Name, l.Name)
			}
		}
		return nil
	})
}

// links returns every link of a panel and of its values.
func links(p *grafana.Panel) []grafana.Link {
	all := slices.Concat(p.Links, p.FieldConfig.Defaults.Links)
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if found, ok := property.Value.([]grafana.Link); ok {
				all = append(all, found...)
			}
		}
	}
	return all
}

// lintLink wants a link to a board that is there and to variables that it has.
func lintLink(t *testing.T, link grafana.Link, l dashboards.Language) {
	t.Helper()
	written(t, l, "link", link.Title)
	rest, ok := strings.CutPrefix(link.URL, "/d/")
	if !ok {
		if !strings.HasPrefix(link.URL, "https://github.com/takt-orders/takt/") {
			t.Errorf("link %q leads to no board", link.URL)
		}
		return
	}
	uid, query, _ := strings.Cut(rest, "?")
	i := slices.IndexFunc(dashboards.Boards(l), func(b grafana.Dashboard) bool { return b.UID == uid })
	if i < 0 {
		t.Errorf("link %q: there is no board %q", link.URL, uid)
		return
	}
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(strings.Trim(name, "${}"))
		if err != nil {
			t.Errorf("link %q: %v", link.URL, err)
		}
		name, _, _ = strings.Cut(strings.TrimPrefix(name, "var-"), ":")
		if name == "" || name == "__url_time_range" || name == "from" || name == "to" {
			continue
		}
		if !slices.ContainsFunc(dashboards.Boards(l)[i].Templating.List, func(v grafana.Variable) bool { return v.Name == name }) {
			t.Errorf("link %q: board %q has no variable %q", link.URL, uid, name)
		}
	}
}

// TestLanguages wants both languages to be the same boards.
func TestLanguages(t *testing.T) {
	en, zh := dashboards.Boards(dashboards.English), dashboards.Boards(dashboards.Chinese)
	for i := range en {
		if en[i].UID != zh[i].UID || len(en[i].Panels) != len(zh[i].Panels) {
			t.Fatalf("board %d: %q with %d panels, %q with %d", i, en[i].UID, len(en[i].Panels), zh[i].UID, len(zh[i].Panels))
		}
		for j := range en[i].Panels {
			if a, b := &en[i].Panels[j], &zh[i].Panels[j]; a.Type != b.Type || a.GridPos != b.GridPos || len(a.Targets) != len(b.Targets) {
				t.Errorf("%s: panel %d differs", en[i].UID, a.ID)
			}
		}
	}
}
