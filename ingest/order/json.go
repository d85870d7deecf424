package order

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends e in its canonical JSON form, one object without line
// breaks. Absent fields are left out. delivery, if not empty, is written as the
// CloudEvents attribute "id".
//
// The names are the columns' names; instants are RFC 3339 in UTC with
// milliseconds, decimals are numbers. A reader also takes the CloudEvents
// attributes id (delivery number), source, type (activity) and time
// (occurred_at): https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
func (e *Event) AppendJSON(dst []byte, delivery string) []byte {
	return e.appendJSON(dst, "id", delivery)
}

// AppendIdentified is AppendJSON with the identity that the event has been given: a
// reader takes that one, whatever the order's number has become.
func (e *Event) AppendIdentified(dst []byte) []byte {
	return e.appendJSON(dst, "event_id", e.Identity.String()+":"+e.ID.String())
}

func (e *Event) appendJSON(dst []byte, identity, value string) []byte {
	dst = append(dst, '{')
	start := len(dst)
	field := func(name, value string) {
		if value == "" {
			return
		}
		dst = appendKey(dst, start, name)
		dst = appendString(dst, value)
	}
	field(identity, value)
	field("order_id", e.OrderID)
	if e.SourceOrder != e.OrderID {
		field("source_order", e.SourceOrder)
	}
	field("unit", e.Unit)
	field("source", e.Source)
	field("channel", e.Channel)
	field("activity", e.Activity)
	instant := func(name string, i Instant) {
		if i.Known() {
			field(name, i.Time().Format("2006-01-02T15:04:05.000Z07:00"))
		}
	}
	instant("occurred_at", e.OccurredAt)
	instant("recorded_at", e.RecordedAt)
	field("actor", e.Actor)
	field("owner", e.Owner)
	field("region", e.Region)
	field("warehouse", e.Warehouse)
	field("carrier", e.Carrier)
	field("supplier", e.Supplier)
	field("product", e.Product)
	field("customer_key", e.CustomerKey)
	decimal := func(name string, d Decimal, scale int) {
		if d.Valid {
			dst = appendKey(dst, start, name)
			dst = appendDecimal(dst, d.Units, scale)
		}
	}
	decimal("amount", e.Amount, 2)
	field("currency", e.Currency)
	decimal("quantity", e.Quantity, 3)
	instant("promised_at", e.PromisedAt)
	if e.PromiseKind != PromiseNone {
		field("promise_kind", e.PromiseKind.String())
	}
	field("reason", e.Reason)
	if e.Moves > 0 {
		field("moves", strconv.Itoa(int(e.Moves)))
	}
	if len(e.Attributes) > 0 {
		dst = appendKey(dst, start, "attributes")
		dst = append(dst, '{')
		inner := len(dst)
		for _, a := range e.Attributes {
			dst = appendKey(dst, inner, a.Key)
			dst = appendString(dst, a.Value)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func appendKey(dst []byte, start int, name string) []byte {
	if len(dst) > start {
		dst = append(dst, ',')
	}
	return append(appendString(dst, name), ':')
}

// appendDecimal writes units/10^scale without an exponent and without trailing zeros.
func appendDecimal(dst []byte, units int64, scale int) []byte {
	if units < 0 {
		dst = append(dst, '-')
		units = -units
	}
	unit := int64(1)
	for range scale {
		unit *= 10
	}
	dst = strconv.AppendInt(dst, units/unit, 10)
	if rest := units % unit; rest != 0 {
		digits := strconv.AppendInt(nil, unit+rest, 10)[1:]
		for digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		dst = append(append(dst, '.'), digits...)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		i++
	}
	return append(dst, '"')
}

// String returns the kind's name as it stands in JSON and columns.
func (k PromiseKind) String() string {
	switch k {
	case PromiseRequested:
		return "requested"
	case PromiseFirst:
		return "first"
	case PromiseCurrent:
		return "current"
	default:
		return ""
	}
}

// ParsePromiseKind returns the kind of that name; an unknown name is PromiseCurrent.
func ParsePromiseKind(name string) PromiseKind {
	switch name {
	case "requested":
		return PromiseRequested
	case "first":
		return PromiseFirst
	default:
		return PromiseCurrent
	}
}

// InZone returns the instant of a local date and time in loc. A time that occurs
// twice (clocks set back) is the earlier instant; one that never occurs (clocks
// set forward) is the instant as long after the gap's start as it says: at the
// offset in force before.
func InZone(year int, month time.Month, day, hour, minute, sec, msec int, loc *time.Location) Instant {
	t := time.Date(year, month, day, hour, minute, sec, msec*int(time.Millisecond), loc)
	_, now := t.Zone()
	wall := time.Date(year, month, day, hour, minute, sec, msec*int(time.Millisecond), time.UTC)
	if missing := wall.Sub(t) - time.Duration(now)*time.Second; missing > 0 {
		// In a gap time.Date may take either offset; here it took the one after.
		return At(t.Add(missing))
	}
	start, _ := t.ZoneBounds()
	if !start.IsZero() {
		// The offset in force just before this zone period began: the same wall
		// time under it is earlier if, and only if, clocks were set back.
		_, before := start.Add(-time.Second).Zone()
		if earlier := t.Add(time.Duration(now-before) * time.Second); before > now && earlier.Before(start) {
			t = earlier
		}
	}
	return At(t)
}
