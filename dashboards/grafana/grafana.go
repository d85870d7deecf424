// Package grafana is the classic dashboard model of Grafana, as far as Takt's boards
// use it. Version 41 of the schema is what Grafana 12 and 13 both load from files.
//
// A dashboard holds no id and no version: servers give them. Encode writes equal
// dashboards as equal bytes.
package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// SchemaVersion is the version of the model that this package writes.
const SchemaVersion = 41

// Dashboard is one board.
type Dashboard struct {
	UID           string      `json:"uid"`
	Title         string      `json:"title"`
	Description   string      `json:"description"`
	Tags          []string    `json:"tags"`
	Editable      bool        `json:"editable"`
	GraphTooltip  int         `json:"graphTooltip"` // 1: one crosshair over all panels
	Timezone      string      `json:"timezone"`
	Refresh       string      `json:"refresh"`
	Time          Range       `json:"time"`
	SchemaVersion int         `json:"schemaVersion"`
	Links         []Link      `json:"links"`
	Templating    Templating  `json:"templating"`
	Annotations   Annotations `json:"annotations"`
	Panels        []Panel     `json:"panels"`
}

// Asking returns the panels of the board and, before them, one without an id whose
// targets are what is marked over the graphs, which is asked with them.
func (d *Dashboard) Asking() []Panel {
	marks := Panel{Title: "marks"}
	for i := range d.Annotations.List {
		a := &d.Annotations.List[i]
		if a.Target != nil {
			marks.Targets = append(marks.Targets, *a.Target)
		}
		if a.Expr != "" {
			marks.Targets = append(marks.Targets, Target{Expr: a.Expr, Range: true})
		}
	}
	return append([]Panel{marks}, d.Panels...)
}

// Range is a span of time as Grafana writes it: "now-24h" to "now".
type Range struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Link leads from a board, or with an address from a panel or a value, to elsewhere.
type Link struct {
	Title       string   `json:"title"`
	Type        string   `json:"type,omitempty"` // of a board: "dashboards", those with the tags
	Tags        []string `json:"tags,omitempty"`
	URL         string   `json:"url,omitempty"`
	AsDropdown  bool     `json:"asDropdown,omitempty"`
	IncludeVars bool     `json:"includeVars,omitempty"`
	KeepTime    bool     `json:"keepTime,omitempty"`
	TargetBlank bool     `json:"targetBlank,omitempty"`
}

// Templating holds the variables of a board.
type Templating struct {
	List []Variable `json:"list"`
}

// Annotations holds what is marked over the panels of a board.
type Annotations struct {
	List []Annotation `json:"list"`
}

// Annotation marks spans that a query returns: of Prometheus Expr, of ClickHouse Target,
// whose columns are time, timeEnd, title and text.
type Annotation struct {
	Name        string     `json:"name"`
	Datasource  Datasource `json:"datasource"`
	Enable      bool       `json:"enable"`
	Hide        bool       `json:"hide"`
	IconColor   string     `json:"iconColor"`
	Expr        string     `json:"expr,omitempty"`
	Step        string     `json:"step,omitempty"`
	TitleFormat string     `json:"titleFormat,omitempty"`
	TextFormat  string     `json:"textFormat,omitempty"`
	Target      *Target    `json:"target,omitempty"`
}

// Datasource names where a query goes; the uid is that of a variable.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Encode writes the board as Grafana reads it.
func (d *Dashboard) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("write board %q: %w", d.UID, err)
	}
	return b.Bytes(), nil
}
