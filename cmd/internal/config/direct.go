package config

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/takt-orders/takt/ingest/order"
)

// The commonest conditions (a text or number compared with a constant, joined by
// &&, || and !) are judged without CEL's interpreter, as they are judged for each
// event: some 10 ns instead of 400. The result is the same; a fuzz test holds it.

// truth is what a condition is for an event.
type truth uint8

const (
	no truth = iota
	yes
	undecided // the event lacks something: an error to CEL
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

type judge = func(*order.Event) truth

// direct returns a judge of a checked expression; ok is false if it takes more
// than is done here.
func direct(e ast.Expr) (j judge, ok bool) {
	switch e.Kind() {
	case ast.SelectKind:
		if field, ok := fieldOf(e); ok && e.AsSelect().IsTestOnly() {
			known := field.known
			return func(e *order.Event) truth { return truthOf(known(e)) }, true
		}
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			return nil, false
		}
		return directCall(call.FunctionName(), call.Args())
	}
	return nil, false
}

func directCall(name string, args []ast.Expr) (judge, bool) {
	switch name {
	case operators.LogicalNot:
		a, ok := direct(args[0])
		return func(e *order.Event) truth {
			switch a(e) {
			case yes:
				return no
			case no:
				return yes
			default:
				return undecided
			}
		}, ok
	case operators.LogicalAnd, operators.LogicalOr:
		a, okA := direct(args[0])
		b, okB := direct(args[1])
		decisive := truthOf(name == operators.LogicalOr)
		return func(e *order.Event) truth {
			s := a(e)
			if s == decisive {
				return s
			}
			if t := b(e); t == decisive || s != undecided {
				return t
			}
			return undecided
		}, okA && okB
	case operators.In:
		return directIn(args[0], args[1])
	}
	if j, ok := compareTexts(name, args[0], args[1:]); ok {
		return j, true
	}
	return compareNumbers(name, args)
}

// directIn is a text in a list of constants.
func directIn(operand, list ast.Expr) (judge, bool) {
	text, ok := textOf(operand)
	if !ok || list.Kind() != ast.ListKind {
		return nil, false
	}
	var values []string
	for _, item := range list.AsList().Elements() {
		value, ok := constant(item).(types.String)
		if !ok {
			return nil, false
		}
		values = append(values, string(value))
	}
	return func(e *order.Event) truth {
		s, known := text(e)
		if !known {
			return undecided
		}
		return truthOf(slices.Contains(values, s))
	}, true
}

// compareTexts is a text == or != a constant, on either side.
func compareTexts(name string, left ast.Expr, rest []ast.Expr) (judge, bool) {
	if name != operators.Equals && name != operators.NotEquals || len(rest) != 1 {
		return nil, false
	}
	right := rest[0]
	if left.Kind() == ast.LiteralKind {
		left, right = right, left
	}
	text, ok := textOf(left)
	want, isText := constant(right).(types.String)
	if !ok || !isText {
		return nil, false
	}
	value, equal := string(want), name == operators.Equals
	return func(e *order.Event) truth {
		s, known := text(e)
		if !known {
			return undecided
		}
		return truthOf((s == value) == equal)
	}, true
}

// compareNumbers is a number of the event compared with a constant at its right.
func compareNumbers(name string, args []ast.Expr) (judge, bool) {
	if len(args) != 2 {
		return nil, false
	}
	field, ok := fieldOf(args[0])
	if !ok || field.number == nil || args[0].AsSelect().IsTestOnly() {
		return nil, false
	}
	var value float64
	switch v := constant(args[1]).(type) {
	case types.Double:
		value = float64(v)
	case types.Int:
		if value = float64(v); v > 1<<53 || v < -1<<53 {
			return nil, false
		}
	default:
		return nil, false
	}
	var compare func(a, b float64) bool
	switch name {
	case operators.Equals:
		compare = func(a, b float64) bool { return a == b }
	case operators.NotEquals:
		compare = func(a, b float64) bool { return a != b }
	case operators.Less:
		compare = func(a, b float64) bool { return a < b }
	case operators.LessEquals:
		compare = func(a, b float64) bool { return a <= b }
	case operators.Greater:
		compare = func(a, b float64) bool { return a > b }
	case operators.GreaterEquals:
		compare = func(a, b float64) bool { return a >= b }
	default:
		return nil, false
	}
	return func(e *order.Event) truth {
		if !field.known(e) {
			return undecided
		}
		return truthOf(compare(field.number(e), value))
	}, true
}

// constant returns the value of a literal, nil if e is none.
func constant(e ast.Expr) any {
	if e.Kind() != ast.LiteralKind {
		return nil
	}
	return e.AsLiteral()
}

// fieldOf returns the field that e selects from the event.
func fieldOf(e ast.Expr) (eventField, bool) {
	if e.Kind() != ast.SelectKind {
		return eventField{}, false
	}
	operand := e.AsSelect().Operand()
	if operand.Kind() != ast.IdentKind || operand.AsIdent() != eventVariable {
		return eventField{}, false
	}
	field, ok := eventFields()[e.AsSelect().FieldName()]
	return field, ok
}

// textOf returns how a text is read: a field, or attributes["key"]. The text is not
// known if the event lacks the attribute.
func textOf(e ast.Expr) (func(*order.Event) (string, bool), bool) {
	if field, ok := fieldOf(e); ok {
		text := field.text
		return func(e *order.Event) (string, bool) { return text(e), true }, text != nil && !e.AsSelect().IsTestOnly()
	}
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Index {
		return nil, false
	}
	args := e.AsCall().Args()
	key, ok := constant(args[1]).(types.String)
	if field, isField := fieldOf(args[0]); !ok || !isField || field.text != nil || field.number != nil {
		return nil, false
	}
	return func(e *order.Event) (string, bool) {
		for i := range e.Attributes {
			if e.Attributes[i].Key == string(key) {
				return e.Attributes[i].Value, true
			}
		}
		return "", false
	}, true
}
