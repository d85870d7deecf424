package source

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// xesReader reads a log in XES: https://xes-standard.org.
type xesReader struct {
	xml   *xml.Decoder
	trace []byte // `"case:name":"value",...` of the trace under way
	in    bool   // in a trace
	any   bool   // an event of the trace was seen
	row   []byte
}

// xesRows returns the function that reads the events of in. An attribute of an
// event keeps its key, one of the event's trace gets "case:" before it and one
// within another attribute has that one's key and "/" before it. All are texts, as
// written.
func xesRows(in io.Reader) func() ([]byte, error) {
	r := &xesReader{xml: xml.NewDecoder(bufio.NewReaderSize(in, 64<<10))}
	return r.next
}

func (r *xesReader) next() ([]byte, error) {
	for {
		t, err := r.xml.Token()
		if err == io.EOF {
			return nil, io.EOF
		}
		if err != nil {
			return nil, r.at(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "trace" {
				r.in = false
			}
		case xml.StartElement:
			switch name := t.Name.Local; {
			case name == "log":
			case name == "trace":
				r.in, r.any, r.trace = true, false, r.trace[:0]
			case name == "event":
				return r.event()
			case r.in && r.any:
				return nil, r.at(errors.New("an attribute of a trace stands after its first event"))
			case r.in:
				if r.trace, err = r.attribute(r.trace, "case:", t); err != nil {
					return nil, r.at(err)
				}
			default: // global, classifier, extension, an attribute of the log
				if err := r.xml.Skip(); err != nil {
					return nil, r.at(err)
				}
			}
		}
	}
}

// event reads an event up to its end.
func (r *xesReader) event() ([]byte, error) {
	r.any = true
	r.row = append(r.row[:0], '{')
	r.row = append(r.row, r.trace...)
	for {
		t, err := r.xml.Token()
		if err != nil {
			return nil, r.at(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if n := len(r.row) - 1; n > 0 {
				r.row = r.row[:n] // the last comma
			}
			return append(r.row, '}'), nil
		case xml.StartElement:
			if r.row, err = r.attribute(r.row, "", t); err != nil {
				return nil, r.at(err)
			}
		}
		if len(r.row) > MaxRow {
			return nil, errLong
		}
	}
}

// attribute appends the attribute that begins with t, and those within it, each
// followed by a comma.
func (r *xesReader) attribute(dst []byte, prefix string, t xml.StartElement) ([]byte, error) {
	var key, value string
	hasKey, hasValue := false, false
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "key":
			key, hasKey = a.Value, true
		case "value":
			value, hasValue = a.Value, true
		}
	}
	if hasKey && hasValue {
		dst = appendText(append(appendText(dst, prefix+key), ':'), value)
		dst = append(dst, ',')
	}
	if hasKey {
		prefix += key + "/" // without a key: the values of a list
	}
	if len(prefix) > 4096 {
		return dst, errors.New("attributes nest too deep")
	}
	for {
		t, err := r.xml.Token()
		if err != nil {
			return dst, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return dst, nil
		case xml.StartElement:
			if dst, err = r.attribute(dst, prefix, t); err != nil {
				return dst, err
			}
		}
	}
}

// at adds the line to an error; the end of the file within an element is one too.
func (r *xesReader) at(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		err = errors.New("it is no XML") // the parser's message may quote a value
	}
	line, _ := r.xml.InputPos()
	return fmt.Errorf("line %d: %w", line, err)
}
