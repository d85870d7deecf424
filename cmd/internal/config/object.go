package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is a YAML mapping being read: each getter takes a key, done reports the
// keys that nobody took. One that is absent has no keys, so that all defaults
// apply.
type object struct {
	doc    *document
	path   string
	line   int
	broken bool     // something else stood here
	names  []string // in the file's order
	keys   map[string]*yaml.Node
	values map[string]*yaml.Node
	taken  []string
	refuse map[string]string
}

// mapping returns node as an object; if it is none, that is a problem and the
// object has no keys.
func (d *document) mapping(node *yaml.Node, path string) *object {
	o := d.absent(node.Line, path)
	if !d.kind(node, path, yaml.MappingNode) {
		o.broken = true
		return o
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!null" || key.Tag == "!!merge":
			d.report(key.Line, path, "a key must be a plain word")
		case o.keys[key.Value] != nil:
			d.report(key.Line, join(path, key.Value), "stands twice, first in line %d", o.keys[key.Value].Line)
		default:
			o.names = append(o.names, key.Value)
			o.keys[key.Value], o.values[key.Value] = key, value
		}
	}
	return o
}

// absent returns an object without keys.
func (d *document) absent(line int, path string) *object {
	return &object{
		doc: d, path: path, line: line,
		keys: map[string]*yaml.Node{}, values: map[string]*yaml.Node{}, refuse: map[string]string{},
	}
}

func kindName(k yaml.Kind) string {
	switch k {
	case yaml.MappingNode:
		return "a block of keys"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

// kind reports whether node is of the kind; if not, the problem is reported.
func (d *document) kind(node *yaml.Node, path string, want yaml.Kind) bool {
	switch {
	case node.Kind == yaml.AliasNode:
		d.report(node.Line, path, "anchors and aliases are not taken: write the value itself")
	case node.Kind == yaml.ScalarNode && node.Tag == "!!null":
		d.report(node.Line, path, "has no value: give one or take the key out")
	case node.Kind != want:
		d.report(node.Line, path, "must be %s, not %s", kindName(want), kindName(node.Kind))
	default:
		return true
	}
	return false
}

// take returns the node of the key, nil if it is absent.
func (o *object) take(key string) *yaml.Node {
	o.taken = append(o.taken, key)
	return o.values[key]
}

// has reports whether the key stands in the object; it does not take it.
func (o *object) has(key string) bool { return o.keys[key] != nil }

// at returns the key path of the key.
func (o *object) at(key string) string {
	return join(o.path, key)
}

func join(path, key string) string {
	switch {
	case key == "":
		return path
	case path == "" || key[0] == '[':
		return path + key
	default:
		return path + "." + key
	}
}

// report reports a problem of the key, or of the object if the key is absent or
// empty.
func (o *object) report(key, format string, args ...any) {
	name, _, _ := strings.Cut(key, "[")
	line := o.line
	if node := o.keys[name]; node != nil {
		line = node.Line
		if name != key {
			line = o.doc.line(o.at(key))
		}
	}
	o.doc.report(line, o.at(key), format, args...)
}

// ok reports whether nothing is known to be wrong with the key.
func (o *object) ok(key string) bool { return !o.broken && !o.doc.reported(o.at(key)) }

// forbid makes done report the key with a message of its own.
func (o *object) forbid(key, message string) {
	o.refuse[key] = message
}

// done reports the keys that nobody took.
func (o *object) done() {
	taken := map[string]bool{}
	for _, key := range o.taken {
		taken[key] = true
	}
	for _, name := range o.names {
		switch message, refused := o.refuse[name]; {
		case taken[name]:
		case refused:
			o.report(name, "%s", message)
		default:
			o.report(name, "unknown key; %s", suggest(name, o.taken, "here belong"))
		}
	}
}

// object takes the key as an object.
func (o *object) object(key string) *object {
	node := o.take(key)
	if node == nil {
		return o.doc.absent(o.line, o.at(key))
	}
	return o.doc.mapping(node, o.at(key))
}

// list takes the key as a list, nil if it is absent.
func (o *object) list(key string) []*yaml.Node {
	node := o.take(key)
	if node == nil || !o.doc.kind(node, o.at(key), yaml.SequenceNode) {
		return nil
	}
	return node.Content
}

// objects takes the key as a list of objects; those that are none are left out,
// so the path of each is its own.
func (o *object) objects(key string) []*object {
	var all []*object
	for i, node := range o.list(key) {
		if item := o.doc.mapping(node, index(o.at(key), i)); !item.broken {
			all = append(all, item)
		}
	}
	return all
}

// index returns the key path of an item of a list.
func index(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
