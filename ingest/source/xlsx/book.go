package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/takt-orders/takt/ingest/source/bounded"
)

// book is what the sheets of a workbook have in common.
type book struct {
	zip    *zip.Reader
	sheets []sheetInfo
	texts  texts
	styles []kind // by the style that a cell names
	is1904 bool   // days are counted from 1904, as on old Macs
}

type sheetInfo struct {
	name, part string
	hidden     bool
}

// texts are the texts that cells share, one behind the other.
type texts struct {
	data []byte
	ends []uint32
}

func (t *texts) at(i int) (string, bool) {
	if i < 0 || i >= len(t.ends) {
		return "", false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return string(t.data[from:t.ends[i]]), true
}

// readBook reads what leads to the sheets, and all but the sheets themselves.
func readBook(archive *zip.Reader) (*book, error) {
	b := &book{zip: archive}
	root, err := b.relations("")
	if err != nil {
		return nil, err
	}
	for _, main := range root {
		if main.kind == "officeDocument" {
			return b, b.readMain(main.target)
		}
	}
	return nil, errors.New("it is no workbook in the format .xlsx")
}

// readMain reads the part that lists the sheets, and what it names.
func (b *book) readMain(part string) error {
	relations, err := b.relations(part)
	if err != nil {
		return err
	}
	sheets := map[string]string{} // parts by the name that the relation has
	for _, r := range relations {
		if r.kind == "worksheet" {
			sheets[r.id] = r.target
		}
	}
	err = b.elements(part, maxPart, func(x *bounded.XML, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			b.is1904 = truth(bounded.Attr(e, "date1904"))
		case "sheet":
			if target, ok := sheets[bounded.Attr(e, "id")]; ok { // others are of charts
				state := bounded.Attr(e, "state")
				b.sheets = append(b.sheets, sheetInfo{bounded.Attr(e, "name"), target, state != "" && state != "visible"})
			}
		}
		return nil
	})
	for _, r := range relations {
		switch {
		case err != nil:
		case r.kind == "sharedStrings":
			err = b.readTexts(r.target)
		case r.kind == "styles":
			err = b.readStyles(r.target)
		}
	}
	return err
}

// relation is where a part refers to another.
type relation struct{ id, kind, target string }

// relations returns what a part refers to; "" is the whole file.
func (b *book) relations(part string) (all []relation, err error) {
	dir, name := path.Split(part)
	err = b.elements(dir+"_rels/"+name+".rels", maxPart, func(_ *bounded.XML, e xml.StartElement) error {
		if e.Name.Local == "Relationship" && bounded.Attr(e, "TargetMode") != "External" {
			target := bounded.Attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			all = append(all, relation{bounded.Attr(e, "Id"), path.Base(bounded.Attr(e, "Type")), strings.TrimPrefix(path.Clean(target), "/")})
		}
		return nil
	})
	return all, err
}

func (b *book) readTexts(part string) error {
	return b.elements(part, maxTexts, func(x *bounded.XML, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := rich(x)
		b.texts.data = append(b.texts.data, text...)
		b.texts.ends = append(b.texts.ends, uint32(len(b.texts.data)))
		return err
	})
}

// rich returns the text of the element that began last: its own and that of its
// runs, without hints of how it is spoken.
func rich(x *bounded.XML) (string, error) {
	var text strings.Builder
	for depth := 0; ; {
		t, err := x.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "r":
				depth++
			case "t":
				part, err := x.Text()
				if err != nil {
					return "", err
				}
				text.WriteString(unescape(part))
			default:
				if err := x.Skip(); err != nil {
					return "", err
				}
			}
		case xml.EndElement:
			if depth == 0 {
				return text.String(), nil
			}
			depth--
		}
	}
}

// part opens a part of the file.
func (b *book) part(name string) (io.ReadCloser, error) {
	for _, f := range b.zip.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), name) {
			part, err := f.Open()
			if err != nil {
				return nil, fmt.Errorf("open its part %q: %w", name, err)
			}
			return part, nil
		}
	}
	return nil, fmt.Errorf("it has no part %q: is it a workbook in the format .xlsx?", name)
}

// elements calls do with each element of a part, which may read it to its end.
func (b *book) elements(name string, allowance int64, do func(*bounded.XML, xml.StartElement) error) error {
	part, err := b.part(name)
	if err != nil {
		return err
	}
	defer part.Close()
	x := bounded.NewXML(part, allowance)
	for {
		t, err := x.Token()
		if err == io.EOF {
			return nil
		}
		if e, ok := t.(xml.StartElement); ok && err == nil {
			err = do(x, e)
		}
		if err != nil {
			return fmt.Errorf("its part %q: %w", name, err)
		}
	}
}

func truth(s string) bool { return s == "1" || s == "true" }
