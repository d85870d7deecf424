package poll

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// cursor is the place in a list.
type cursor struct {
	offset int
	page   int
	last   string // value of the last record
}

func (c *cursor) fill(values map[string]string, p *Page) {
	values["limit"], values["offset"], values["page"], values["cursor"] = strconv.Itoa(p.Size), strconv.Itoa(c.offset), strconv.Itoa(c.page), c.last
}

// errShape is an answer that is not what the configuration says. A session that
// has ended is often told so.
var errShape = errors.New("the answer is not of the configured shape")

func misshapen(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errShape, fmt.Sprintf(format, args...))
}

// page asks for one page and moves the cursor past it.
func (p *Poller) page(ctx context.Context, values map[string]string, at *cursor) (rows []json.RawMessage, more bool, err error) {
	var list []json.RawMessage
	var answer json.RawMessage
	err = p.session.ask(ctx, values, func(body []byte) error {
		answer = body
		var err error
		list, rows, err = p.rows(body)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	page := &p.cfg.Page
	at.offset += len(list)
	at.page++
	more = len(list) >= page.Size
	if page.Count != "" {
		count, err := strconv.Atoi(text(lookup(answer, page.Count)))
		if err != nil {
			return nil, false, misshapen("%s is no number of pages", page.Count)
		}
		more = at.page-page.First < count
	}
	if page.Style == ByCursor && len(list) > 0 {
		last := text(lookup(list[len(list)-1], page.Cursor))
		if more && (last == "" || last == at.last) {
			return nil, false, misshapen("the last record has no new %s to go on from", page.Cursor)
		}
		at.last = last
	}
	return rows, more && len(list) > 0, nil
}

// rows takes the records out of an answer, as it holds them and as they are
// written.
func (p *Poller) rows(body []byte) (list, rows []json.RawMessage, err error) {
	if !json.Valid(body) {
		return nil, nil, misshapen("it is no JSON")
	}
	if ok := p.cfg.OK; ok != nil {
		if got := text(lookup(body, ok.Path)); got != ok.Value {
			return nil, nil, misshapen("%s is not %q", ok.Path, ok.Value)
		}
	}
	at := lookup(body, p.cfg.Records)
	switch {
	case len(at) == 0 || string(at) == "null": // some systems leave an empty list out
		if p.cfg.Records == "" {
			return nil, nil, misshapen("it is null")
		}
		return nil, nil, nil
	case p.cfg.Notices != nil && at[0] == '{': // one document
		list = []json.RawMessage{at}
	case json.Unmarshal(at, &list) != nil:
		return nil, nil, misshapen("%q holds no list", p.cfg.Records)
	}
	for _, one := range list {
		row, err := p.row(one)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	return list, rows, nil
}

// row is a record as it is written: an object, named by the columns and wrapped.
func (p *Poller) row(one json.RawMessage) (json.RawMessage, error) {
	if len(p.cfg.Columns) > 0 {
		var values []json.RawMessage
		if json.Unmarshal(one, &values) != nil || len(values) != len(p.cfg.Columns) {
			return nil, misshapen("a record is not a list of %d values", len(p.cfg.Columns))
		}
		var b bytes.Buffer
		for i, v := range values {
			b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
			b.Write(quote(p.cfg.Columns[i]))
			b.WriteByte(':')
			b.Write(v)
		}
		b.WriteByte('}')
		one = b.Bytes()
	}
	if len(one) == 0 || one[0] != '{' {
		return nil, misshapen("a record is no object")
	}
	if p.cfg.Wrap != "" {
		one = fmt.Appendf(nil, "{%s:%s}", quote(p.cfg.Wrap), one)
	}
	return one, nil
}

func quote(s string) []byte {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return b
}

// lookup returns the value at a path of names separated by dots, nil if there is
// none.
func lookup(data json.RawMessage, path string) json.RawMessage {
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, ".")
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) != nil {
			return nil
		}
		data = object[name]
	}
	return bytes.TrimSpace(data)
}

// text returns a value as text: that of a string without its quotes.
func text(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}
