package source

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/takt-orders/takt/ingest/source/ocel"
)

// MaxRow is the greatest length of a row of a file, in bytes.
const MaxRow = 64 << 20

// RowReader reads the rows of a file one by one, each unchanged as a JSON object.
// It needs the memory of one row.
type RowReader struct {
	path  string
	file  *counted
	total int64
	row   int
	next  func() ([]byte, error)
	also  io.Closer // what is open besides the file; may be nil
	log   bool      // it is a log in OCEL
}

// OpenRows opens a file by the end of its name: .csv (the first row names the
// columns; every value is a text), .jsonl, .ndjson or .json (one object per
// line), .xes (one object per event), each also with .gz behind it; .xlsx as package
// xlsx reads it, FILE.xlsx#NAME for a sheet by its name; .jsonocel, .xmlocel and .xml,
// also with .gz, and .sqlite as package ocel reads them, and .json if it holds such a
// log.
func OpenRows(path string) (*RowReader, error) {
	path, sheet := cutSheet(path)
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open rows: %w", err)
	}
	r := &RowReader{path: path, file: &counted{file: file}}
	if err := r.start(sheet); err != nil {
		return nil, fmt.Errorf("open rows of %q: %w", path, errors.Join(err, r.Close()))
	}
	return r, nil
}

func (r *RowReader) start(sheet string) error {
	info, err := r.file.file.Stat()
	if err != nil {
		return err
	}
	r.total = info.Size()
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(r.path)), ".gz")
	switch filepath.Ext(name) {
	case ".json":
		return r.startJSON()
	case ".jsonocel":
		return r.startLog(ocel.JSON)
	case ".xmlocel", ".xml":
		return r.startLog(ocel.XML)
	case ".xlsx":
		if !r.compressed() {
			return r.startXLSX(sheet)
		}
	case ".sqlite":
		if !r.compressed() {
			return r.startSQLite()
		}
	}
	in, err := r.begin()
	if err != nil {
		return err
	}
	switch filepath.Ext(name) {
	case ".csv":
		r.next, err = csvRows(in)
	case ".jsonl", ".ndjson":
		r.next = jsonRows(in)
	case ".xes":
		r.next = xesRows(in)
	default:
		err = errors.New("its name must end in " + endings)
	}
	return err
}

// endings are the ends of names.
const endings = ".xlsx or .sqlite, or in .csv, .jsonl, .ndjson, .json, .xes, .jsonocel, .xmlocel or .xml and perhaps .gz"

// begin returns what the file holds, from its begin.
func (r *RowReader) begin() (io.Reader, error) {
	if _, err := r.file.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r.file.n.Store(0)
	if r.compressed() {
		return gzip.NewReader(r.file)
	}
	return r.file, nil
}

func (r *RowReader) compressed() bool { return strings.HasSuffix(strings.ToLower(r.path), ".gz") }

// Next returns the next row, io.EOF after the last one. The bytes are valid until
// the call after it. An error names the row and holds nothing of it.
func (r *RowReader) Next() ([]byte, error) {
	row, err := r.next()
	if err == io.EOF {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("read row %d of %q: %w", r.row+1, r.path, err)
	}
	r.row++
	return row, nil
}

// Row returns the number of the row returned last, the first being 1.
func (r *RowReader) Row() int { return r.row }

// Progress returns how much of the file, as it lies on disk, has been read. It may
// be called from any goroutine.
func (r *RowReader) Progress() (read, total int64) { return min(r.file.n.Load(), r.total), r.total }

// Close closes the file.
func (r *RowReader) Close() error {
	var err error
	if r.also != nil {
		err = r.also.Close()
	}
	if err = errors.Join(err, r.file.file.Close()); err != nil {
		return fmt.Errorf("close rows of %q: %w", r.path, err)
	}
	return nil
}

// counted counts what is read of a file.
type counted struct {
	file *os.File
	n    atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// ReadAt reads as io.ReaderAt says.
func (c *counted) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.file.ReadAt(p, at)
	c.n.Add(int64(n))
	return n, err
}

// appendText appends b as a JSON string. Bytes that are no UTF-8 stay as they are:
// the decoder tells them apart, which a replacement character would hide.
func appendText(dst []byte, b string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := range len(b) {
		c := b[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, b[from:i]...)
		from = i + 1
		if c < 0x20 {
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, '\\', c)
		}
	}
	return append(append(dst, b[from:]...), '"')
}
