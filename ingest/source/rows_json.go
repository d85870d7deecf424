package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

var errLong = errors.New("it is longer than 64 MiB")

// jsonRows returns the function that reads the lines of in. Blank ones are left
// out, the others are not looked into.
func jsonRows(in io.Reader) func() ([]byte, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	var row []byte
	return func() ([]byte, error) {
		for {
			row = row[:0]
			for {
				part, err := buffered.ReadSlice('\n')
				if row = append(row, part...); len(row) > MaxRow {
					return nil, errLong
				}
				if err == bufio.ErrBufferFull {
					continue
				}
				if line := bytes.TrimSpace(row); len(line) > 0 && (err == nil || err == io.EOF) {
					return line, nil
				}
				if err != nil {
					return nil, err
				}
				break
			}
		}
	}
}
