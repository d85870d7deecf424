package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/metrics/process"
)

// readCalendars reads the calendar files that takt.yaml lists, beside the shipped
// one of every hour, and returns their absolute paths.
func (l *loader) readCalendars(o *object) (files []string) {
	l.shippedCalendar(process.Always)
	for i, name := range o.distinct("calendars") {
		key := index("calendars", i)
		if _, shipped := process.ShippedCalendar(name); shipped {
			o.report(key, "%q comes with Takt and need not be listed", name)
			continue
		}
		file := l.absolute(name)
		if name == "" || slices.Contains(files, file) {
			continue
		}
		files = append(files, file)
		d := l.open(l.shown(name), file)
		if d == nil {
			continue
		}
		c := readCalendar(d.mapping(d.root, ""))
		if c == nil {
			l.spoilt = append(l.spoilt, d.value("calendar"))
			continue
		}
		if _, shipped := process.ShippedCalendar(c.Name); shipped || l.known(c.Name) != nil {
			o.report(key, "there is a calendar %q already: give the one in %s another name", c.Name, d.name)
			continue
		}
		l.calendars, l.listed = append(l.calendars, c), append(l.listed, c)
	}
	return files
}

func (l *loader) known(name string) *process.Calendar {
	for _, c := range l.calendars {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// shippedCalendar returns the calendar of that name that comes with Takt, nil if there is none.
func (l *loader) shippedCalendar(name string) *process.Calendar {
	data, ok := process.ShippedCalendar(name)
	if !ok {
		return nil
	}
	d := parse("shipped calendar "+name+".yaml", data, &l.problems)
	if d == nil {
		return nil
	}
	c := readCalendar(d.mapping(d.root, ""))
	if c != nil {
		l.calendars = append(l.calendars, c)
	}
	return c
}

// calendar takes the key as the name of a calendar, nil if it is absent.
func (l *loader) calendar(o *object, key string) *process.Calendar {
	name := o.text(key, "")
	if name == "" {
		if o.has(key) && o.ok(key) {
			o.report(key, "is empty: name a calendar or take the key out")
		}
		return nil
	}
	if c := l.known(name); c != nil {
		return c
	}
	if c := l.shippedCalendar(name); c != nil {
		return c
	}
	if slices.Contains(l.spoilt, name) {
		return nil // its file is what has to be put right
	}
	choices := process.ShippedCalendarNames()
	for _, c := range l.listed {
		choices = append(choices, c.Name)
	}
	o.report(key, "%q is no calendar; %s; files of your own are listed under calendars in takt.yaml", name,
		strings.TrimSuffix(suggest(name, choices, "there are"), "?"))
	return nil
}

// readCalendar reads a calendar file, nil if anything is wrong with it.
func readCalendar(o *object) *process.Calendar {
	before := len(*o.doc.problems)
	h := process.Hours{
		Name: o.text("calendar", ""), Title: title(o, "title", o.values["calendar"]), Zone: zone(o, "timezone"),
		CutOff: clockTime(o, "cut_off"),
	}
	keys := week(o.object("week"), &h.Week)
	h.MakeUp = spans(o, "make_up_hours")
	for _, d := range [...]time.Weekday{1, 2, 3, 4, 5, 6, 0} {
		if len(h.MakeUp) == 0 {
			h.MakeUp = h.Week[d]
		}
	}
	years := o.object("years")
	for _, name := range years.names {
		y := year(years.object(name))
		n, err := strconv.Atoi(name)
		if err != nil {
			years.report(name, "%q is no year", name)
			continue
		}
		y.Year = n
		h.Years = append(h.Years, y)
	}
	o.done()
	for _, problem := range h.Validate() {
		// A problem of one day is that of the key that names it among others.
		if key, ok := keys[strings.TrimPrefix(problem.Path, "week.")]; ok {
			problem.Path = join("week", key)
		}
		if !o.doc.reported(problem.Path) && !o.doc.broken(parent(problem.Path)) {
			o.doc.report(o.doc.line(problem.Path), problem.Path, "%s", problem.Message)
		}
	}
	if len(*o.doc.problems) > before {
		return nil
	}
	return process.NewCalendar(h)
}

// week takes all keys of o, such as mon or mon-fri, and returns which gave the
// hours of a day.
func week(o *object, all *[7][]process.Span) map[string]string {
	days := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	keys := map[string]string{}
	for _, key := range o.names {
		first, last, isRange := strings.Cut(key, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(days, first), slices.Index(days, last)
		hours := spans(o, key)
		if from < 0 || to < from {
			o.report(key, "%q names no days: write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri", key)
			continue
		}
		for i := from; i <= to; i++ {
			if other, twice := keys[days[i]]; twice {
				o.report(key, "gives the hours of %s, as %s does", days[i], other)
				continue
			}
			keys[days[i]] = key
			all[(i+1)%7] = hours
		}
	}
	o.done()
	return keys
}

// spans takes the key as hours such as 09:00-18:00, one text or a list of them.
func spans(o *object, key string) []process.Span {
	node := o.values[key]
	if node == nil || node.Kind != yaml.SequenceNode {
		if s, ok := o.scalar(key); ok {
			return oneSpan(o, key, s)
		}
		return nil
	}
	var all []process.Span
	for i, s := range o.texts(key) {
		all = append(all, oneSpan(o, index(key, i), s)...)
	}
	return all
}

func oneSpan(o *object, key, s string) []process.Span {
	opens, closes, _ := strings.Cut(s, "-")
	from, ok := parseClock(opens)
	to, also := parseClock(closes)
	if !ok || !also || from == to || from == 24*time.Hour {
		o.report(key, "%q is no span of hours: write it as 09:00-18:00, 22:00-06:00 over midnight, 00:00-24:00 for the whole day", s)
		return nil
	}
	if to < from {
		to += 24 * time.Hour
	}
	return []process.Span{{Opens: from, Closes: to}}
}

// parseClock reads a time of the day such as 09:00, 24:00 included.
func parseClock(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if s == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil
}

// clockTime takes the key as a time of the day.
func clockTime(o *object, key string) time.Duration {
	s, ok := o.scalar(key)
	if !ok {
		return 0
	}
	at, ok := parseClock(s)
	if !ok || at == 0 || at == 24*time.Hour {
		o.report(key, "%q is no time of the day: write it as 17:30", s)
		return 0
	}
	return at
}

func year(o *object) process.Year {
	y := process.Year{Source: o.text("source", "")}
	for _, item := range o.objects("holidays") {
		x := process.Holiday{Name: title(item, "name", nil), From: date(item, "from"), To: date(item, "to")}
		if !item.has("to") {
			x.To = x.From
		}
		for i, s := range item.texts("make_up") {
			if d, ok := parseDate(s); ok {
				x.MakeUp = append(x.MakeUp, d)
			} else {
				item.report(index("make_up", i), noDate, s)
			}
		}
		if !item.has("from") {
			item.report("from", "is missing: give the first day off, such as 2026-10-01")
			x.From = x.To
		}
		item.done()
		y.Holidays = append(y.Holidays, x)
	}
	o.done()
	return y
}

const noDate = "%q is no date: write it as 2026-10-01"

func date(o *object, key string) process.Date {
	s, ok := o.scalar(key)
	if !ok {
		return process.Date{}
	}
	d, ok := parseDate(s)
	if !ok {
		o.report(key, noDate, s)
	}
	return d
}

func parseDate(s string) (process.Date, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return process.DateOf(t), err == nil
}

// used reports whether a process counts by c.
func used(c *process.Calendar, processes []*process.Process) bool {
	return slices.ContainsFunc(processes, func(p *process.Process) bool {
		return p.Calendar == c || slices.ContainsFunc(p.Stages, func(s process.Stage) bool { return s.Calendar == c })
	})
}

// workless notes limits of working time on no calendar, and those that read as if
// a day were a day of work.
func workless(p *process.Process, d *document, note func(path, format string, args ...any)) {
	for i := range p.Stages {
		limit := index("stages", i) + ".limit"
		switch c := p.CalendarOf(i); {
		case p.Stages[i].Limit.Of != process.Working:
		case c == nil:
			note(limit+".of", "counts every hour of the day: name a calendar, of the stage or of the process")
		case c.Name != process.Always && strings.ContainsAny(d.value(limit+".within"), "dw"):
			note(limit+".within", "%s are %.4g hours of working time, not days of work: write hours, such as 16h for two days of eight",
				d.value(limit+".within"), p.Stages[i].Limit.Within.Hours())
		}
	}
}
