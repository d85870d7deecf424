package source

import (
	"math"
	"strings"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// Names of formats that no layout of Go's package time can say.
const (
	rfc3339     = "rfc3339"
	epochSecond = "epoch_s"
	epochMilli  = "epoch_ms"
	epochMicro  = "epoch_us"
	epochNano   = "epoch_ns"
	wallMilli   = "wall_ms"
	wallMicro   = "wall_us"
	wallNano    = "wall_ns"
	wallDays    = "wall_days"
	dateOnly    = "date"
)

// format reads an instant written in one way; ok is false if b is not.
type format func(b []byte, z *zone) (at order.Instant, ok bool)

// clock reads instants.
type clock struct {
	formats []format
	zone    *zone
}

// newClock returns the clock of valid formats.
func newClock(times []string, loc *time.Location) clock {
	if len(times) == 0 {
		times = []string{rfc3339, time.DateTime}
	}
	c := clock{zone: &zone{loc: loc}}
	for _, name := range times {
		c.formats = append(c.formats, newFormat(name))
	}
	return c
}

func newFormat(name string) format {
	switch name {
	case rfc3339:
		return parseRFC3339
	case epochSecond:
		return func(b []byte, _ *zone) (order.Instant, bool) { return parseEpoch(b, 3) }
	case epochMilli:
		return func(b []byte, _ *zone) (order.Instant, bool) { return parseEpoch(b, 0) }
	case epochMicro:
		return func(b []byte, _ *zone) (order.Instant, bool) { return parseCount(b, 1000, 1) }
	case epochNano:
		return func(b []byte, _ *zone) (order.Instant, bool) { return parseCount(b, 1_000_000, 1) }
	case wallMilli:
		return func(b []byte, z *zone) (order.Instant, bool) { return parseWall(b, z, 1, 1) }
	case wallMicro:
		return func(b []byte, z *zone) (order.Instant, bool) { return parseWall(b, z, 1000, 1) }
	case wallNano:
		return func(b []byte, z *zone) (order.Instant, bool) { return parseWall(b, z, 1_000_000, 1) }
	case wallDays:
		return func(b []byte, z *zone) (order.Instant, bool) { return parseWall(b, z, 1, 86_400_000) }
	case dateOnly:
		name = time.DateOnly
	}
	if l, ok := newLayout(name); ok {
		return l.parse
	}
	zoned := hasZone(name)
	return func(b []byte, z *zone) (order.Instant, bool) {
		t, err := time.Parse(name, string(b))
		if err != nil {
			return 0, false
		}
		if zoned {
			return order.At(t), true
		}
		year, month, day := t.Date()
		return z.at(civil{year, int(month), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1e6}), true
	}
}

// hasZone reports whether a layout says the offset from UTC.
func hasZone(layout string) bool {
	return strings.Contains(layout, "-07") || strings.Contains(layout, "Z07")
}

// parse reads b by the first format that it is written in. The instant is known:
// 1970-01-01T00:00:00Z, which would not be, is the millisecond before.
func (c *clock) parse(b []byte) (order.Instant, bool) {
	for _, f := range c.formats {
		if at, ok := f(b, c.zone); ok {
			if at == 0 {
				at = -1
			}
			return at, true
		}
	}
	return 0, false
}

func parseEpoch(b []byte, scale int) (order.Instant, bool) {
	d, ok := parseDecimal(b, scale)
	return order.Instant(d.Units), ok
}

// parseCount reads a whole number of times/parts milliseconds since 1970.
func parseCount(b []byte, parts, times int64) (order.Instant, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c-'0' >= 10 || n > (math.MaxInt64/times-int64(c-'0'))/10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	ms := n * times / parts
	if negative {
		ms = -((n*times + parts - 1) / parts)
	}
	return order.Instant(ms), true
}

// parseWall reads such a number of local time.
func parseWall(b []byte, z *zone, parts, times int64) (order.Instant, bool) {
	ms, ok := parseCount(b, parts, times)
	if !ok {
		return 0, false
	}
	t := time.UnixMilli(int64(ms)).UTC()
	year, month, day := t.Date()
	return z.at(civil{year, int(month), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1e6}), true
}

// parseRFC3339 reads a date, a time and an offset as RFC 3339 has them. A blank
// for the T and an offset without its colon are taken too.
func parseRFC3339(b []byte, _ *zone) (order.Instant, bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[10] != 'T' && b[10] != 't' && b[10] != ' ' ||
		b[4] != '-' || b[7] != '-' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	var c civil
	if !two(b[0:], 4, &c.year) || !two(b[5:], 2, &c.month) || !two(b[8:], 2, &c.day) ||
		!two(b[11:], 2, &c.hour) || !two(b[14:], 2, &c.minute) || !two(b[17:], 2, &c.second) {
		return 0, false
	}
	b = c.fraction(b[19:])
	if !c.valid() || len(b) == 0 {
		return 0, false
	}
	at := c.utc()
	if len(b) == 1 && b[0]|0x20 == 'z' {
		return at, true
	}
	var hours, minutes int
	switch {
	case b[0] != '+' && b[0] != '-', len(b) != 5 && (len(b) != 6 || b[3] != ':'):
		return 0, false
	case !two(b[1:], 2, &hours) || !two(b[len(b)-2:], 2, &minutes) || hours > 23 || minutes > 59:
		return 0, false
	}
	offset := order.Instant(hours*60+minutes) * 60_000
	if b[0] == '-' {
		offset = -offset
	}
	return at - offset, true
}

// two reads n digits.
func two(b []byte, n int, to *int) bool {
	if len(b) < n {
		return false
	}
	v := 0
	for _, c := range b[:n] {
		if c-'0' >= 10 {
			return false
		}
		v = v*10 + int(c-'0')
	}
	*to = v
	return true
}

// layout is a layout of Go's package time that holds only fields of fixed width,
// split into its parts: one of them in fields, or the character to match.
type layout []string

var layoutFields = [...]string{"2006", "01", "02", "15", "04", "05"}

func newLayout(name string) (layout, bool) {
	var l layout
	for rest := name; rest != ""; {
		part := rest[:1]
		for _, f := range layoutFields {
			if strings.HasPrefix(rest, f) {
				part = f
			}
		}
		if len(part) == 1 && !strings.Contains("-/. :T", part) {
			return nil, false
		}
		l, rest = append(l, part), rest[len(part):]
	}
	return l, true
}

func (l layout) parse(b []byte, z *zone) (order.Instant, bool) {
	c := civil{month: 1, day: 1}
	for _, part := range l {
		ok := true
		switch part {
		case "2006":
			ok = two(b, 4, &c.year)
		case "01":
			ok = two(b, 2, &c.month)
		case "02":
			ok = two(b, 2, &c.day)
		case "15":
			ok = two(b, 2, &c.hour)
		case "04":
			ok = two(b, 2, &c.minute)
		case "05":
			ok = two(b, 2, &c.second)
		default:
			ok = len(b) > 0 && b[0] == part[0]
		}
		if !ok {
			return 0, false
		}
		if b = b[len(part):]; part == "05" {
			b = c.fraction(b)
		}
	}
	if len(b) > 0 || !c.valid() {
		return 0, false
	}
	return z.at(c), true
}
