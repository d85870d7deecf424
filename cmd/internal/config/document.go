package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is one YAML file being read.
type document struct {
	name     string // as shown to people
	data     []byte
	root     *yaml.Node
	problems *[]Problem
}

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// parse reads data as the one document of a file; it reports what is wrong and
// then returns nil.
func parse(name string, data []byte, problems *[]Problem) *document {
	d := &document{name: name, data: data, problems: problems}
	if len(data) > maxFile {
		d.report(0, "", "is larger than 1 MiB: this is no configuration file")
		return nil
	}
	var root, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	err := dec.Decode(&root)
	if err == nil {
		if err = dec.Decode(&second); err == nil {
			d.report(second.Line, "", "a second document begins here: a file holds one")
			return nil
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
	} else if errors.Is(err, io.EOF) {
		d.report(0, "", "is empty")
		return nil
	}
	if err != nil {
		line, text := syntax(err)
		d.report(line, "", "is not YAML: %s", text)
		return nil
	}
	d.root = root.Content[0]
	if d.root.Kind == yaml.ScalarNode && d.root.Tag == "!!null" {
		d.report(0, "", "is empty")
		return nil
	}
	return d
}

func (d *document) report(line int, path, format string, args ...any) {
	*d.problems = append(*d.problems, Problem{d.name, line, path, fmt.Sprintf(format, args...)})
}

// broken reports whether the node at path itself is known to be wrong.
func (d *document) broken(path string) bool {
	return slices.ContainsFunc(*d.problems, func(p Problem) bool { return p.File == d.name && p.Path == path })
}

// reported reports whether something at or below path is known to be wrong.
func (d *document) reported(path string) bool {
	for _, p := range *d.problems {
		if p.File == d.name && (p.Path == path || strings.HasPrefix(p.Path, path+".") || strings.HasPrefix(p.Path, path+"[")) {
			return true
		}
	}
	return false
}

// syntax takes a yaml error apart into line and text.
func syntax(err error) (line int, text string) {
	text = strings.TrimPrefix(err.Error(), "yaml: ")
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
	}
	return line, text
}

// line returns the line of the node at a key path such as "stages[2].limit", or
// that of the deepest node on the way to it that exists.
func (d *document) line(path string) int {
	_, line, _ := d.seek(path)
	return line
}

// value returns the text at a key path, empty if there is none.
func (d *document) value(path string) string {
	if node, _, whole := d.seek(path); whole {
		return node.Value
	}
	return ""
}

// seek returns the deepest node on the way of a key path, its line, and whether it
// is the path's end.
func (d *document) seek(path string) (node *yaml.Node, line int, whole bool) {
	node, line = d.root, d.root.Line
	for path != "" {
		var child *yaml.Node
		if path[0] == '[' {
			digits, rest, _ := strings.Cut(path[1:], "]")
			i, err := strconv.Atoi(digits)
			if err != nil || node.Kind != yaml.SequenceNode || i >= len(node.Content) {
				return node, line, false
			}
			child, path = node.Content[i], rest
			line = child.Line
		} else {
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			if node.Kind != yaml.MappingNode {
				return node, line, false
			}
			for i := 0; i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == path[:end] {
					child = node.Content[i+1]
					line = node.Content[i].Line
					break
				}
			}
			path = path[end:]
		}
		if child == nil {
			return node, line, false
		}
		node = child
	}
	return node, line, true
}
