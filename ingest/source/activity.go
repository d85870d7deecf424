package source

import "slices"

// activity is a compiled Activity.
type activity struct {
	from     []field
	was      field
	byValue  map[string]string
	rows     []Row
	fallback string // Default
	plain    bool   // neither map nor rows: the value is the activity
	computed []computed
	counted  int // place in Decoder.unknown
}

func (b *builder) activity(a *Activity) activity {
	c := activity{was: b.field(a.Was), byValue: a.Map, rows: a.Rows, fallback: a.Default, plain: len(a.Map) == 0 && len(a.Rows) == 0}
	for _, v := range a.From {
		c.from = append(c.from, b.field(v))
	}
	c.computed = b.handOut()
	return c
}

// verdict is what became of looking an activity up.
type verdict uint8

const (
	found verdict = iota + 1
	ignored
	missing
	unknown
	unchanged
)

// what returns the activity of the record scanned last.
func (d *Decoder) what(a *Arena) (string, verdict) {
	act := &d.plan.activity
	var space [4]string
	values := space[:0]
	some := false
	for i := range act.from {
		v := act.from[i].konst
		if t := d.first(&act.from[i]); t != nil && t.kind == composite {
			v = "" // an object or array names no activity
		} else if t != nil {
			v = d.intern(t, a)
		}
		values = append(values, v)
		some = some || v != ""
	}
	if t := d.first(&act.was); t != nil && t.kind != composite && values[0] != "" && d.intern(t, a) == values[0] {
		return "", unchanged
	}
	if act.plain && values[0] != "" {
		return values[0], found
	}
	if is, ok := act.byValue[values[0]]; ok {
		return is, judged(is)
	}
	for i := range act.rows {
		if act.rows[i].fits(values) {
			if act.rows[i].rest() {
				d.unlisted(values[0])
			}
			return act.rows[i].Is, judged(act.rows[i].Is)
		}
	}
	switch {
	case !some:
		return "", missing
	case values[0] == "" && (act.fallback == "" || act.fallback == keep):
		return "", missing // the others of From only qualify the first
	case act.fallback == "":
		return "", unknown
	}
	d.unlisted(values[0])
	if act.fallback == keep {
		return values[0], found
	}
	return act.fallback, judged(act.fallback)
}

// unlisted notes a value that fell to the default.
func (d *Decoder) unlisted(value string) {
	if value != "" {
		d.unknown.note(d.plan.activity.counted)
	}
}

func judged(is string) verdict {
	switch is {
	case ignore:
		return ignored
	case datesAlone:
		return unchanged
	default:
		return found
	}
}

func (r *Row) fits(values []string) bool {
	for i, want := range r.When {
		if want != anyValue && want != values[i] && (want != someValue || values[i] == "") {
			return false
		}
	}
	return true
}

// rest reports whether the row takes whatever no row before it named.
func (r *Row) rest() bool {
	return r.Others || !slices.ContainsFunc(r.When, func(want string) bool { return want != anyValue })
}
