package source

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// Problem is one thing wrong with a Mapping.
type Problem struct {
	Path    string // keys joined by dots, places in brackets: "activity.rows[2].when"
	Message string
}

// Validate returns everything that is wrong with the mapping.
func (m *Mapping) Validate() []Problem {
	c := check{}
	if m.Format != "" && m.Format != "json" {
		c.add("format", "must be json, not %q", m.Format)
	}
	c.zone("zone", m.Zone)
	c.times("times", m.Times)
	if m.MaxBytes < 0 {
		c.add("max_bytes", "must not be negative")
	}
	c.identity(m)
	for i, p := range m.Pairs {
		at := "pairs[" + strconv.Itoa(i) + "]"
		c.path(at+".field", p.Field)
		if p.Sep == "" || p.Eq == "" || p.Sep == p.Eq {
			c.add(at, "needs sep and eq, which differ")
		}
		for _, q := range m.Pairs[:i] {
			if q.Field == p.Field {
				c.add(at+".field", "%q has pairs already", p.Field)
			}
		}
	}
	c.fields(m)
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		v := m.Attributes[name]
		at := "attributes." + name
		switch {
		case name == "" || len(name) > order.MaxName:
			c.add("attributes", "has an empty or too long name")
		case name == anyValue && (len(v.Path) == 0 || v.Const != "" || v.CEL != "" || v.Lookup != nil):
			c.add(at, "needs a path and takes nothing else")
		case !v.set():
			c.add(at, "needs a path, cel or const")
		}
		c.value(at, v, false)
	}
	c.activity(m)
	c.dates(m)
	for i, p := range m.Aliases {
		c.path("aliases["+strconv.Itoa(i)+"]", p)
	}
	for i, p := range m.Personal {
		c.path("personal["+strconv.Itoa(i)+"]", p)
	}
	return c.problems
}

// check collects problems.
type check struct{ problems []Problem }

func (c *check) add(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (c *check) zone(at, name string) {
	if name == "" {
		return
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		c.add(at, "%q is no IANA time zone", name)
	}
}

func (c *check) times(at string, times []string) {
	for i, name := range times {
		at := at + "[" + strconv.Itoa(i) + "]"
		switch name {
		case rfc3339, epochSecond, epochMilli, epochMicro, epochNano, wallMilli, wallMicro, wallNano, wallDays, dateOnly:
			continue
		}
		// A layout must tell a date apart from any other.
		want := time.Date(2017, 8, 9, 0, 0, 0, 0, time.UTC)
		got, err := time.Parse(name, want.Format(name))
		switch {
		case strings.Contains(name, "MST"):
			c.add(at, "abbreviations of zones are ambiguous: use -07:00, or no zone")
		case err != nil || !got.Equal(want):
			c.add(at, "%q is neither rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns, wall_ms, wall_us, wall_ns, wall_days, date nor a layout of a whole date such as %q",
				name, time.DateTime)
		}
	}
}

func (c *check) path(at, path string) {
	names, err := splitPath(path)
	if err != nil {
		c.add(at, "path %q %v", path, err)
	}
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil && n > maxPlace {
			c.add(at, "path %q: places end at %d", path, maxPlace)
		}
	}
}

func (c *check) paths(at string, paths []string) {
	for i, p := range paths {
		if len(paths) == 1 {
			c.path(at, p)
		} else {
			c.path(at+"["+strconv.Itoa(i)+"]", p)
		}
	}
}

func (c *check) value(at string, v Value, instant bool) {
	c.paths(at, v.Path)
	if len(v.Path) > 0 && v.CEL != "" {
		c.add(at, "has path and cel: one of both")
	}
	if v.Lookup != nil {
		c.lookup(at, v)
	}
	if !instant && (len(v.Times) > 0 || v.Zone != "") {
		c.add(at, "is no instant: it takes neither times nor zone")
	}
	if instant && v.Const != "" {
		c.add(at, "an instant cannot be constant")
	}
	c.zone(at+".zone", v.Zone)
	c.times(at+".times", v.Times)
}

func (c *check) lookup(at string, v Value) {
	l := v.Lookup
	if !v.Reads() {
		c.add(at, "lookup needs the path or cel of its key")
	}
	switch {
	case l.File == "":
		c.add(at+".lookup", "needs file, the table to look in")
	case !l.Pairs() && !isTable(l.File):
		c.add(at+".lookup.file", "must end in .csv, .json, .jsonl or .ndjson, and perhaps .gz, or in .yaml or .yml")
	}
	if l.Pairs() && l.Key+l.Value != "" {
		c.add(at+".lookup", "takes neither key nor value: a file in YAML has each key before its value")
	}
	for _, column := range []struct{ name, path string }{{"key", l.Key}, {"value", l.Value}} {
		switch {
		case l.Pairs():
		case column.path == "":
			c.add(at+".lookup", "needs %s, the name of a column of the file", column.name)
		default:
			c.path(at+".lookup."+column.name, column.path)
		}
	}
	switch l.Missing {
	case "", missingEmpty, missingKeep:
	default:
		c.add(at+".lookup.missing", "must be empty or keep, not %q", l.Missing)
	}
}

func (c *check) identity(m *Mapping) {
	if _, ok := kinds[m.Identity.Kind]; !ok {
		c.add("identity", "must be content, delivery or slot, not %q", m.Identity.Kind)
	}
	if (m.Identity.Kind == "delivery") != (len(m.Identity.Path) > 0) {
		c.add("identity", "delivery needs the path of its id, and only delivery does")
	}
	c.paths("identity.path", m.Identity.Path)
}
