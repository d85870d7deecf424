package grafana

// Hide says how much of a variable is seen.
type Hide int

// The ways to hide a variable.
const (
	Shown Hide = iota
	HiddenLabel
	Hidden
)

// Variable is a choice at the top of a board.
type Variable struct {
	Name       string      `json:"name"`
	Label      string      `json:"label"`
	Type       string      `json:"type"` // "datasource", "query", "textbox" or "constant"
	Hide       Hide        `json:"hide"`
	Query      any         `json:"query"`
	Datasource *Datasource `json:"datasource,omitempty"` // of a query
	Refresh    int         `json:"refresh,omitempty"`    // 1: when the board is loaded, 2: when the range changes
	Sort       int         `json:"sort"`                 // 0: as the query orders them
	Regex      string      `json:"regex"`
	Multi      bool        `json:"multi,omitempty"`
	IncludeAll bool        `json:"includeAll,omitempty"`
	AllValue   string      `json:"allValue,omitempty"`
	Current    *Current    `json:"current,omitempty"`
}

// Current is what is chosen before anybody chooses.
type Current struct {
	Text  any `json:"text"`
	Value any `json:"value"`
}
