package ocel

import (
	"encoding/xml"
	"io"

	"github.com/takt-orders/takt/ingest/source/bounded"
)

// XML returns the function that gives the rows of a log. Open gives the file from its
// begin; it is called twice, and what it gave first is not read after that.
func XML(open func() (io.Reader, error)) (func() ([]byte, error), error) {
	in, err := open()
	if err != nil {
		return nil, err
	}
	t, err := typesOfXML(&xmlReader{XML: bounded.NewXML(in, maxPart)})
	if err != nil {
		return nil, err
	}
	if in, err = open(); err != nil {
		return nil, err
	}
	r := &xmlReader{XML: bounded.NewXML(in, maxPart)}
	var row []byte
	return func() ([]byte, error) {
		e, err := r.element("events", "event")
		if err != nil {
			return nil, err
		}
		read, err := r.event(e)
		if err == nil {
			row = t.appendRow(row[:0], read)
		}
		return row, err
	}, nil
}

// typesOfXML reads the objects, and that there are events.
func typesOfXML(r *xmlReader) (*types, error) {
	t := newTypes()
	for {
		e, err := r.element("objects", "object")
		if err == io.EOF && !(r.seen["objects"] && r.seen["events"]) {
			return nil, errBroken
		}
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		t.add(bounded.Attr(e, "id"), bounded.Attr(e, "type"))
		if err := r.Skip(); err != nil {
			return nil, err
		}
	}
}

// xmlReader reads the parts of a log in XML.
type xmlReader struct {
	*bounded.XML
	log  bool            // within the log
	list string          // the list of the log that is under way
	seen map[string]bool // the lists that have begun
}

// element returns where the next element of that name in that list of the log begins,
// io.EOF behind the last. What the caller has not read of the one before is an error.
func (r *xmlReader) element(list, name string) (xml.StartElement, error) {
	for {
		r.Renew()
		t, err := r.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			r.list = "" // or the log's end
		case xml.StartElement:
			switch {
			case !r.log:
				if t.Name.Local != "log" {
					return t, errBroken
				}
				r.log, r.seen = true, map[string]bool{}
			case r.list == "":
				r.list = t.Name.Local
				r.seen[r.list] = true
			case r.list == list && t.Name.Local == name:
				return t, nil
			default:
				if err := r.Skip(); err != nil {
					return t, err
				}
			}
		}
	}
}

// event reads the event that begins with t, to its end.
func (r *xmlReader) event(t xml.StartElement) (*event, error) {
	e := &event{id: bounded.Attr(t, "id"), activity: bounded.Attr(t, "type"), at: bounded.Attr(t, "time")}
	for depth := 1; depth > 0; {
		t, err := r.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			// object, in writings of the standard relationship
			if id := bounded.Attr(t, "object-id"); id != "" {
				e.objects = append(e.objects, id)
			}
			if t.Name.Local != "attribute" {
				depth++
				continue
			}
			text, err := r.Text()
			if err != nil {
				return nil, err
			}
			e.attributes = append(e.attributes, attribute{bounded.Attr(t, "name"), appendText(nil, text)})
		}
	}
	return e, nil
}
