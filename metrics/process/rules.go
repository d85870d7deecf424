package process

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
)

// prepareRules looks up the stages and fields that the rules name.
func (p *Plan) prepareRules() {
	for i := range p.Rules {
		r := &p.Rules[i]
		way := way{require: p.stages(r.Require), skip: p.stages(r.Skip), before: p.StageIndex(r.Before), raised: -1}
		if r.Raise != nil {
			way.raised = p.StageIndex(r.Raise.Stage)
		}
		p.ways = append(p.ways, way)
		if r.Holds == nil {
			p.plain |= 1 << i
		}
		for _, name := range r.Keeps {
			if !slices.Contains(p.keeps, name) {
				p.keeps = append(p.keeps, name)
			}
		}
	}
	slices.Sort(p.keeps)
}

// prepareKinds looks up once how kinds and reasons are treated.
func (p *Plan) prepareKinds() {
	p.kinds, p.cause = map[string]Handling{}, map[string]Reason{}
	for _, k := range Kinds() {
		p.kinds[k.Name] = p.Process.Handling(k.Name)
	}
	for i := range p.Exceptions {
		p.kinds[p.Exceptions[i].Kind] = p.Process.Handling(p.Exceptions[i].Kind)
	}
	for _, r := range p.Reasons {
		p.cause[r.Name] = r
	}
}

// Handling returns how the process treats the kind, as Process.Handling does.
func (p *Plan) Handling(kind string) Handling {
	if h, ok := p.kinds[kind]; ok {
		return h
	}
	return Handling{Kind: kind, Title: Text{kind, kind}, Severity: Warning}
}

// CauseTeam returns who answers for a reason, empty if nobody is named.
func (p *Plan) CauseTeam(reason string) string { return p.cause[reason].Team }

// ruled returns, as bits, the rules that are judged at the activity.
func (p *Plan) ruled(activity string) uint64 {
	var set uint64
	for i := range p.Rules {
		if on := p.Rules[i].On; on == "" || on == activity {
			set |= 1 << i
		}
	}
	return set
}

// Ruled returns, as bits, which rules hold for an event that does step and has these
// conditions, as far as the event alone decides.
func (p *Plan) Ruled(step *Step, conditions uint64) uint64 {
	if step.Rules == 0 {
		return 0
	}
	return step.Rules & (p.plain | bits.Reverse64(conditions))
}

// way is what a rule says about stages, as bits and positions; -1 is none.
type way struct {
	require, skip  uint64
	before, raised int
}

// Required returns, as bits, the stages that rule i requires before the stage of
// that position, -1 being the order's completion.
func (p *Plan) Required(i, before int) uint64 {
	if w := &p.ways[i]; w.before == before {
		return w.require
	}
	return 0
}

// Requires returns, as bits, the stages that rule i requires at all.
func (p *Plan) Requires(i int) uint64 { return p.ways[i].require }

// Skippable returns, as bits, the stages that rule i lets an order leave out.
func (p *Plan) Skippable(i int) uint64 { return p.ways[i].skip }

// RaisedAt returns the position of the stage of the exception that rule i raises, -1
// if it is of the order as a whole.
func (p *Plan) RaisedAt(i int) int { return p.ways[i].raised }

func (p *Plan) stages(names []string) uint64 {
	var set uint64
	for _, n := range names {
		set |= 1 << p.StageIndex(n)
	}
	return set
}

// factsEnd separates kept fields; it cannot stand in one.
const factsEnd = "\x00"

// Facts returns the fields of e that rules ask for beyond what is kept of every
// event, in one text that FactIn reads; empty if there are none.
func (p *Plan) Facts(e *order.Event) string {
	if len(p.keeps) == 0 || !e.Quantity.Valid && len(e.Attributes) == 0 {
		return ""
	}
	var facts strings.Builder
	for _, name := range p.keeps {
		var value string
		if key, ok := strings.CutPrefix(name, "attributes."); ok {
			value = e.Attr(key)
		} else if name == "quantity" {
			value = e.Quantity.Text(3)
		}
		if value != "" {
			facts.WriteString(name + "=" + strings.ReplaceAll(value, factsEnd, "") + factsEnd)
		}
	}
	return facts.String()
}

// Recall gives e the quantity and the attributes that stand in facts.
func (p *Plan) Recall(e *order.Event, facts string) {
	if facts == "" {
		return
	}
	for _, name := range p.keeps {
		value, ok := FactIn(facts, name)
		if !ok {
			continue
		}
		if key, ok := strings.CutPrefix(name, "attributes."); ok {
			e.Attributes = append(e.Attributes, order.Attribute{Key: key, Value: value})
		} else if n, err := strconv.ParseFloat(value, 64); err == nil {
			e.Quantity = order.Decimal{Units: int64(math.Round(n * 1000)), Valid: true}
		}
	}
}

// FactIn returns the field of that name in facts, false if it is not there.
func FactIn(facts, name string) (string, bool) {
	for fact := range strings.SplitSeq(facts, factsEnd) {
		if key, value, found := strings.Cut(fact, "="); found && key == name {
			return value, true
		}
	}
	return "", false
}
