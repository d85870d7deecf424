package config

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// compiled is the condition of a rule, taken apart: what the event alone decides is
// judged once, when the event comes; the rest each time that the order is looked at.
type compiled struct {
	on     string // the activity that it is judged at
	holds  func(*order.Event) bool
	knows  func(*order.Event, process.Known) bool
	keeps  []string // fields that knows reads, beyond the kept ones
	stages []string // stages it asks for
	faults []Fault
}

// compileRule compiles a condition over event and order. Its parts, joined by &&,
// that do not mention the order are its event's; there has to be one, or the
// condition would be judged at every event.
func compileRule(text string) compiled {
	env, err := ruleEnv()
	if err != nil {
		return compiled{faults: []Fault{{1, err.Error()}}}
	}
	checked, faults := checkCondition(env, text)
	if faults != nil {
		return compiled{faults: faults}
	}
	tree := checked.NativeRep()
	var on string
	var events, orders []string
	reader := &reader{}
	for _, part := range conjuncts(tree.Expr()) {
		written, err := parser.Unparse(part, tree.SourceInfo())
		switch {
		case err != nil:
			return compiled{faults: []Fault{{1, err.Error()}}}
		case mentions(part, orderVariable):
			orders = append(orders, "("+written+")")
			reader.read(part)
		case on == "" && activityOf(part) != "":
			on = activityOf(part)
		default:
			events = append(events, "("+written+")")
		}
	}
	c := compiled{on: on, keeps: reader.keeps, stages: reader.stages}
	for _, message := range reader.faults {
		c.faults = append(c.faults, Fault{1, message})
	}
	if len(events) == 0 && on == "" {
		c.faults = append(c.faults, Fault{1, `looks at the order only: add at which event, such as event.activity == "order.paid" && ...`})
	}
	if len(c.faults) > 0 {
		return c
	}
	if len(events) > 0 {
		c.holds, c.faults = CompileCondition(strings.Join(events, " && "))
	}
	if len(orders) > 0 && len(c.faults) == 0 {
		c.knows, c.faults = knows(env, strings.Join(orders, " && "))
	}
	return c
}

// knows compiles what a rule asks of the event and its order.
func knows(env *cel.Env, text string) (func(*order.Event, process.Known) bool, []Fault) {
	checked, faults := checkCondition(env, text)
	if faults != nil {
		return nil, faults
	}
	if holds, ok := direct(checked.NativeRep().Expr()); ok {
		return func(e *order.Event, k process.Known) bool { return holds(e, k) == yes }, nil
	}
	return knowsInterpreted(env, checked)
}

// knowsInterpreted evaluates a checked condition over event and order by CEL itself.
func knowsInterpreted(env *cel.Env, checked *cel.Ast) (func(*order.Event, process.Known) bool, []Fault) {
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, []Fault{{1, err.Error()}}
	}
	return func(e *order.Event, k process.Known) bool {
		result, _, err := program.Eval(scope{eventValue{e}, orderValue{k}})
		return err == nil && result == types.True
	}, nil
}

// activityOf returns x of a part event.activity == "x", else empty.
func activityOf(e ast.Expr) string {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Equals {
		return ""
	}
	args := e.AsCall().Args()
	if args[0].Kind() == ast.LiteralKind {
		args = []ast.Expr{args[1], args[0]}
	}
	if args[0].Kind() != ast.SelectKind || args[0].AsSelect().FieldName() != "activity" || !mentions(args[0], eventVariable) {
		return ""
	}
	activity, _ := constant(args[1]).(types.String)
	return string(activity)
}

// conjuncts returns the parts that && joins.
func conjuncts(e ast.Expr) []ast.Expr {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalAnd {
		args := e.AsCall().Args()
		return append(conjuncts(args[0]), conjuncts(args[1])...)
	}
	return []ast.Expr{e}
}

// mentions reports whether e uses the variable.
func mentions(e ast.Expr, variable string) bool {
	found := false
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		found = found || e.Kind() == ast.IdentKind && e.AsIdent() == variable
	}))
	return found
}

// reader collects what the part of a condition that looks at the order reads.
type reader struct{ keeps, stages, faults []string }

func (r *reader) read(e ast.Expr) {
	attributes := map[int64]bool{} // selections of attributes that a key follows
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.CallKind:
			r.call(e.AsCall(), attributes)
		case ast.SelectKind:
			if operand := e.AsSelect().Operand(); operand.Kind() == ast.IdentKind && operand.AsIdent() == eventVariable {
				r.field(e.AsSelect().FieldName(), attributes[e.ID()])
			} else if operand.Kind() == ast.IdentKind && operand.AsIdent() == orderVariable {
				r.keep(e.AsSelect().FieldName())
			}
		}
	}))
}

func (r *reader) call(call ast.CallExpr, attributes map[int64]bool) {
	literal := func(e ast.Expr) (string, bool) {
		s, ok := constant(e).(types.String)
		return string(s), ok
	}
	args := call.Args()
	switch name := call.FunctionName(); {
	case name == operators.Index || name == operators.In:
		m, key := args[0], args[1]
		if name == operators.In {
			m, key = key, m
		}
		if isAttributes(m) {
			if s, ok := literal(key); ok {
				attributes[m.ID()] = true
				r.keep("attributes." + s)
			}
		}
	case !call.IsMemberFunction():
	case name == "visited":
		if s, ok := literal(args[0]); ok {
			r.stages = append(r.stages, s)
		} else {
			r.fault("order.visited takes a stage's name in quotes")
		}
	case name == "first" || name == "last":
		if s, ok := literal(args[0]); !ok {
			r.fault("order.%s takes a field's name in quotes", name)
		} else if !slices.Contains(keptFields(), s) && !strings.HasPrefix(s, "attributes.") {
			r.fault("order.%s: an order has no field %q; %s", name, s, suggest(s, append(keptFields(), "attributes.<name>"), "it has"))
		} else {
			r.keep(s)
		}
	}
}

func isAttributes(e ast.Expr) bool {
	return e.Kind() == ast.SelectKind && e.AsSelect().FieldName() == "attributes" && mentions(e, eventVariable)
}

// field notes a field of the event; keyed tells that a key of its attributes follows.
func (r *reader) field(name string, keyed bool) {
	switch name {
	case "event_id", "source_order", "recorded_at":
		r.fault("event.%s is not kept for comparing with the order: join what looks at it by && of its own", name)
	case "attributes":
		if !keyed {
			r.fault(`event.attributes beside the order takes a name in quotes: event.attributes["name"]`)
		}
	default:
		r.keep(name)
	}
}

// keep notes a field that the tracker does not keep by itself.
func (r *reader) keep(name string) {
	if (name == "quantity" || strings.HasPrefix(name, "attributes.")) && !slices.Contains(r.keeps, name) {
		if strings.ContainsAny(name, "=\x00") {
			r.fault("attribute %q cannot be compared with the order: its name holds a =", name)
			return
		}
		r.keeps = append(r.keeps, name)
	}
}

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// keptFields are the fields that an order remembers of each event.
func keptFields() []string {
	return []string{
		"activity", "actor", "amount", "carrier", "channel", "currency", "customer_key", "owner", "product", "quantity",
		"reason", "region", "source", "supplier", "unit", "warehouse",
	}
}
