// Package bounded reads XML of files that nobody has vetted.
//
// The contract: it needs memory for one part of the file, whatever the file holds. A
// part is what is read between two calls of Renew; one that is longer than allowed,
// or nests deeper than 64 elements, is an error. No error quotes the file.
package bounded

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// ErrLong is the error of a part that is longer than allowed.
var ErrLong = errors.New("a part of it is too long")

const maxDepth = 64

// Reader gives at most a number of bytes between two calls of Renew, and a buffer's
// length more.
type Reader struct {
	in              io.Reader
	allowance, left int64
}

// NewReader returns a reader of in that allows parts of allowance bytes.
func NewReader(in io.Reader, allowance int64) *Reader { return &Reader{in, allowance, allowance} }

// Renew begins a part.
func (r *Reader) Renew() { r.left = r.allowance }

// Read reads as io.Reader says; ErrLong ends a part that is too long.
func (r *Reader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, ErrLong
	}
	n, err := r.in.Read(p)
	r.left -= int64(n)
	return n, err
}

// XML reads the tokens of an XML file.
type XML struct {
	*Reader
	dec   *xml.Decoder
	depth int
}

// NewXML returns a reader of in that allows parts of allowance bytes.
func NewXML(in io.Reader, allowance int64) *XML {
	r := NewReader(in, allowance)
	return &XML{Reader: r, dec: xml.NewDecoder(bufio.NewReaderSize(r, 64<<10))}
}

// Token returns the next token, io.EOF after the last one.
func (x *XML) Token() (xml.Token, error) {
	t, err := x.dec.Token()
	if err == io.EOF {
		return nil, io.EOF
	}
	if err != nil {
		return nil, x.at(err)
	}
	switch t.(type) {
	case xml.StartElement:
		if x.depth++; x.depth > maxDepth {
			return nil, x.at(errors.New("its elements nest too deep"))
		}
	case xml.EndElement:
		x.depth--
	}
	return t, nil
}

// Skip reads to the end of the element that began last.
func (x *XML) Skip() error {
	_, err := x.Text()
	return err
}

// Text reads to the end of the element that began last and returns the text that
// stands in it, without that of the elements in it.
func (x *XML) Text() (string, error) {
	var text []byte
	for depth := 1; ; {
		t, err := x.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			if depth == 1 {
				text = append(text, t...)
			}
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				return string(text), nil
			}
		}
	}
}

// at adds the line to an error, and takes from it what it may quote.
func (x *XML) at(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		err = errors.New("it is no XML")
	}
	line, _ := x.dec.InputPos()
	return fmt.Errorf("line %d: %w", line, err)
}

// Attr returns the value of the attribute of that name, whatever its namespace.
func Attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
