package dashboards

import (
	"github.com/takt-orders/takt/dashboards/grafana"
)

// width is that of a board.
const width = 24

// sheet is a board being made in one language.
type sheet struct {
	lang  Language
	board grafana.Dashboard
	// Where the next panel stands, and the height of the row so far.
	x, y, row int
}

// newSheet begins a board about an area of Takt.
func newSheet(l Language, uid, area string) *sheet {
	s := &sheet{lang: l}
	s.board = grafana.Dashboard{
		UID: uid, Tags: []string{"takt", area}, GraphTooltip: 1, Timezone: "browser", SchemaVersion: grafana.SchemaVersion,
		Refresh: "1m", Time: grafana.Range{From: "now-24h", To: "now/m"},
		Links: []grafana.Link{{
			Title: "Takt", Type: "dashboards", Tags: []string{"takt"}, IncludeVars: true, KeepTime: true,
		}},
		Annotations: grafana.Annotations{List: []grafana.Annotation{}},
	}
	return s
}

// say returns the text in the board's language.
func (s *sheet) say(en, zh string) string {
	if s.lang == Chinese {
		return zh
	}
	return en
}

// name gives the board its title and says what it answers.
func (s *sheet) name(title, titleZH, about, aboutZH string) {
	s.board.Title, s.board.Description = s.say(title, titleZH), s.say(about, aboutZH)
}

// add puts a panel beside the last one, or below where there is no room. Panels are
// numbered from 1 in their order.
func (s *sheet) add(w, h int, p grafana.Panel) {
	if s.x+w > width {
		s.x, s.y, s.row = 0, s.y+s.row, 0
	}
	p.ID = len(s.board.Panels) + 1
	p.GridPos = grafana.GridPos{X: s.x, Y: s.y, W: w, H: h}
	s.x, s.row = s.x+w, max(s.row, h)
	s.board.Panels = append(s.board.Panels, p)
}

// The variables that hold the datasources.
const (
	prometheusVar = "prometheus"
	clickhouseVar = "clickhouse"
)

// The datasources that Takt provisions.
const (
	PrometheusUID  = "takt-prometheus"
	ClickHouseUID  = "takt-clickhouse"
	PrometheusType = "prometheus"
	ClickHouseType = "grafana-clickhouse-datasource"
)

func prometheus() grafana.Datasource {
	return grafana.Datasource{Type: PrometheusType, UID: "${" + prometheusVar + "}"}
}

// readsPrometheus gives the board the variable, and marks firing alerts over its graphs.
func (s *sheet) readsPrometheus(alerts string) {
	s.variable(grafana.Variable{
		Name: prometheusVar, Label: "Prometheus", Type: "datasource", Query: PrometheusType, Hide: grafana.Hidden,
		Current: &grafana.Current{Text: "Takt Prometheus", Value: PrometheusUID},
	})
	s.board.Annotations.List = append(s.board.Annotations.List, grafana.Annotation{
		Name: s.say("Alerts", "告警"), Datasource: prometheus(), Enable: true, IconColor: "red", Step: "60s",
		Expr:        "max by (alertname, process, stage) (ALERTS{alertstate=\"firing\"," + alerts + "})",
		TitleFormat: "{{alertname}}", TextFormat: "{{process}} {{stage}}",
	})
}

func (s *sheet) variable(v grafana.Variable) {
	s.board.Templating.List = append(s.board.Templating.List, v)
}
