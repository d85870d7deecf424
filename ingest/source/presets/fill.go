package presets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/takt-orders/takt/ingest/source"
)

// Problem is one thing wrong with a Use.
type Problem struct {
	Path    string // keys joined by dots: "fields.order_no"
	Message string
}

// Fill returns the mapping with the user's names in it.
func (p *Preset) Fill(u Use) (source.Mapping, []Problem) {
	if p.Through != "" {
		generic, err := Get(p.Through)
		if err != nil {
			return source.Mapping{}, []Problem{{"preset", err.Error()}}
		}
		return generic.Fill(u)
	}
	f := filling{names: map[string]string{}, statuses: map[string]string{}, dates: map[string]string{}, personal: u.Personal}
	f.blanks(p, u)
	f.choices("statuses", p.Statuses, u.Statuses, f.statuses)
	f.choices("dates", p.Dates, u.Dates, f.dates)
	if len(u.Personal) > 0 && !slices.ContainsFunc(p.Mapping.Personal, func(path string) bool { return strings.Contains(path, eachPersonal) }) {
		f.add("personal", "this preset takes none")
	}
	if len(f.problems) > 0 {
		return source.Mapping{}, f.problems
	}
	m := f.mapping(p.Mapping)
	m.Aliases = u.Aliases
	if len(u.Times) > 0 {
		m.Times = u.Times
	}
	if u.Zone != "" {
		m.Zone = u.Zone
	}
	if reads(p.Mapping.Activity) && len(m.Activity.From) > 0 && len(f.statuses) == 0 {
		return source.Mapping{}, []Problem{{"statuses", "is missing, as a field of a status is named: " + p.Statuses.What.En}}
	}
	for _, value := range f.order() {
		if f.statuses[value] == "dates" && len(m.Dates) == 0 {
			f.add("statuses."+value, "leaves a row to its dates, and no dates are named")
		}
	}
	u.Event.into(&m)
	for _, problem := range m.Validate() {
		if at, ok := u.Event.At(problem.Path); ok {
			f.add(at, "%s", problem.Message)
			continue
		}
		f.add("", "makes a wrong mapping: %s: %s", problem.Path, problem.Message)
	}
	return m, f.problems
}

// filling puts names into a mapping.
type filling struct {
	names, statuses, dates map[string]string
	personal               []string
	problems               []Problem
}

func (f *filling) add(path, format string, args ...any) {
	f.problems = append(f.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (f *filling) blanks(p *Preset, u Use) {
	var known []string
	for _, b := range p.Fields {
		known = append(known, b.Name)
		name := u.Fields[b.Name]
		if name == "" {
			name = b.Default
		}
		if name == "" && b.Required {
			f.add("fields."+b.Name, "is missing: %s. Where to find it: %s", b.What.En, b.Where.En)
		}
		f.names[b.Name] = name
	}
	for _, name := range slices.Sorted(maps.Keys(u.Fields)) {
		if !slices.Contains(known, name) {
			f.add("fields."+name, "preset %q has no such field; it has %s", p.Name, strings.Join(known, ", "))
		}
	}
}

func (f *filling) choices(at string, c *Choices, given, all map[string]string) {
	switch {
	case c == nil && len(given) > 0:
		f.add(at, "this preset takes none")
	case c != nil && c.Required && len(given)+len(c.Values) == 0:
		f.add(at, "is missing: %s. Where to find it: %s", c.What.En, c.Where.En)
	}
	for _, value := range slices.Sorted(maps.Keys(given)) {
		if given[value] == "" {
			f.add(at+"."+value, "needs an activity, such as order.placed")
		}
	}
	if c != nil {
		maps.Copy(all, c.Values)
	}
	maps.Copy(all, given)
}

// mapping returns a copy of m with everything filled in. What has no name is left
// out: a path, a value without paths, a date, an activity that misses one of From.
func (f *filling) mapping(m source.Mapping) source.Mapping {
	for _, v := range m.Fields.All() {
		*v = f.value(*v)
	}
	m.Identity.Path = f.paths(m.Identity.Path)
	attributes := map[string]source.Value{}
	for name, v := range m.Attributes {
		if v = f.value(v); len(v.Path) > 0 || v.Const != "" {
			attributes[name] = v
		}
	}
	m.Attributes = attributes
	m.Personal = f.masked(m.Personal)
	m.Dates = f.columns(m.Dates)
	m.Activity = f.activity(m.Activity)
	if len(m.Activity.From) == 0 {
		m.Fields.OccurredAt = source.Value{}
	}
	return m
}

// text fills the blanks of s; ok is false if one of them has no name.
func (f *filling) text(s string) (filled string, ok bool) {
	for {
		before, rest, found := strings.Cut(s, "{")
		if !found {
			return filled + s, true
		}
		name, after, _ := strings.Cut(rest, "}")
		if f.names[name] == "" {
			return "", false
		}
		filled, s = filled+before+f.names[name], after
	}
}

func (f *filling) paths(paths []string) []string {
	var filled []string
	for _, p := range paths {
		if s, ok := f.text(p); ok {
			filled = append(filled, s)
		}
	}
	return filled
}

// masked returns the personal paths: those that name a field, and the user's.
func (f *filling) masked(paths []string) []string {
	var filled []string
	for _, p := range paths {
		if !strings.Contains(p, eachPersonal) {
			filled = append(filled, f.paths([]string{p})...)
			continue
		}
		for _, name := range f.personal {
			filled = append(filled, strings.ReplaceAll(p, eachPersonal, name))
		}
	}
	return filled
}

func (f *filling) value(v source.Value) source.Value {
	v.Path = f.paths(v.Path)
	v.Const, _ = f.text(v.Const)
	return v
}

const (
	eachStatus   = "{statuses}"
	eachField    = "{statuses.field}" // of a status written FIELD=value, or FIELD alone
	eachValue    = "{statuses.value}"
	others       = "*"
	eachDate     = "{dates}"
	eachPersonal = "{personal}"
)

func (f *filling) columns(dates []source.Date) []source.Date {
	var filled []source.Date
	for _, d := range dates {
		if d.Activity == eachDate {
			for _, name := range slices.Sorted(maps.Keys(f.dates)) {
				if f.dates[name] == "ignore" {
					continue
				}
				from := d.From
				from.Path = nil
				for _, path := range d.From.Path {
					from.Path = append(from.Path, strings.ReplaceAll(path, eachDate, name))
				}
				filled = append(filled, source.Date{From: from, Activity: f.dates[name]})
			}
			continue
		}
		if d.From = f.value(d.From); len(d.From.Path) > 0 {
			filled = append(filled, d)
		}
	}
	return filled
}

func (f *filling) activity(a source.Activity) source.Activity {
	var from source.Values
	for _, v := range a.From {
		if v = f.value(v); len(v.Path) == 0 && v.Const == "" {
			return source.Activity{}
		}
		from = append(from, v)
	}
	a.From, a.Was = from, f.value(a.Was)
	var rows []source.Row
	for _, r := range a.Rows {
		if !ofStatus(r) {
			rows = append(rows, r)
			continue
		}
		for _, value := range f.order() {
			when := slices.Clone(r.When)
			field, its, ok := strings.Cut(value, "=")
			if !ok {
				its = others
			}
			for i, blank := range when {
				switch blank {
				case eachStatus:
					when[i] = value
				case eachField:
					when[i] = field
				case eachValue:
					when[i] = its
				}
			}
			rows = append(rows, source.Row{When: when, Is: f.statuses[value], Others: value == others})
		}
	}
	a.Rows = rows
	return a
}

// reads reports whether the activity depends on the statuses.
func reads(a source.Activity) bool { return slices.ContainsFunc(a.Rows, ofStatus) }

func ofStatus(r source.Row) bool {
	return slices.Contains(r.When, eachStatus) || slices.Contains(r.When, eachField)
}

// order returns the statuses, sorted, those that name a value before those that
// name only a field, the one for all others last.
func (f *filling) order() []string {
	values := slices.DeleteFunc(slices.Sorted(maps.Keys(f.statuses)), func(v string) bool { return v == others })
	slices.SortStableFunc(values, func(v, w string) int { return strings.Count(w, "=") - strings.Count(v, "=") })
	if f.statuses[others] != "" {
		values = append(values, others)
	}
	return values
}
