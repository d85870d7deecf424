package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source"
)

// readMapping reads a mapping file of the folder dir into the value that ingest/source
// defines, compiles its expressions and reads its tables; what is wrong is reported.
func readMapping(d *document, dir string) source.Mapping {
	var m source.Mapping
	dec := yaml.NewDecoder(bytes.NewReader(d.data))
	dec.KnownFields(true)
	err := dec.Decode(&m)
	var types *yaml.TypeError
	switch {
	case errors.As(err, &types):
		for _, text := range types.Errors {
			line, text := syntax(errors.New(text))
			path, message := d.mappingProblem(line, text)
			d.report(line, path, "%s", message)
		}
	case err != nil:
		line, text := syntax(err)
		d.report(line, "", "%s", text)
		return m
	}
	for _, p := range m.Validate() {
		if !d.reported(p.Path) {
			d.report(d.line(p.Path), p.Path, "%s", p.Message)
		}
	}
	d.compile(&m, dir, func(path string) string { return path })
	return m
}

// expression compiles the expression at a key path; place is its path in the mapping.
func (d *document) expression(at, text, place string) *source.Program {
	program, faults := CompileExpression(text, place)
	node, line, whole := d.seek(at)
	if whole && (node.Style == yaml.LiteralStyle || node.Style == yaml.FoldedStyle) {
		line++ // the text begins below its sign
	}
	for _, f := range faults {
		d.report(line+f.Line-1, at, "%s", f.Message)
	}
	return program
}

// mappingProblem puts yaml's words for a strict decoding error into ours.
func (d *document) mappingProblem(line int, text string) (path, message string) {
	var field, rest string
	if n, _ := fmt.Sscanf(text, "field %s not found in type %s", &field, &rest); n == 2 {
		path = d.find(line, field)
		return path, "unknown key; " + suggest(field, mappingKeys(), "here belong")
	}
	if _, ok := strings.CutPrefix(text, "cannot unmarshal "); ok {
		what, into, _ := strings.Cut(strings.TrimPrefix(text, "cannot unmarshal "), " into ")
		_, value, _ := strings.Cut(what, " ")
		return d.find(line, ""), strings.TrimSpace("must be "+shape(into)) + note(value)
	}
	return d.find(line, ""), text
}

func note(value string) string {
	if value == "" {
		return ""
	}
	return ", not " + strings.Trim(value, "`")
}

// shape names a Go type as it is written in YAML.
func shape(goType string) string {
	switch {
	case goType == "string":
		return "text"
	case goType == "int":
		return "a whole number"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "[]") || strings.HasSuffix(goType, "paths"):
		return "a list"
	default:
		return "a block of keys"
	}
}

// find returns the path of the key that stands in the line, the last one if name
// is empty.
func (d *document) find(line int, name string) string {
	found := ""
	var walk func(node *yaml.Node, path string, depth int)
	walk = func(node *yaml.Node, path string, depth int) {
		if depth > 32 {
			return
		}
		for i, child := range node.Content {
			switch {
			case node.Kind == yaml.SequenceNode:
				walk(child, index(path, i), depth+1)
			case node.Kind == yaml.MappingNode && i%2 == 1:
				key := node.Content[i-1]
				at := join(path, key.Value)
				if key.Value != "" && (key.Line == line || child.Line == line) && (name == "" || key.Value == name) {
					found = at
				}
				walk(child, at, depth+1)
			}
		}
	}
	walk(d.root, "", 0)
	return found
}

// mappingKeys returns every key that a mapping file may hold somewhere.
func mappingKeys() []string {
	seen := map[reflect.Type]bool{}
	var keys []string
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for f := range t.Fields() {
			if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" && key != "-" {
				keys = append(keys, key)
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[source.Mapping]())
	return keys
}

// activities returns the activities that the source's mapping makes, sorted; whole
// is false if it takes them from the records as they are.
func activities(s *Source) (made []string, whole bool) {
	a := &s.Mapping.Activity
	for _, d := range s.Mapping.Dates {
		made = append(made, d.Activity)
	}
	for _, is := range a.Map {
		made = append(made, is)
	}
	for _, row := range a.Rows {
		made = append(made, row.Is)
	}
	if (len(s.Mapping.Dates) == 0 || len(a.From) > 0) && len(a.Map) == 0 && len(a.Rows) == 0 || a.Default == "keep" {
		return nil, false
	}
	made = append(made, a.Default)
	slices.Sort(made)
	made = slices.DeleteFunc(slices.Compact(made), func(n string) bool { return n == "" || n == "ignore" || n == "dates" })
	return made, true
}

// byTakt reports whether the activity has a meaning without a process that
// mentions it.
func byTakt(activity string) bool {
	family, _, _ := strings.Cut(activity, ".")
	return slices.Contains([]string{"exception", "inquiry", "satisfaction", "notice", "handover"}, family)
}

func list(names []string) string { return strings.Join(names, ", ") }
