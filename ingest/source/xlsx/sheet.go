package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/takt-orders/takt/ingest/source/bounded"
)

const maxColumns = 16384 // of Excel's own

// sheet reads the rows of a sheet.
type sheet struct {
	*book
	part  io.Closer
	xml   *bounded.XML
	row   int // number of the row read last
	cells []string
}

func (b *book) openSheet(name string) (*sheet, error) {
	part, err := b.part(name)
	if err != nil {
		return nil, err
	}
	return &sheet{book: b, part: part, xml: bounded.NewXML(part, maxRow)}, nil
}

func (s *sheet) close() error { return s.part.Close() }

// next returns the cells of the next row, by column, io.EOF after the last one.
// They are valid until the call after it.
func (s *sheet) next() ([]string, error) {
	for {
		t, err := s.xml.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == "row" {
				s.xml.Renew()
				return s.readRow(t)
			}
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				return nil, io.EOF
			}
		}
	}
}

func (s *sheet) readRow(e xml.StartElement) ([]string, error) {
	number := s.row + 1
	if r := bounded.Attr(e, "r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n < number {
			return nil, fmt.Errorf("a row behind row %d has no number of its own", s.row)
		}
		number = n
	}
	s.row, s.cells = number, s.cells[:0]
	for {
		t, err := s.xml.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return s.cells, nil
		case xml.StartElement:
			if t.Name.Local == "c" {
				err = s.readCell(t)
			} else {
				err = s.xml.Skip()
			}
			if err != nil {
				return nil, err
			}
		}
	}
}

// readCell appends the cell that begins with e, and the empty ones before it.
func (s *sheet) readCell(e xml.StartElement) error {
	column := len(s.cells)
	if ref := bounded.Attr(e, "r"); ref != "" {
		column = columnOf(ref)
	}
	if column < len(s.cells) || column >= maxColumns {
		return fmt.Errorf("row %d has a cell in no column of its own", s.row)
	}
	for len(s.cells) < column {
		s.cells = append(s.cells, "")
	}
	var value, inline string
	has, formula := false, false
	for {
		t, err := s.xml.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				has = true
				value, err = s.xml.Text()
			case "is":
				inline, err = rich(s.xml)
			case "f":
				formula = true
				err = s.xml.Skip()
			default:
				err = s.xml.Skip()
			}
			if err != nil {
				return err
			}
		case xml.EndElement:
			if formula && !has {
				err = errors.New("is a formula without a value: open the file in a spreadsheet program and save it")
			} else if bounded.Attr(e, "t") != "inlineStr" {
				inline, err = s.text(bounded.Attr(e, "t"), bounded.Attr(e, "s"), value)
			}
			if err != nil {
				return fmt.Errorf("cell %s%d %w", columnName(column), s.row, err)
			}
			s.cells = append(s.cells, inline)
			return nil
		}
	}
}

// columnOf returns the column of a cell such as "AB12", 0 being A, -1 if there is none.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && n <= maxColumns; i++ {
		n = 26*n + int(ref[i]-'A') + 1
	}
	return n - 1
}

// columnName is what columnOf reads.
func columnName(column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// unescape reads _x000D_ and the like, by which texts hold what XML cannot.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+7 <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				b.WriteRune(rune(n))
				i += 6
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
