package config

import (
	"time"
	_ "time/tzdata" // process files name zones, and a bare container has none

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/metrics/process"
)

// readProcess reads a process file. What is wrong is reported; the result is then
// only good for finding more that is wrong.
func (l *loader) readProcess(o *object) *process.Process {
	p := &process.Process{
		Name:     o.text("process", ""),
		Title:    title(o, "title", o.values["process"]),
		Zone:     zone(o, "timezone"),
		OpensOn:  o.texts("opens_on"),
		Calendar: l.calendar(o, "calendar"),
	}
	closes := o.object("closes_on")
	p.ClosesOn = process.Closing{Completed: closes.texts("completed"), Cancelled: closes.texts("cancelled")}
	closes.done()
	promise := o.object("promise")
	p.Promise.Objective = promise.share("objective")
	p.Promise.Granularity = process.Instant
	if promise.oneOf("granularity", "instant", "instant", "day") == "day" {
		p.Promise.Granularity = process.Day
	}
	promise.done()
	for i, node := range o.list("stages") {
		p.Stages = append(p.Stages, l.stage(o.doc.mapping(node, index("stages", i))))
	}
	for i, node := range o.list("rules") {
		p.Rules = append(p.Rules, rule(o.doc.mapping(node, index("rules", i)), p))
	}
	p.Exceptions = handlings(o.object("exceptions"))
	p.Reasons = reasons(o.object("reasons"))
	o.done()
	for _, problem := range p.Validate() {
		if !o.doc.reported(problem.Path) && !o.doc.broken(parent(problem.Path)) {
			o.doc.report(o.doc.line(problem.Path), problem.Path, "%s", problem.Message)
		}
	}
	return p
}

func (l *loader) stage(o *object) process.Stage {
	s := process.Stage{
		Name:       o.text("name", ""),
		Title:      title(o, "title", o.values["name"]),
		StartsOn:   o.texts("starts_on"),
		EndsOn:     o.texts("ends_on"),
		Calendar:   l.calendar(o, "calendar"),
		StuckAfter: o.duration("stuck_after", 0, 0),
		Next:       o.texts("next"),
		AfterClose: o.boolean("after_close"),
		Owner:      owner(o.object("owner")),
	}
	limit := o.object("limit")
	s.Limit = process.Limit{
		Within: limit.duration("within", 0, time.Second), Of: process.Wall,
		Objective: limit.share("objective"), WarnAt: limit.share("warn_at"),
	}
	if limit.oneOf("of", "wall", "wall", "working") == "working" {
		s.Limit.Of = process.Working
	}
	limit.done()
	for i, node := range o.list("overrides") {
		item := o.doc.mapping(node, index(o.at("overrides"), i))
		s.Overrides = append(s.Overrides, override(item))
	}
	o.done()
	return s
}

func override(o *object) process.Override {
	v := process.Override{When: o.text("when", ""), Within: o.duration("within", 0, time.Second)}
	if v.When != "" {
		holds, wrong := CompileCondition(v.When)
		v.Holds = holds
		o.faults("when", wrong)
	}
	o.done()
	return v
}

// title takes the key as a title: one text for both languages, or {en, zh}. A
// language that is left out takes the other's text; without a title the name
// stands for it.
func title(o *object, key string, name *yaml.Node) process.Text {
	if node := o.values[key]; node == nil || node.Kind != yaml.MappingNode {
		s := o.text(key, "")
		if s == "" && name != nil && name.Kind == yaml.ScalarNode {
			s = name.Value
		}
		return process.Text{EN: s, ZH: s}
	}
	o = o.object(key)
	t := process.Text{EN: o.text("en", ""), ZH: o.text("zh", "")}
	o.done()
	if t.EN == "" {
		t.EN = t.ZH
	}
	if t.ZH == "" {
		t.ZH = t.EN
	}
	return t
}

func zone(o *object, key string) *time.Location {
	name := o.text(key, "")
	if name == "" {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		o.report(key, "%q is no zone: name one of the tz database, such as Asia/Shanghai or UTC", name)
		return nil
	}
	return loc
}

// parent returns the path without its last key.
func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return path
}
