package dashboards

import (
	"github.com/takt-orders/takt/dashboards/grafana"
)

// table shows rows as the query orders them.
func table(f frame, targets ...grafana.Target) grafana.Panel {
	p := panel("table", f, grafana.Table{CellHeight: "sm", ShowHeader: true}, targets)
	p.FieldConfig.Defaults.Custom = &grafana.Custom{Align: "auto", Filterable: true}
	return p
}

// sentence shows the one text that a query returns, coloured by what it says.
func sentence(f frame, target grafana.Target, colors ...colored) grafana.Panel {
	f.unit = "none"
	p := stat(f, steps(plain), target)
	p.Options = grafana.Stat{
		ReduceOptions: grafana.Reduce{Calcs: []string{"lastNotNull"}, Fields: "/.*/", Values: true},
		ColorMode:     "background", GraphMode: "none", JustifyMode: "auto", Orientation: "horizontal", TextMode: "value",
		WideLayout: true, Text: &grafana.TextSize{ValueSize: 20},
	}
	for i, c := range colors {
		p.FieldConfig.Defaults.Mappings = append(p.FieldConfig.Defaults.Mappings, grafana.Mapping{
			Type: "regex", Options: grafana.Pattern{Pattern: "/" + c.pattern + "/", Result: grafana.Result{Color: c.color, Index: i}},
		})
	}
	return p
}

// colored is a text that gives a value its colour.
type colored struct{ pattern, color string }

// on changes how one column is shown.
func on(p *grafana.Panel, column string, properties ...grafana.Property) {
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, grafana.Override{
		Matcher: grafana.Matcher{ID: "byName", Options: column}, Properties: properties,
	})
}

// unit gives a column its unit.
func unit(u string) grafana.Property { return grafana.Property{ID: "unit", Value: u} }

// leads makes a column's values links.
func leads(title, url string) grafana.Property {
	return grafana.Property{ID: "links", Value: []grafana.Link{{Title: title, URL: url}}}
}

// above colours a column's numbers from 1 on.
func above(color string) []grafana.Property {
	return []grafana.Property{
		{ID: "thresholds", Value: steps("text", bound{1, color})},
		{ID: "color", Value: grafana.Color{Mode: "thresholds"}},
		{ID: "custom.cellOptions", Value: map[string]string{"type": "color-text"}},
	}
}

// painted colours the cells of a column by their text.
func painted(colors ...colored) []grafana.Property {
	var all []grafana.Mapping
	for i, c := range colors {
		all = append(all, grafana.Mapping{Type: "regex", Options: grafana.Pattern{Pattern: "/" + c.pattern + "/", Result: grafana.Result{Color: c.color, Index: i}}})
	}
	return []grafana.Property{
		{ID: "mappings", Value: all},
		{ID: "custom.cellOptions", Value: map[string]string{"type": "color-text"}},
	}
}
