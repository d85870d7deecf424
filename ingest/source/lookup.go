package source

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Lookup is a table in a file by which a key of a record, such as the id of a
// person, becomes the value that a field takes, such as the person's department.
type Lookup struct {
	// File is what OpenRows reads, or one in YAML whose lines are a key before its
	// value. A path that is not absolute is relative to the file of the mapping.
	File string `yaml:"file"`
	// Key and Value are the paths of both in each row; of YAML neither is named.
	Key   string `yaml:"key,omitempty"`
	Value string `yaml:"value,omitempty"`
	// Missing says what a key is that the table does not hold: "empty" (the default),
	// which is nothing, or "keep", the key itself.
	Missing string `yaml:"missing,omitempty"`
	// Table holds what ReadTable, or whoever reads YAML, has read; a Decoder needs it.
	Table map[string]string `yaml:"-"`
}

// Pairs reports whether the file is one in YAML, which this package does not read.
func (l *Lookup) Pairs() bool {
	switch strings.ToLower(filepath.Ext(l.File)) {
	case ".yaml", ".yml":
		return true
	default:
		return false
	}
}

// isTable reports whether the name is of a file that ReadTable reads.
func isTable(file string) bool {
	switch filepath.Ext(strings.TrimSuffix(strings.ToLower(file), ".gz")) {
	case ".csv", ".json", ".jsonl", ".ndjson":
		return true
	default:
		return false
	}
}

const (
	missingEmpty = "empty"
	missingKeep  = "keep"

	// maxTable bounds the rows of a table, which stands in memory.
	maxTable = 1_000_000
)

// ReadTable reads the rows of the file into a table. The error joins everything that
// is wrong, up to the first twenty, by the numbers of rows and never by their values.
func ReadTable(file, key, value string) (map[string]string, error) {
	rows, err := OpenRows(file)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	b := builder{root: newNode()}
	k, v := b.field(Value{Path: []string{key}}), b.field(Value{Path: []string{value}})
	d := Decoder{max: MaxRow, root: b.finish()}
	d.scan.tokens = make([]token, b.leaves)
	table, first, lacks := map[string]string{}, map[string]int{}, map[string]bool{}
	var wrong []error
	for len(wrong) < 20 {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(append(wrong, err)...)
		}
		n := rows.Row()
		if inv := d.record(row); inv != nil {
			return nil, errors.Join(append(wrong, fmt.Errorf("row %d: %w", n, inv))...)
		}
		if n > maxTable {
			return nil, fmt.Errorf("holds more than %d rows: a table stands in memory, so join larger ones before", maxTable)
		}
		for _, column := range []struct {
			name string
			at   *field
		}{{key, &k}, {value, &v}} {
			if !d.named(column.at) && !lacks[column.name] {
				wrong = append(wrong, fmt.Errorf("row %d has no %q", n, column.name))
				lacks[column.name] = true // in a file with columns, all rows do
			}
		}
		t := d.first(&k)
		if t == nil || t.kind == composite {
			continue // a row without a key tells nothing of any
		}
		is := string(d.plain(t))
		if before := first[is]; before > 0 {
			wrong = append(wrong, fmt.Errorf("row %d has the key of row %d: a key stands once", n, before))
			continue
		}
		first[is], table[is] = n, ""
		if t := d.first(&v); t != nil {
			table[is] = string(d.plain(t))
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	if len(table) == 0 {
		return nil, errors.New("holds no row with a key")
	}
	return table, nil
}
