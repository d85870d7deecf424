package config

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/metrics/process"
)

// rule reads one rule of a process whose stages are read already.
func rule(o *object, p *process.Process) process.Rule {
	r := process.Rule{
		Name: o.text("name", ""), When: o.text("when", ""), Require: o.distinct("require"), Before: o.text("before", ""),
		Skip: o.distinct("skip"),
	}
	if o.has("raise") {
		r.Raise = raise(o.object("raise"))
	}
	if r.When != "" {
		c := compileRule(r.When)
		r.On, r.Holds, r.Knows, r.Keeps = c.on, c.holds, c.knows, c.keeps
		for _, name := range c.stages {
			if p.StageIndex(name) < 0 {
				c.faults = append(c.faults, Fault{1, "order.visited: " + noStage(name, p)})
			}
		}
		o.faults("when", c.faults)
	}
	o.done()
	return r
}

func raise(o *object) *process.Raise {
	who := o.object("owner")
	r := &process.Raise{
		Kind: o.text("kind", ""), Severity: severity(o), Stage: o.text("stage", ""), Cause: title(o, "cause", nil),
		Owner: process.Owner{Person: who.text("person", ""), Team: who.text("team", "")},
	}
	who.done()
	o.done()
	return r
}

// faults reports what is wrong with the condition under the key.
func (o *object) faults(key string, wrong []Fault) {
	for _, w := range wrong {
		line := o.values[key].Line + w.Line - 1
		if style := o.values[key].Style; style == yaml.LiteralStyle || style == yaml.FoldedStyle {
			line++ // the text begins below its sign
		}
		o.doc.report(line, o.at(key), "%s", w.Message)
	}
}

// noStage says that name is no stage of p.
func noStage(name string, p *process.Process) string {
	var names []string
	for i := range p.Stages {
		names = append(names, p.Stages[i].Name)
	}
	return "\"" + name + "\" is not a stage; " + suggest(name, names, "stages are")
}

// owner reads who acts on a stage.
func owner(o *object) process.Owner {
	w := process.Owner{
		Person: o.text("person", ""), Team: o.text("team", ""), EscalateTo: o.text("escalate_to", ""),
		EscalateAfter: o.duration("escalate_after", 0, time.Second),
	}
	o.done()
	return w
}

func severity(o *object) process.Severity {
	switch o.oneOf("severity", "", "info", "warning", "critical") {
	case "info":
		return process.Info
	case "warning":
		return process.Warning
	case "critical":
		return process.Critical
	default:
		return 0
	}
}

// handlings reads how kinds of exception are treated.
func handlings(o *object) []process.Handling {
	var all []process.Handling
	for _, kind := range o.names {
		h := o.object(kind)
		who := h.object("owner")
		all = append(all, process.Handling{
			Kind: kind, Title: title(h, "title", nil), Severity: severity(h),
			Owner:         process.Owner{Person: who.text("person", ""), Team: who.text("team", ""), EscalateTo: who.text("escalate_to", "")},
			Each:          h.oneOf("notify", "group", "group", "each") == "each",
			EscalateAfter: h.duration("escalate_after", 0, time.Second),
		})
		who.done()
		h.done()
	}
	o.done()
	return all
}

// reasons reads the causes of delay.
func reasons(o *object) []process.Reason {
	var all []process.Reason
	for _, name := range o.names {
		r := o.object(name)
		all = append(all, process.Reason{Name: name, Title: title(r, "title", o.keys[name]), Team: r.required("team", "name the team that answers for it")})
		r.done()
	}
	o.done()
	return all
}
