package source

import (
	"slices"
	"strings"
)

// Counted returns the fields of which a Decoder counts the values that the mapping has
// no word for, by their names in the mapping: "activity" where a status may fall to a
// default, "promise_kind" where a record tells it, and every field that a lookup fills
// ("owner", "attributes.department").
func (m *Mapping) Counted() []string {
	var fields []string
	if m.Activity.defaults() {
		fields = append(fields, activityField)
	}
	if m.Fields.PromiseKind.Reads() && m.Fields.PromiseKind.Lookup == nil {
		fields = append(fields, promiseKindField)
	}
	for at, v := range m.Values() {
		if v.Lookup != nil {
			fields = append(fields, fieldOf(at))
		}
	}
	return fields
}

const (
	activityField    = "activity"
	promiseKindField = "promise_kind"
)

// fieldOf returns the name under which a value at a key path is counted.
func fieldOf(at string) string { return strings.TrimPrefix(at, "fields.") }

// defaults reports whether a value that is not in the map or the rows makes an event, or
// none, all the same.
func (a *Activity) defaults() bool {
	if len(a.Map) == 0 && len(a.Rows) == 0 {
		return false
	}
	return a.Default != "" || slices.ContainsFunc(a.Rows, func(r Row) bool { return r.rest() })
}

// unknowns counts values that the mapping has no word for.
type unknowns struct {
	fields []string // Mapping.Counted
	counts []int64
	record []int // the fields of the record under way
}

func newUnknowns(m *Mapping) unknowns {
	fields := m.Counted()
	return unknowns{fields: fields, counts: make([]int64, len(fields))}
}

func (u *unknowns) place(field string) int { return slices.Index(u.fields, field) }

// note notes a value of the record under way.
func (u *unknowns) note(field int) { u.record = append(u.record, field) }

// keep counts what was noted of a record that is taken.
func (u *unknowns) keep() {
	for _, i := range u.record {
		u.counts[i]++
	}
}

// Unknown tells add, for each field of Mapping.Counted, how many values the mapping had
// no word for in the records decoded since it was called last. A record that was not
// taken is not in it.
func (d *Decoder) Unknown(add func(field string, values int64)) {
	for i, n := range d.unknown.counts {
		if n > 0 {
			add(d.unknown.fields[i], n)
		}
	}
	clear(d.unknown.counts)
}
