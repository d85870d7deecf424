package process

import (
	"fmt"
	"time"
)

// FirstYear and LastYear bound the years that calendars know. Before them no
// event is valid and nothing counts; after them every hour counts, so that each
// deadline exists.
const (
	FirstYear = 2000
	LastYear  = 2060
)

// Hours says when people work: the definition of a Calendar.
//
// A span of hours belongs to the day it opens on: one over midnight on the eve of
// a holiday is worked to its end. A make-up day works the hours of MakeUp whatever
// its weekday. A year that is not among Years is not announced: its weeks are
// regular weeks without a holiday.
type Hours struct {
	Name   string
	Title  Text
	Zone   *time.Location
	Week   [7][]Span     // by time.Weekday, each in order
	MakeUp []Span        // of a make-up working day (调休), in order
	CutOff time.Duration // since midnight; a start after it counts from the next day on; 0: none
	Years  []Year        // announced, ascending
}

// Span is a stretch of work as local clocks show it, since midnight of the day
// it opens on.
type Span struct {
	Opens  time.Duration // less than a day
	Closes time.Duration // more than a day if the span goes over midnight
}

// Year is what was announced for one year.
type Year struct {
	Year     int
	Source   string // who announced it, where and when
	Holidays []Holiday
}

// Holiday is a stretch of days off, and the days worked for it.
type Holiday struct {
	Name     Text
	From, To Date   // both off
	MakeUp   []Date // days worked instead
}

// Date is a day of the calendar, in the calendar's zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the date that t shows.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// String returns the date as 2006-01-02.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Next returns the day after.
func (d Date) Next() Date { return DateOf(d.utc().AddDate(0, 0, 1)) }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.utc().Before(e.utc()) }

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

const wholeDay = 24 * time.Hour

// Validate returns everything wrong with h; paths are those of a calendar file.
func (h *Hours) Validate() []Problem {
	v := &validator{}
	v.name("calendar", h.Name)
	v.require(h.Zone != nil, "timezone", "is missing: name the zone of the calendar's hours, such as Asia/Shanghai")
	open := false
	for day := range h.Week {
		name := weekdays[day]
		v.spans("week."+name, h.Week[day])
		open = open || len(h.Week[day]) > 0
		if next := h.Week[(day+1)%7]; len(h.Week[day]) > 0 && len(next) > 0 {
			last := h.Week[day][len(h.Week[day])-1]
			v.require(last.Closes-wholeDay <= next[0].Opens, "week."+name, "goes over midnight into the hours of the next day")
		}
	}
	v.require(open, "week", "is missing: give the hours of at least one day")
	v.spans("make_up_hours", h.MakeUp)
	v.require(h.CutOff >= 0 && h.CutOff < wholeDay, "cut_off", "must be a time of the day")
	off, made := map[Date]bool{}, map[Date]bool{}
	for i, y := range h.Years {
		path := fmt.Sprintf("years.%d", y.Year)
		v.require(y.Year >= FirstYear && y.Year <= LastYear, path, fmt.Sprintf("is not a year from %d to %d", FirstYear, LastYear))
		v.require(i == 0 || h.Years[i-1].Year < y.Year, path, "must come after the years before it")
		for j := range y.Holidays {
			v.holiday(fmt.Sprintf("%s.holidays[%d]", path, j), y.Year, &y.Holidays[j], off, made)
		}
	}
	return v.problems
}

// weekdays are the names of days in calendar files.
var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (v *validator) spans(path string, spans []Span) {
	for i, s := range spans {
		v.require(s.Opens >= 0 && s.Opens < wholeDay && s.Closes > s.Opens && s.Closes <= s.Opens+wholeDay, path, "holds a span that does not open before it closes")
		v.require(i == 0 || spans[i-1].Closes <= s.Opens, path, "holds spans that overlap or stand out of order")
	}
}

// maxHoliday bounds one holiday, in days: a longer one is a slip of the pen.
const maxHoliday = 60

func (v *validator) holiday(path string, year int, x *Holiday, off, made map[Date]bool) {
	near := func(key string, d Date) {
		v.require(d.Year >= year-1 && d.Year <= year+1, path+"."+key, fmt.Sprintf("%s does not belong to %d", d, year))
	}
	near("from", x.From)
	near("to", x.To)
	last := DateOf(x.From.utc().AddDate(0, 0, maxHoliday-1))
	v.require(!x.To.Before(x.From), path+".to", "lies before from")
	v.require(!last.Before(x.To), path+".to", fmt.Sprintf("makes a holiday of more than %d days", maxHoliday))
	for d := x.From; !x.To.Before(d) && !last.Before(d); d = d.Next() {
		v.require(!off[d] && !made[d], path+".from", fmt.Sprintf("%s stands twice", d))
		off[d] = true
	}
	for k, d := range x.MakeUp {
		key := fmt.Sprintf("make_up[%d]", k)
		near(key, d)
		v.require(!off[d] && !made[d], path+"."+key, fmt.Sprintf("%s stands twice", d))
		made[d] = true
	}
}
