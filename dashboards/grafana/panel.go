package grafana

// Panel is one panel of a board.
type Panel struct {
	ID              int              `json:"id"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description"`
	Transparent     bool             `json:"transparent,omitempty"`
	GridPos         GridPos          `json:"gridPos"`
	Datasource      *Datasource      `json:"datasource,omitempty"`
	Targets         []Target         `json:"targets,omitempty"`
	FieldConfig     FieldConfig      `json:"fieldConfig"`
	Options         any              `json:"options"`
	Transformations []Transformation `json:"transformations,omitempty"`
	Links           []Link           `json:"links,omitempty"`
}

// GridPos is where a panel stands: a board is 24 wide, a screen about 24 high.
type GridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// Target is one query, to Prometheus (Expr) or to ClickHouse (RawSQL).
type Target struct {
	RefID      string     `json:"refId"`
	Datasource Datasource `json:"datasource"`

	Expr         string `json:"expr,omitempty"`
	LegendFormat string `json:"legendFormat,omitempty"`
	Instant      bool   `json:"instant,omitempty"`
	Range        bool   `json:"range,omitempty"`
	Format       any    `json:"format,omitempty"` // Prometheus "table"; ClickHouse 0 time series, 1 table

	EditorType string `json:"editorType,omitempty"`
	QueryType  string `json:"queryType,omitempty"`
	RawSQL     string `json:"rawSql,omitempty"`
}

// Transformation changes what the queries return before it is shown.
type Transformation struct {
	ID      string `json:"id"`
	Options any    `json:"options"`
}

// FieldConfig says how values are shown.
type FieldConfig struct {
	Defaults  Field      `json:"defaults"`
	Overrides []Override `json:"overrides"`
}

// Field is how the values of a field are shown.
type Field struct {
	DisplayName string      `json:"displayName,omitempty"`
	Unit        string      `json:"unit,omitempty"`
	Decimals    *int        `json:"decimals,omitempty"`
	Min         *float64    `json:"min,omitempty"`
	Max         *float64    `json:"max,omitempty"`
	NoValue     string      `json:"noValue,omitempty"` // shown instead of "No data"
	Color       *Color      `json:"color,omitempty"`
	Thresholds  *Thresholds `json:"thresholds,omitempty"`
	Mappings    []Mapping   `json:"mappings"`
	Links       []Link      `json:"links,omitempty"`
	Custom      *Custom     `json:"custom,omitempty"`
}

// Color is how a colour is chosen: "thresholds", "palette-classic" or "fixed".
type Color struct {
	Mode  string `json:"mode"`
	Fixed string `json:"fixedColor,omitempty"`
}

// Thresholds colour a value by the highest step it has reached.
type Thresholds struct {
	Mode  string `json:"mode"` // "absolute"
	Steps []Step `json:"steps"`
}

// Step is one threshold; the first has no value.
type Step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

// Mapping replaces values by texts: type "value" by value, "regex" by pattern,
// "special" what is no value.
type Mapping struct {
	Type    string `json:"type"`
	Options any    `json:"options"`
}

// Result is what a mapping shows.
type Result struct {
	Text  string `json:"text,omitempty"`
	Color string `json:"color,omitempty"`
	Index int    `json:"index"`
}

// Pattern is the options of a mapping of type "regex".
type Pattern struct {
	Pattern string `json:"pattern"`
	Result  Result `json:"result"`
}

// Special is the options of a mapping of type "special": match "null".
type Special struct {
	Match  string `json:"match"`
	Result Result `json:"result"`
}

// Custom is how a graph or a table draws a field.
type Custom struct {
	DrawStyle         string     `json:"drawStyle,omitempty"` // "line" or "bars"
	LineInterpolation string     `json:"lineInterpolation,omitempty"`
	LineWidth         int        `json:"lineWidth,omitempty"`
	FillOpacity       int        `json:"fillOpacity,omitempty"`
	ShowPoints        string     `json:"showPoints,omitempty"`
	SpanNulls         any        `json:"spanNulls,omitempty"`
	Stacking          *Stacking  `json:"stacking,omitempty"`
	ThresholdsStyle   *Threshold `json:"thresholdsStyle,omitempty"`
	AxisLabel         string     `json:"axisLabel,omitempty"`
	Align             string     `json:"align,omitempty"`
	CellOptions       any        `json:"cellOptions,omitempty"`
	Filterable        bool       `json:"filterable,omitempty"`
}

// Stacking puts series on top of each other: mode "normal".
type Stacking struct {
	Mode  string `json:"mode"`
	Group string `json:"group"`
}

// Threshold says how a graph draws thresholds: mode "line".
type Threshold struct {
	Mode string `json:"mode"`
}

// Override changes how the fields that match are shown.
type Override struct {
	Matcher    Matcher    `json:"matcher"`
	Properties []Property `json:"properties"`
}

// Matcher finds fields: id "byName" or "byRegexp".
type Matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

// Property is one changed setting, such as "unit".
type Property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}
