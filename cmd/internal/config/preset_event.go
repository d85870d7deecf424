package config

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/presets"
)

// presetEvent reads what a source says of its events beyond its preset, each value as
// in a mapping file.
func (l *loader) presetEvent(o *object) (e presets.Event) {
	var known []string
	for name := range new(source.Fields).All() {
		known = append(known, name)
	}
	for _, name := range o.names {
		if slices.Contains(known, name) {
			if e.Fields == nil {
				e.Fields = map[string]source.Value{}
			}
			e.Fields[name] = l.value(o, name)
		}
	}
	attributes := o.object("attributes")
	for _, name := range attributes.names {
		if e.Attributes == nil {
			e.Attributes = map[string]source.Value{}
		}
		e.Attributes[name] = l.value(attributes, name)
	}
	o.taken = append(o.taken, known...)
	o.done()
	return e
}

// value takes the key as a path, a list of paths or the long form.
func (l *loader) value(o *object, key string) (v source.Value) {
	if o.values[key].Kind != yaml.MappingNode {
		return source.Value{Path: o.paths(key)}
	}
	long := o.object(key)
	v = source.Value{
		Path: long.paths("path"), CEL: long.text("cel", ""), Const: long.text("const", ""),
		Times: long.texts("times"), Zone: long.text("zone", ""),
	}
	if long.has("lookup") {
		table := long.object("lookup")
		v.Lookup = &source.Lookup{
			File: table.text("file", ""), Key: table.text("key", ""), Value: table.text("value", ""),
			Missing: table.text("missing", ""),
		}
		table.done()
	}
	long.done()
	return v
}

// paths takes the key as one path or a list of alternatives.
func (o *object) paths(key string) []string {
	if node := o.values[key]; node != nil && node.Kind == yaml.SequenceNode {
		return o.texts(key)
	}
	if path := o.text(key, ""); path != "" {
		return []string{path}
	}
	return nil
}

// compile compiles the expressions of a mapping and reads its tables, whose files are
// relative to dir. at tells the key path in the document of one in the mapping; where it
// is empty the value is not the document's.
func (d *document) compile(m *source.Mapping, dir string, at func(path string) string) {
	for place, v := range m.Values() {
		path := at(place)
		if path == "" {
			continue
		}
		if v.CEL != "" {
			v.Program = d.expression(join(path, "cel"), v.CEL, join(place, "cel"))
		}
		if v.Lookup != nil && !d.reported(join(path, "lookup")) {
			for _, message := range readTable(v.Lookup, dir) {
				d.report(d.line(join(path, "lookup")), join(path, "lookup"), "%s", message)
			}
		}
	}
}
