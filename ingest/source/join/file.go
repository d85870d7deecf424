package join

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/takt-orders/takt/ingest/source"
)

// row is one row of a file by column.
type row map[string]json.RawMessage

// text returns the column as a text, a number as it is written.
func (r row) text(column string) string {
	raw := r[column]
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) == nil {
		return s // null is ""
	}
	return string(raw)
}

// file reads rows.
type file struct {
	path string
	rows *source.RowReader
}

func open(path string) (*file, error) {
	rows, err := source.OpenRows(path)
	if err != nil {
		return nil, err
	}
	return &file{path, rows}, nil
}

// next returns the next row, io.EOF after the last one.
func (f *file) next() (row, error) {
	data, err := f.rows.Next()
	if err != nil {
		return nil, err
	}
	var r row
	if json.Unmarshal(data, &r) != nil || r == nil {
		return nil, fmt.Errorf("read row %d of %q: it is no object", f.rows.Row(), f.path)
	}
	return r, nil
}

// each calls do with every row of the file at path.
func each(path string, do func(row) error) (err error) {
	f, err := open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.rows.Close()) }()
	for {
		r, err := f.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(r); err != nil {
			return fmt.Errorf("row %d of %q: %w", f.rows.Row(), path, err)
		}
	}
}

// quoted is a text as JSON.
func quoted(s string) json.RawMessage {
	data, _ := json.Marshal(s) // a string is always JSON
	return data
}
