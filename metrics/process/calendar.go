package process

import (
	"cmp"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// Calendar counts working time by its Hours, exactly: over changes of the clock,
// holidays and make-up days, in milliseconds. It is immutable. The nil Calendar
// counts every hour.
//
// For instants a <= b <= c and durations n > 0 these laws hold:
//
//	Between(a, c) = Between(a, b) + Between(b, c)
//	Between(a, b) >= 0, and b - a bounds it
//	Between(a, After(a, n)) = n, and After(a, n) is the least such instant
//	Deadline(a, n) = After(Start(a), n)
//
// A calculation is a binary search in a table of all spans from FirstYear to
// LastYear; it allocates nothing once the first has made the table.
type Calendar struct {
	Hours
	spans   func() []stretch
	special map[Date]special
}

// stretch is a span of work in time, with the working time before it.
type stretch struct{ opens, closes, before int64 }

// special is a day unlike those of the regular week.
type special struct {
	name   Text
	worked bool // a make-up day
}

// NewCalendar prepares h, which must be valid.
func NewCalendar(h Hours) *Calendar {
	c := &Calendar{Hours: h, special: map[Date]special{}}
	for _, y := range h.Years {
		for _, x := range y.Holidays {
			for d := x.From; !x.To.Before(d); d = d.Next() {
				c.special[d] = special{x.Name, false}
			}
			for _, d := range x.MakeUp {
				c.special[d] = special{Text{x.Name.EN + " (make-up day)", x.Name.ZH + "（调休上班）"}, true}
			}
		}
	}
	c.spans = sync.OnceValue(c.build)
	return c
}

// build lays out the spans of all years; those that touch become one.
func (c *Calendar) build() (spans []stretch) {
	var all []stretch
	end := Date{LastYear + 1, time.January, 1}
	for d := (Date{FirstYear, time.January, 1}); d.Before(end); d = d.Next() {
		for _, s := range c.hours(d) {
			all = append(all, stretch{opens: c.at(d, s.Opens), closes: c.at(d, s.Closes)})
		}
	}
	all = append(all, stretch{opens: c.at(end, 0), closes: endless})
	// Readings that a change of the clock skips may come after the next span's.
	slices.SortStableFunc(all, func(a, b stretch) int { return cmp.Compare(a.opens, b.opens) })
	for _, s := range all {
		last := len(spans) - 1
		switch {
		case s.closes <= s.opens: // skipped by the clock
		case last >= 0 && s.opens <= spans[last].closes:
			spans[last].closes = max(spans[last].closes, s.closes)
		default:
			spans = append(spans, s)
		}
	}
	for i := 1; i < len(spans); i++ {
		before := &spans[i-1]
		spans[i].before = before.before + before.closes - before.opens
	}
	return slices.Clip(spans)
}

// endless is when the last span closes.
const endless = 1 << 62

// hours returns the spans that open on d.
func (c *Calendar) hours(d Date) []Span {
	switch s, known := c.special[d]; {
	case !known:
		return c.Week[d.Weekday()]
	case s.worked:
		return c.MakeUp
	default:
		return nil
	}
}

// at returns the instant at which local clocks show the time since midnight of d.
func (c *Calendar) at(d Date, clock time.Duration) int64 {
	return int64(order.InZone(d.Year, d.Month, d.Day, 0, 0, int(clock/time.Second), 0, c.Zone))
}

// count returns the working time from the beginning of the table to at.
func (c *Calendar) count(at int64) int64 {
	spans := c.spans()
	low, high := 0, len(spans)
	for low < high {
		if mid := int(uint(low+high) / 2); spans[mid].opens <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return 0
	}
	s := &spans[low-1]
	return s.before + min(at, s.closes) - s.opens
}

// Between returns the working time from one instant to another, in milliseconds;
// negative if to lies before from.
func (c *Calendar) Between(from, to order.Instant) int64 {
	if c == nil {
		return int64(to - from)
	}
	return c.count(int64(to)) - c.count(int64(from))
}

// After returns the least instant that lies so many milliseconds of working time
// after start; start itself for none.
func (c *Calendar) After(start order.Instant, ms int64) order.Instant {
	if c == nil || ms <= 0 {
		return start + order.Instant(max(ms, 0))
	}
	want := c.count(int64(start)) + ms
	spans := c.spans()
	low, high := 0, len(spans)
	for low < high {
		if mid := int(uint(low+high) / 2); spans[mid].before < want {
			low = mid + 1
		} else {
			high = mid
		}
	}
	s := &spans[low-1]
	return order.Instant(s.opens + want - s.before)
}

// Start returns from when a start at the instant counts: after the cut-off of its
// day, from the next midnight, and so from the next opening.
func (c *Calendar) Start(at order.Instant) order.Instant {
	if c == nil || c.CutOff == 0 {
		return at
	}
	d := DateOf(at.Time().In(c.Zone))
	if int64(at) <= c.at(d, c.CutOff) {
		return at
	}
	return order.Instant(c.at(d.Next(), 0))
}

// Deadline returns when so many milliseconds of working time have passed since a
// start at the instant, the cut-off considered.
func (c *Calendar) Deadline(start order.Instant, ms int64) order.Instant {
	return c.After(c.Start(start), ms)
}

// Open reports whether the instant is working time.
func (c *Calendar) Open(at order.Instant) bool { return c.Between(at, at+1) == 1 }

// Share returns the part of a regular week that is worked, more than 0 and at most 1.
func (c *Calendar) Share() float64 {
	if c == nil {
		return 1
	}
	var worked time.Duration
	for _, day := range c.Week {
		for _, s := range day {
			worked += s.Closes - s.Opens
		}
	}
	return float64(worked) / float64(7*wholeDay)
}

// Announced reports whether the year's holidays are known. A calendar that names
// no year has no holidays, so that all years are.
func (c *Calendar) Announced(year int) bool {
	return c == nil || len(c.Years) == 0 || slices.ContainsFunc(c.Years, func(y Year) bool { return y.Year == year })
}

// CalendarDay is one day of a calendar.
type CalendarDay struct {
	Date    Date
	Working int64 // milliseconds of work between its midnights
	Works   bool  // a span opens on it
	Name    Text  // of the holiday, or of the make-up day
}

// Days yields every day from FirstYear to LastYear.
func (c *Calendar) Days() iter.Seq[CalendarDay] {
	return func(yield func(CalendarDay) bool) {
		for d := (Date{FirstYear, time.January, 1}); d.Year <= LastYear; d = d.Next() {
			from, to := order.Instant(c.at(d, 0)), order.Instant(c.at(d.Next(), 0))
			if !yield(CalendarDay{d, c.Between(from, to), len(c.hours(d)) > 0, c.special[d].name}) {
				return
			}
		}
	}
}

// Spans yields when each span of work opens and closes, in order; the last one
// does not close.
func (c *Calendar) Spans() iter.Seq2[order.Instant, order.Instant] {
	return func(yield func(opens, closes order.Instant) bool) {
		for _, s := range c.spans() {
			if !yield(order.Instant(s.opens), order.Instant(s.closes)) {
				return
			}
		}
	}
}

// Schedule is a calendar as a list of rules, for programs that cannot count.
type Schedule struct {
	Zone        *time.Location
	Week        [7][]Span // by time.Weekday
	MakeUpHours []Span
	Holidays    []Date // in order
	MakeUpDays  []Date // in order
}

// Schedule lists the rules with the holidays and make-up days of the years from
// first to last.
func (c *Calendar) Schedule(first, last int) Schedule {
	s := Schedule{Zone: c.Zone, Week: c.Week, MakeUpHours: c.MakeUp}
	for d, x := range c.special {
		switch {
		case d.Year < first || d.Year > last:
		case x.worked:
			s.MakeUpDays = append(s.MakeUpDays, d)
		default:
			s.Holidays = append(s.Holidays, d)
		}
	}
	byDate := func(a, b Date) int { return a.utc().Compare(b.utc()) }
	slices.SortFunc(s.Holidays, byDate)
	slices.SortFunc(s.MakeUpDays, byDate)
	return s
}
