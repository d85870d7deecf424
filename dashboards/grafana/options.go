package grafana

// Reduce says which values of a frame a panel shows: the last of each field, or
// with Values each row.
type Reduce struct {
	Calcs  []string `json:"calcs"`
	Fields string   `json:"fields"`
	Values bool     `json:"values"`
	Limit  int      `json:"limit,omitempty"`
}

// Stat is the options of panels of type "stat".
type Stat struct {
	ReduceOptions Reduce    `json:"reduceOptions"`
	ColorMode     string    `json:"colorMode"` // "value" or "background"
	GraphMode     string    `json:"graphMode"` // "none" or "area"
	JustifyMode   string    `json:"justifyMode"`
	Orientation   string    `json:"orientation"`
	TextMode      string    `json:"textMode"`
	WideLayout    bool      `json:"wideLayout"`
	Text          *TextSize `json:"text,omitempty"`
}

// TextSize bounds the size of letters, in pixels.
type TextSize struct {
	TitleSize int `json:"titleSize,omitempty"`
	ValueSize int `json:"valueSize,omitempty"`
}

// Legend says where the legend stands and what it tells.
type Legend struct {
	Calcs       []string `json:"calcs"`
	DisplayMode string   `json:"displayMode"` // "list" or "table"
	Placement   string   `json:"placement"`   // "bottom" or "right"
	ShowLegend  bool     `json:"showLegend"`
}

// Tooltip is shown under the pointer.
type Tooltip struct {
	Mode string `json:"mode"` // "multi"
	Sort string `json:"sort"`
}

// TimeSeries is the options of panels of type "timeseries".
type TimeSeries struct {
	Legend  Legend  `json:"legend"`
	Tooltip Tooltip `json:"tooltip"`
}

// BarChart is the options of panels of type "barchart".
type BarChart struct {
	XField      string  `json:"xField,omitempty"`
	Orientation string  `json:"orientation"` // "horizontal" or "vertical"
	Stacking    string  `json:"stacking"`
	ShowValue   string  `json:"showValue"`
	BarWidth    float64 `json:"barWidth"`
	GroupWidth  float64 `json:"groupWidth"`
	Legend      Legend  `json:"legend"`
	Tooltip     Tooltip `json:"tooltip"`
}

// Table is the options of panels of type "table".
type Table struct {
	CellHeight string `json:"cellHeight"`
	ShowHeader bool   `json:"showHeader"`
}

// StateTimeline is the options of panels of type "state-timeline".
type StateTimeline struct {
	RowHeight   float64 `json:"rowHeight"`
	ShowValue   string  `json:"showValue"`
	MergeValues bool    `json:"mergeValues"`
	Legend      Legend  `json:"legend"`
	Tooltip     Tooltip `json:"tooltip"`
}

// Text is the options of panels of type "text".
type Text struct {
	Mode    string `json:"mode"` // "markdown"
	Content string `json:"content"`
}

// NodeGraph is the options of panels of type "nodeGraph".
type NodeGraph struct {
	Nodes NodeOptions `json:"nodes"`
	Edges EdgeOptions `json:"edges"`
}

// NodeOptions says how the figures of nodes are shown.
type NodeOptions struct {
	MainStatUnit string `json:"mainStatUnit,omitempty"`
}

// EdgeOptions says how the figures of edges are shown.
type EdgeOptions struct {
	MainStatUnit string `json:"mainStatUnit,omitempty"`
}
