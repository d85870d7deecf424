package reconcile

import (
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// Day is a calendar day, counted from 1970-01-01. The zero Day is none: no order was
// placed before 2000.
type Day int32

const secondsOfDay = 24 * 60 * 60

// DayOf returns the day of an instant in a zone.
func DayOf(at order.Instant, zone *time.Location) Day {
	year, month, day := at.Time().In(zone).Date()
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

// ParseDay reads a day as String writes it.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("read day: %q is none: write it as 2026-03-31", text)
	}
	return Day(t.Unix() / secondsOfDay), nil
}

// String writes the day as 2006-01-02.
func (d Day) String() string { return time.Unix(int64(d)*secondsOfDay, 0).UTC().Format(time.DateOnly) }

// MarshalText writes the day as String does.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Begin returns the first instant of the day in a zone.
func (d Day) Begin(zone *time.Location) order.Instant {
	year, month, day := time.Unix(int64(d)*secondsOfDay, 0).UTC().Date()
	return order.At(time.Date(year, month, day, 0, 0, 0, 0, zone))
}
