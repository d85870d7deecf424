package source

import (
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// civil is a date and time of day of no zone.
type civil struct{ year, month, day, hour, minute, second, milli int }

// valid reports whether there is such a date and time.
func (c *civil) valid() bool {
	if c.month < 1 || c.month > 12 || c.day < 1 || c.hour > 23 || c.minute > 59 || c.second > 59 {
		return false
	}
	switch c.month {
	case 4, 6, 9, 11:
		return c.day <= 30
	case 2:
		leap := c.year%4 == 0 && (c.year%100 != 0 || c.year%400 == 0)
		return c.day <= 28 || leap && c.day == 29
	default:
		return c.day <= 31
	}
}

// fraction reads a fraction of a second, cut to the millisecond, and returns what
// follows it.
func (c *civil) fraction(b []byte) []byte {
	if len(b) < 2 || b[0] != '.' && b[0] != ',' {
		return b
	}
	number, rest := digits(b[1:])
	if len(number) == 0 {
		return b
	}
	weight := 100
	for _, d := range number[:min(3, len(number))] {
		c.milli += int(d-'0') * weight
		weight /= 10
	}
	return rest
}

// hours returns the hours from 1970-01-01 00:00 to the hour of c.
func (c *civil) hours() int64 {
	// Howard Hinnant's days_from_civil: years begin in March, so that the leap day
	// is a year's last: https://howardhinnant.github.io/date_algorithms.html
	y, m := int64(c.year), int64(c.month)
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(c.day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return (era*146097+doe-719468)*24 + int64(c.hour)
}

// rest returns the milliseconds of c beyond its hour.
func (c *civil) rest() int64 { return int64(c.minute*60+c.second)*1000 + int64(c.milli) }

// utc returns the instant of c in UTC.
func (c *civil) utc() order.Instant { return order.Instant(c.hours()*3_600_000 + c.rest()) }

// zone turns local times into instants. It remembers the last hour asked for, of
// those that hold no change of the clocks.
type zone struct {
	loc   *time.Location
	known bool
	hour  int64 // local hours since 1970
	start order.Instant
}

// at returns the instant of a valid local time, as order.InZone does.
func (z *zone) at(c civil) order.Instant {
	if z.loc == time.UTC {
		return c.utc()
	}
	hour := c.hours()
	if z.known && z.hour == hour {
		return z.start + order.Instant(c.rest())
	}
	in := func(minute, second, milli int) order.Instant {
		return order.InZone(c.year, time.Month(c.month), c.day, c.hour, minute, second, milli, z.loc)
	}
	first, last := in(0, 0, 0), in(59, 59, 999)
	if last-first == 3_599_999 {
		z.known, z.hour, z.start = true, hour, first
	}
	return in(c.minute, c.second, c.milli)
}
