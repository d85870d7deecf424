package dashboards

import (
	"strconv"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// The colours of boards: one meaning each.
const (
	good  = "green"
	warn  = "orange"
	bad   = "red"
	muted = "gray"
	plain = "blue"
)

// frame is what every panel has to say, in the board's language.
type frame struct {
	title string
	about string // what it shows, and from what it is read
	empty string // what it means when there is nothing to show
	unit  string
}

func panel(kind string, f frame, options any, targets []grafana.Target) grafana.Panel {
	for i := range targets {
		targets[i].RefID = string(rune('A' + i))
	}
	p := grafana.Panel{
		Type: kind, Title: f.title, Description: f.about, Targets: targets, Options: options,
		FieldConfig: grafana.FieldConfig{
			Defaults:  grafana.Field{Unit: f.unit, NoValue: f.empty, Mappings: []grafana.Mapping{}},
			Overrides: []grafana.Override{},
		},
	}
	if len(targets) > 0 {
		p.Datasource = &targets[0].Datasource
	}
	return p
}

// stat shows the present value of each series, coloured by thresholds.
func stat(f frame, steps *grafana.Thresholds, targets ...grafana.Target) grafana.Panel {
	p := panel("stat", f, grafana.Stat{
		ReduceOptions: grafana.Reduce{Calcs: []string{"lastNotNull"}},
		ColorMode:     "background", GraphMode: "none", JustifyMode: "center", Orientation: "auto", TextMode: "auto", WideLayout: true,
	}, targets)
	p.FieldConfig.Defaults.Color = &grafana.Color{Mode: "thresholds"}
	p.FieldConfig.Defaults.Thresholds = steps
	return p
}

// lines shows series over time; with bounds they are drawn as lines too.
func lines(f frame, bounds *grafana.Thresholds, targets ...grafana.Target) grafana.Panel {
	p := panel("timeseries", f, grafana.TimeSeries{
		Legend:  grafana.Legend{Calcs: []string{}, DisplayMode: "list", Placement: "bottom", ShowLegend: true},
		Tooltip: grafana.Tooltip{Mode: "multi", Sort: "none"},
	}, targets)
	d := &p.FieldConfig.Defaults
	zero := 0.0
	d.Min, d.Color, d.Thresholds = &zero, &grafana.Color{Mode: "palette-classic"}, bounds
	d.Custom = &grafana.Custom{DrawStyle: "line", LineWidth: 2, FillOpacity: 8, ShowPoints: "auto"}
	if bounds != nil {
		d.Custom.ThresholdsStyle = &grafana.Threshold{Mode: "line"}
	}
	return p
}

// bars shows counts over time on top of each other.
func bars(f frame, targets ...grafana.Target) grafana.Panel {
	p := lines(f, nil, targets...)
	c := p.FieldConfig.Defaults.Custom
	c.DrawStyle, c.LineWidth, c.FillOpacity, c.ShowPoints = "bars", 0, 80, "never"
	c.Stacking = &grafana.Stacking{Mode: "normal", Group: "A"}
	return p
}

// bound is a threshold: the colour from a value on.
type bound struct {
	from  float64
	color string
}

// steps returns thresholds: the colour below the first bound, and the bounds.
func steps(first string, rest ...bound) *grafana.Thresholds {
	t := &grafana.Thresholds{Mode: "absolute", Steps: []grafana.Step{{Color: first}}}
	for _, b := range rest {
		t.Steps = append(t.Steps, grafana.Step{Color: b.color, Value: &b.from})
	}
	return t
}

// words maps the numbers from 0 on to texts.
func words(results ...grafana.Result) []grafana.Mapping {
	options := map[string]grafana.Result{}
	for i, r := range results {
		r.Index = i
		options[strconv.Itoa(i)] = r
	}
	return []grafana.Mapping{{Type: "value", Options: options}}
}

// over asks Prometheus for series over the board's range.
func over(expr, legend string) grafana.Target {
	return grafana.Target{Datasource: prometheus(), Expr: expr, LegendFormat: legend, Range: true}
}

// present asks Prometheus for the values at the end of the board's range.
func present(expr, legend string) grafana.Target {
	return grafana.Target{Datasource: prometheus(), Expr: expr, LegendFormat: legend, Instant: true}
}
