// Package join reads several files as one: the rows of tables that belong to one
// order, or a log of objects, each row of which concerns several orders.
//
// The contract: a Spec says which files and how; Open gives rows as JSON objects, one
// order each, in the order of the first file, for a mapping to read like any other
// record. Joined tables and the relations of objects are held in memory; the rows
// themselves are not. Values are passed on as the file has them, sums are exact.
package join

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Spec says how rows are made. One of Tables and Objects is set.
type Spec struct {
	Tables  []Table  `yaml:"tables,omitempty"`
	Objects *Objects `yaml:"objects,omitempty"`
}

// Table is one file, each row of which becomes a record: its columns, the member
// "table" with Name, and a member for each joined table.
type Table struct {
	Name string   `yaml:"table"`
	File string   `yaml:"file"`
	With []Joined `yaml:"with,omitempty"`
}

// Joined is a table of which the rows that fit become one member, named Name, with
// the columns taken. A row that none fits is passed on without the member.
type Joined struct {
	Name  string   `yaml:"table"`
	File  string   `yaml:"file"`
	On    string   `yaml:"on"`              // column, of both, whose values are equal
	First []string `yaml:"first,omitempty"` // columns taken of the first row that fits
	List  []string `yaml:"list,omitempty"`  // of all, once each, "a,b"
	Sum   []string `yaml:"sum,omitempty"`   // numbers that are added
}

// Read reads a Spec from a YAML file.
func Read(path string) (*Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read join: %w", err)
	}
	s := &Spec{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(s); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read join %q: %w", path, err)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("join %q: %w", path, err)
	}
	return s, nil
}

func (s *Spec) validate() error {
	if (len(s.Tables) > 0) == (s.Objects != nil) {
		return errors.New("name either tables or objects")
	}
	for i := range s.Tables {
		t := &s.Tables[i]
		if t.Name == "" || t.File == "" {
			return fmt.Errorf("tables[%d]: needs table, its name, and file", i)
		}
		for j := range t.With {
			w := &t.With[j]
			if w.Name == "" || w.File == "" || w.On == "" || len(w.First)+len(w.List)+len(w.Sum) == 0 {
				return fmt.Errorf("tables[%d].with[%d]: needs table, file, on and one of first, list, sum", i, j)
			}
		}
	}
	if o := s.Objects; o != nil && (o.File == "" || o.Order == "" || len(o.Units) == 0) {
		return errors.New("objects: needs file, order and units")
	}
	return nil
}

// Rows are the rows of a Spec.
type Rows struct {
	next  func() ([]byte, error)
	files []*file
	total int64
}

// Open opens the files of s, which lie in dir.
func Open(s *Spec, dir string) (*Rows, error) {
	r := &Rows{}
	var err error
	if s.Objects != nil {
		r.next, err = r.objects(s.Objects, dir)
	} else {
		r.next, err = r.tables(s.Tables, dir)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Next returns the next row, io.EOF after the last one. The bytes are valid until
// the call after it.
func (r *Rows) Next() ([]byte, error) { return r.next() }

// Progress returns how many bytes of the files, as they lie on disk, have become rows.
func (r *Rows) Progress() (read, total int64) {
	for _, f := range r.files {
		n, _ := f.rows.Progress()
		read += n
	}
	return read, r.total
}

// Close closes the files.
func (r *Rows) Close() error {
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.rows.Close())
	}
	return errors.Join(errs...)
}

// open opens a file whose rows become records.
func (r *Rows) open(dir, name string) (*file, error) {
	f, err := open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	_, total := f.rows.Progress()
	r.files, r.total = append(r.files, f), r.total+total
	return f, nil
}
