package source

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// csvRows reads the header of in and returns the function that reads its rows.
func csvRows(in io.Reader) (func() ([]byte, error), error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3) // spreadsheets write a byte order mark
	}
	r := csv.NewReader(buffered)
	r.ReuseRecord = true
	header, err := r.Read()
	if err == io.EOF {
		return nil, errors.New("it has no header row")
	}
	if err != nil {
		return nil, err
	}
	return tableRows(header, r.Read)
}

// tableRows returns the function that makes an object of each record of a table.
func tableRows(header []string, next func() ([]string, error)) (func() ([]byte, error), error) {
	seen := make(map[string]bool, len(header))
	var keys [][]byte // `"name":`
	for i, name := range header {
		if name == "" || seen[name] {
			return nil, fmt.Errorf("column %d has no name of its own", i+1)
		}
		seen[name] = true
		keys = append(keys, append(appendText(nil, name), ':'))
	}
	var row []byte
	return func() ([]byte, error) {
		record, err := next()
		if err != nil {
			return nil, err
		}
		row = append(row[:0], '{')
		for i, value := range record {
			if i > 0 {
				row = append(row, ',')
			}
			row = appendText(append(row, keys[i]...), value)
		}
		return append(row, '}'), nil
	}, nil
}
