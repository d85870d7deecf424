package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Payloads yields the records of a file of samples: of a .json file that is no log in
// OCEL each object in it, however it is laid out, and each object of an array at its
// top; of any other what OpenRows reads. The bytes are valid until the next one. An error is the
// last that it yields.
func Payloads(path string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		rows, err := OpenRows(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		if strings.ToLower(filepath.Ext(path)) == ".json" && !rows.log {
			objects(path, yield)
			return
		}
		for {
			row, err := rows.Next()
			if err == io.EOF || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func objects(path string, yield func([]byte, error) bool) {
	file, err := os.Open(path)
	if err != nil {
		yield(nil, fmt.Errorf("open payloads: %w", err))
		return
	}
	defer file.Close()
	for dec := json.NewDecoder(file); ; {
		var one json.RawMessage
		if err := dec.Decode(&one); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			yield(nil, fmt.Errorf("read payloads of %q: %w", path, err))
			return
		}
		all := []json.RawMessage{one}
		if one[0] == '[' {
			_ = json.Unmarshal(one, &all) // it was read as JSON just now
		}
		for _, payload := range all {
			if !yield(payload, nil) {
				return
			}
		}
	}
}
