package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source"
)

// readTable reads the table of a lookup, whose file is relative to dir, and says what
// is wrong with it.
func readTable(l *source.Lookup, dir string) (wrong []string) {
	file := l.File
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	var err error
	if l.Pairs() {
		l.Table, err = readPairs(file)
	} else {
		l.Table, err = source.ReadTable(file, l.Key, l.Value)
	}
	if err == nil {
		return nil
	}
	causes := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		causes = several.Unwrap()
	}
	for _, one := range causes {
		wrong = append(wrong, strconv.Quote(l.File)+": "+cause(one))
	}
	return wrong
}

// readPairs reads a table that is written in YAML, each key before its value.
func readPairs(file string) (map[string]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, err
	}
	if len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("holds no pairs: write one on each line, such as 'E-7: Sales'")
	}
	pairs := root.Content[0].Content
	table, first := make(map[string]string, len(pairs)/2), map[string]int{}
	var wrong []error
	for i := 0; i < len(pairs) && len(wrong) < 20; i += 2 {
		key, value := pairs[i], pairs[i+1]
		switch before := first[key.Value]; {
		case key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode:
			wrong = append(wrong, fmt.Errorf("line %d is no key before its value, such as 'E-7: Sales'", key.Line))
		case before > 0:
			wrong = append(wrong, fmt.Errorf("line %d has the key of line %d: a key stands once", key.Line, before))
		case value.Tag == "!!null":
			table[key.Value] = ""
		default:
			table[key.Value] = value.Value
		}
		first[key.Value] = key.Line
	}
	return table, errors.Join(wrong...)
}
