package source

import "github.com/takt-orders/takt/ingest/order"

// first returns the first of a field's tokens that says something, nil if none
// does.
func (d *Decoder) first(f *field) *token {
	for _, i := range f.tokens {
		if t := &d.scan.tokens[i]; !t.empty() {
			return t
		}
	}
	return nil
}

// named reports whether the record names one of the field's members at all.
func (d *Decoder) named(f *field) bool {
	for _, i := range f.tokens {
		if d.scan.tokens[i].kind != absent {
			return true
		}
	}
	return false
}

// text returns a field as a string of the arena. Numbers, booleans, objects and
// arrays are taken as they are written.
func (d *Decoder) text(f *field, a *Arena) string {
	if t := d.first(f); t != nil {
		return d.string(t, a)
	}
	return f.konst
}

// name returns a field of which there are few values.
func (d *Decoder) name(f *field, a *Arena) string {
	if t := d.first(f); t != nil {
		return d.intern(t, a)
	}
	return f.konst
}

// number returns a field that names a thing: an object or array does not.
func (d *Decoder) number(f *field, a *Arena) string {
	t := d.first(f)
	switch {
	case t == nil:
		return f.konst
	case t.kind == composite:
		return ""
	default:
		return d.string(t, a)
	}
}

func (d *Decoder) string(t *token, a *Arena) string {
	switch {
	case t.empty():
		return ""
	case t.esc && t.kind == text:
		return a.unescape(t.raw)
	default:
		return a.copy(t.raw)
	}
}

func (d *Decoder) intern(t *token, a *Arena) string {
	if !t.esc && t.kind >= boolean {
		if s, ok := d.names.get(t.raw); ok {
			return s
		}
	}
	return d.string(t, a)
}

// plain returns a token's bytes without escapes, valid until the next record.
func (d *Decoder) plain(t *token) []byte {
	if t.esc {
		return d.scan.unescaped(t.raw)
	}
	return t.raw
}

func (d *Decoder) decimal(f *field, scale int) (order.Decimal, bool) {
	t := d.first(f)
	if t == nil {
		if f.konst == "" {
			return order.Decimal{}, true
		}
		return parseDecimal([]byte(f.konst), scale)
	}
	if t.kind != number && t.kind != text {
		return order.Decimal{}, false
	}
	return parseDecimal(d.plain(t), scale)
}

func (d *Decoder) instant(m *moment, name string) (order.Instant, *order.Invalid) {
	t := d.first(&m.field)
	if t == nil {
		return 0, nil
	}
	if t.kind == number || t.kind == text {
		if at, ok := m.clock.parse(d.plain(t)); ok {
			return at, nil
		}
	}
	return 0, &order.Invalid{Reason: order.BadTime, Field: name}
}
