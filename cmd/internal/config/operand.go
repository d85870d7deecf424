package config

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// operand is one side of a comparison that is judged directly: a text or a number,
// or neither, if e takes CEL to evaluate. Its value is not known if no event gave it.
type operand struct {
	text   textOperand
	number numberOperand
}

type (
	textOperand   func(*order.Event, process.Known) (string, bool)
	numberOperand func(*order.Event, process.Known) (float64, bool)
)

// operandOf returns how a literal, a field of the event or of the order, an attribute
// or what the order said first or last is read.
func operandOf(e ast.Expr) operand {
	switch e.Kind() {
	case ast.LiteralKind:
		return literalOperand(e)
	case ast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return operand{}
		}
		if selects(e, orderVariable) {
			return saidOperand(e.AsSelect().FieldName(), true)
		}
		field, _ := fieldOf(e)
		return fieldOperand(field)
	case ast.CallKind:
		return callOperand(e.AsCall())
	}
	return operand{}
}

func literalOperand(e ast.Expr) operand {
	number := func(n float64) operand {
		return operand{number: func(*order.Event, process.Known) (float64, bool) { return n, true }}
	}
	switch v := constant(e).(type) {
	case types.String:
		return operand{text: func(*order.Event, process.Known) (string, bool) { return string(v), true }}
	case types.Double:
		return number(float64(v))
	case types.Int:
		if v <= 1<<53 && v >= -1<<53 { // beyond, a double is not the number
			return number(float64(v))
		}
	}
	return operand{}
}

func fieldOperand(field eventField) operand {
	switch {
	case field.text != nil:
		return operand{text: func(e *order.Event, _ process.Known) (string, bool) { return field.text(e), true }}
	case field.number != nil:
		return operand{number: func(e *order.Event, _ process.Known) (float64, bool) { return field.number(e), field.known(e) }}
	default:
		return operand{}
	}
}

// callOperand is event.attributes["key"], order.first("field") or order.last("field").
func callOperand(call ast.CallExpr) operand {
	name, args := call.FunctionName(), call.Args()
	switch {
	case name == operators.Index:
		key, ok := constant(args[1]).(types.String)
		if !ok || !isAttributes(args[0]) {
			return operand{}
		}
		return operand{text: func(e *order.Event, _ process.Known) (string, bool) {
			for i := range e.Attributes {
				if e.Attributes[i].Key == string(key) {
					return e.Attributes[i].Value, true
				}
			}
			return "", false
		}}
	case call.IsMemberFunction() && (name == "first" || name == "last"):
		if field, ok := constant(args[0]).(types.String); ok {
			return saidOperand(string(field), name == "last")
		}
	}
	return operand{}
}

// saidOperand is what the order said of a field first or last.
func saidOperand(field string, last bool) operand {
	if field != "amount" && field != "quantity" {
		return operand{text: func(_ *order.Event, k process.Known) (string, bool) { return k.Field(field, last) }}
	}
	return operand{number: func(_ *order.Event, k process.Known) (float64, bool) { return k.Number(field, last) }}
}
