// Package xlsx reads a sheet of a workbook as a table: of the files that Excel, WPS
// and LibreOffice save as .xlsx (ECMA-376, Office Open XML).
//
// The contract: Open chooses a sheet, whose first row that is not empty names the
// columns; Next gives the rows below, each value as a text:
//
//   - a number as Excel shows it in the format General, with up to 15 digits;
//   - a date, which is a number that a format makes one, as 2006-01-02 where both
//     the format and the number say no time of day, else as 2006-01-02 15:04:05;
//   - a boolean as TRUE or FALSE; an error as #N/A and the like;
//   - a formula as the value that the program which saved the file found;
//   - cells merged downward as the value of the first one, each.
//
// Empty rows, and columns that no name stands above and no value stands in, are left
// out. The sheet is read as it comes; its texts, formats and merged cells are held in
// memory, of bounded size. No error quotes a value.
package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of what is held in memory, in bytes as unpacked.
const (
	maxRow   = 16 << 20  // a row
	maxTexts = 256 << 20 // the texts that cells share
	maxPart  = 32 << 20  // any other part but a sheet
)

// Reader reads the rows of a sheet. It is for one goroutine.
type Reader struct {
	sheet   *sheet
	named   []int // the columns that have a name
	header  []string
	row     []string
	merges  []merge // that begin below the header and are not reached yet
	current []merged
}

// Open opens the sheet of that name of the workbook in file, which has size bytes;
// without a name the first sheet that is not hidden and holds anything.
func Open(file io.ReaderAt, size int64, name string) (*Reader, error) {
	magic := make([]byte, 4)
	if _, err := file.ReadAt(magic, 0); err == nil && bytes.Equal(magic, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		return nil, errors.New("it has a password, or is of Excel 97-2003: save it as .xlsx without a password")
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, errors.New("it is no workbook in the format .xlsx")
	}
	b, err := readBook(archive)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, info := range b.sheets {
		names = append(names, info.name)
		if name != "" && info.name != name || name == "" && info.hidden {
			continue
		}
		r, err := b.open(info)
		if err == io.EOF && name == "" {
			continue
		}
		if err == io.EOF {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("sheet %q: %w", info.name, err)
		}
		return r, nil
	}
	if name == "" {
		name = "that holds a row and is not hidden"
	}
	return nil, fmt.Errorf("it has no sheet %s; its sheets: %s", name, strings.Join(names, ", "))
}

// open reads a sheet up to its header; io.EOF if it is empty.
func (b *book) open(info sheetInfo) (_ *Reader, err error) {
	s, err := b.openSheet(info.part)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	r := &Reader{sheet: s}
	cells, err := r.filled()
	if err != nil {
		return nil, err
	}
	for column, name := range cells {
		if strings.TrimSpace(name) != "" {
			r.named, r.header = append(r.named, column), append(r.header, name)
		}
	}
	if r.merges, err = b.readMerges(info.part, s.row); err != nil {
		return nil, err
	}
	return r, nil
}

// Header returns the names of the columns, from left to right.
func (r *Reader) Header() []string { return r.header }

// Next returns the values of the next row that is not empty, one for each name of
// the header, io.EOF after the last one. They are valid until the call after it.
func (r *Reader) Next() ([]string, error) {
	cells, err := r.filled()
	if err != nil {
		return nil, err
	}
	cells = r.spread(cells)
	r.row = r.row[:0]
	named := 0
	for column, value := range cells {
		if named < len(r.named) && r.named[named] == column {
			r.row = append(r.row, value)
			named++
		} else if strings.TrimSpace(value) != "" {
			return nil, fmt.Errorf("cell %s%d has a value, its column no name: the first row that is not empty has to name the columns; delete what stands above it",
				columnName(column), r.sheet.row)
		}
	}
	for len(r.row) < len(r.named) {
		r.row = append(r.row, "")
	}
	return r.row, nil
}

// filled returns the cells of the next row that holds anything.
func (r *Reader) filled() ([]string, error) {
	for {
		cells, err := r.sheet.next()
		if err != nil {
			return nil, err
		}
		for _, value := range cells {
			if strings.TrimSpace(value) != "" {
				return cells, nil
			}
		}
	}
}

// Close closes the sheet, not the file.
func (r *Reader) Close() error { return r.sheet.close() }
