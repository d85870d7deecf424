package propose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// write writes the texts and says what they leave open.
func (p *Proposal) write(c Config, t *sheet, w *way) {
	p.Mapping = p.mapping(c, t, w)
	plan := w.plan()
	p.Process = p.process(c, t, w, plan)
}

// quote writes s for YAML: as it is where every character can be seen.
func quote(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.QuoteToASCII(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func (p *Proposal) mapping(c Config, t *sheet, w *way) string {
	var out strings.Builder
	var formats []string
	used := []*column{w.order}
	add := func(column *column) {
		if column != nil {
			used = append(used, column)
		}
		if column != nil && column.format != "" && !slices.Contains(formats, column.format) {
			formats = append(formats, column.format)
		}
	}
	for _, column := range append(w.dates, w.activity, w.occurred, w.recorded, w.promise) {
		add(column)
	}
	if slices.ContainsFunc(formats, func(f string) bool { return f != "rfc3339" && !strings.HasPrefix(f, "epoch") }) {
		p.say("Times carry no zone: they are read in %s. Give --zone if they were written down elsewhere.", c.Zone)
	}
	identity := "content"
	if w.activity == nil {
		identity = "slot"
	}
	fmt.Fprintf(&out, "# Proposed from %d samples.\nzone: %s\ntimes: %s\nidentity: %s\nfields:\n  order_id: %s\n", t.rows, c.Zone, list(formats), identity, quote(w.order.path))
	field := func(name string, column *column) {
		if column != nil {
			fmt.Fprintf(&out, "  %s: %s\n", name, quote(column.path))
		}
	}
	field("occurred_at", w.occurred)
	field("recorded_at", w.recorded)
	field("promised_at", w.promise)
	if w.promise != nil {
		p.say("%q lies ahead of what happens: it is taken for the promised date.", w.promise.path)
	}
	var open []string
	for _, column := range t.columns {
		if slices.Contains(used, column) || column.filled == 0 {
			continue
		}
		name, fits := known(column)
		switch {
		case fits:
			field(name, column)
			continue
		case name == ownerField:
			p.say("%q holds numbers: if they are of people or departments, make a table of them and write owner: {path: %s, lookup: {file: staff.csv, key: id, value: name}}.", column.path, quote(column.path))
			continue
		}
		open = append(open, strconv.Quote(column.path))
	}
	if len(open) > 0 {
		p.say("No field was found for %s: name those you need under fields (amount, owner, channel, region, warehouse, carrier, product, unit, quantity) or attributes.", strings.Join(open, ", "))
	}
	if w.activity != nil {
		fmt.Fprintf(&out, "activity:\n  from: %s\n", quote(w.activity.path))
	} else {
		out.WriteString("dates:\n")
		for _, d := range w.dates {
			fmt.Fprintf(&out, "  - {from: %s, activity: %s}\n", quote(d.path), quote(d.path))
		}
	}
	return out.String()
}

const ownerField = "owner"

// known returns the field that a column's name says, in the words people use, and
// whether its values can be that.
func known(c *column) (field string, fits bool) {
	name := strings.ToLower(c.path)
	for _, f := range []struct {
		field string
		words []string
		holds bool
	}{
		{"amount", []string{"amount", "total", "betrag", "summe", "金额", "总价"}, c.number},
		{ownerField, []string{"owner", "clerk", "assignee", "bearbeiter", "zuständig", "负责人", "业务员", "经办人"}, !c.number},
		{"channel", []string{"channel", "kanal", "渠道"}, !c.number && c.unique <= 50},
		{"region", []string{"region", "province", "地区", "省份"}, !c.number && c.unique <= 500},
		{"warehouse", []string{"warehouse", "lager", "仓库"}, !c.number && c.unique <= 500},
		{"carrier", []string{"carrier", "spediteur", "承运", "快递"}, !c.number && c.unique <= 500},
	} {
		if slices.ContainsFunc(f.words, func(word string) bool { return strings.Contains(name, word) }) {
			field = f.field
			if f.holds {
				return field, true
			}
		}
	}
	return field, false
}

func (p *Proposal) process(c Config, t *sheet, w *way, plan *plan) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# Proposed from %d orders in %d samples; limits are what 95%% of them kept.\nprocess: %s\ntimezone: %s\nopens_on: %s\ncloses_on:\n  completed: %s\n",
		len(w.orders), t.rows, c.Name, c.Zone, list(plan.opens), list(plan.completed))
	if len(plan.cancelled) > 0 {
		fmt.Fprintf(&out, "  cancelled: %s\n", list(plan.cancelled))
	}
	p.say("Orders begin with %s and are completed by %s%s: is that so?", list(plan.opens), list(plan.completed), cancelling(plan))
	if w.promise != nil {
		granularity := "instant"
		if midnight(w.promise, c.Zone) {
			granularity = "day"
		}
		fmt.Fprintf(&out, "promise: {objective: 95%%, granularity: %s}\n", granularity)
	}
	out.WriteString("stages:\n")
	names := map[string]bool{}
	for _, s := range plan.stages {
		name := stageName(s.to)
		for n := 2; names[name]; n++ {
			name = stageName(s.to) + "_" + strconv.Itoa(n)
		}
		names[name] = true
		fmt.Fprintf(&out, "  - name: %s\n    starts_on: %s\n    ends_on: %s\n", quote(name), list([]string{s.from}), list([]string{s.to}))
		if s.durations < 20 {
			p.say("Stage %q was passed %d times in the samples, too few for a limit: set limit.within.", name, s.durations)
			continue
		}
		fmt.Fprintf(&out, "    limit: {within: %s, of: wall, objective: 95%%, warn_at: 75%%}\n    stuck_after: %s\n", nice(s.p95), nice(max(2*s.p95, s.p99)))
	}
	p.say("No stage has an owner: name its team under owner, so that alerts reach somebody.")
	if len(plan.outside) > 0 {
		p.say("These activities are in no stage, as few orders have them or they follow the end: %s.", list(plan.outside))
	}
	return out.String()
}

func cancelling(plan *plan) string {
	if len(plan.cancelled) == 0 {
		return "; nothing was found that cancels them"
	}
	return ", cancelled by " + list(plan.cancelled)
}

// midnight reports whether all times are the beginning of a day.
func midnight(c *column, zone *time.Location) bool {
	return !slices.ContainsFunc(c.times, func(at time.Time) bool {
		h, m, s := at.In(zone).Clock()
		return !at.IsZero() && h+m+s > 0
	})
}

// stageName returns the activity without what names of stages and labels do not take.
func stageName(activity string) string {
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune("\"\\{}. '", r) {
			return '_'
		}
		return r
	}, strings.ToLower(activity))
	return "to_" + name
}

// nice rounds up to a duration that people say.
func nice(d time.Duration) string {
	const day = 24 * time.Hour
	for _, n := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute} {
		if d <= n {
			return strconv.Itoa(int(n/time.Minute)) + "m"
		}
	}
	if d <= 2*day {
		return strconv.Itoa(int((d+time.Hour-1)/time.Hour)) + "h"
	}
	return strconv.Itoa(int((d+day-1)/day)) + "d"
}
