package config

import (
	"errors"
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/takt-orders/takt/metrics/process"
)

// orderVariable is the variable "order" of a rule's condition: what the order's
// events said before the one at hand. It has amount and quantity, as said last, and
//
//	order.visited("stage")    whether it has entered the stage
//	order.seen("activity")    whether the activity has happened
//	order.first("field")      what a field had first, order.last("field") what it had last
//
// What no event said makes a condition undecided, so that it does not hold.
const (
	orderVariable = "order"
	orderType     = "takt.Order"
)

// ruleEnv is the environment of conditions that look at the order too.
func ruleEnv() (*cel.Env, error) {
	base, err := conditionEnv()
	if err != nil {
		return nil, err
	}
	object := cel.ObjectType(orderType)
	ask := func(name string, result *cel.Type, answer func(process.Known, string) ref.Val) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload("order_"+name, []*cel.Type{object, cel.StringType}, result,
			cel.BinaryBinding(func(order, argument ref.Val) ref.Val {
				o, isOrder := order.(orderValue)
				s, isText := argument.(types.String)
				if !isOrder || !isText {
					return types.MaybeNoSuchOverloadErr(order)
				}
				return answer(o.known, string(s))
			})))
	}
	env, err := base.Extend(
		cel.CustomTypeProvider(orderTypes{base.CELTypeProvider()}),
		cel.Variable(orderVariable, object),
		ask("visited", cel.BoolType, func(k process.Known, s string) ref.Val { return types.Bool(k.Visited(s)) }),
		ask("seen", cel.BoolType, func(k process.Known, s string) ref.Val { return types.Bool(k.Seen(s)) }),
		ask("first", cel.DynType, func(k process.Known, s string) ref.Val { return said(k, s, false) }),
		ask("last", cel.DynType, func(k process.Known, s string) ref.Val { return said(k, s, true) }),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare rules: %w", err)
	}
	return env, nil
}

// said returns what a field had first or last, an error if no event gave it.
func said(k process.Known, name string, last bool) ref.Val {
	if name == "amount" || name == "quantity" {
		if n, ok := k.Number(name, last); ok {
			return types.Double(n)
		}
	} else if value, ok := k.Field(name, last); ok {
		return types.String(value)
	}
	return types.NewErr("the order has no %s", name)
}

// orderTypes adds takt.Order to CEL's types.
type orderTypes struct{ types.Provider }

// FindStructType returns the type of that name.
func (t orderTypes) FindStructType(name string) (*types.Type, bool) {
	if name == orderType {
		return types.NewTypeTypeWithParam(types.NewObjectType(orderType)), true
	}
	return t.Provider.FindStructType(name)
}

// FindStructFieldNames returns the names of a type's fields.
func (t orderTypes) FindStructFieldNames(name string) ([]string, bool) {
	if name == orderType {
		return []string{"amount", "quantity"}, true
	}
	return t.Provider.FindStructFieldNames(name)
}

// FindStructFieldType returns how a field is read.
func (t orderTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != orderType {
		return t.Provider.FindStructFieldType(name, field)
	}
	if field != "amount" && field != "quantity" {
		return nil, false
	}
	return &types.FieldType{
		Type: cel.DoubleType,
		IsSet: func(target any) bool {
			k, ok := target.(process.Known)
			_, known := "", false
			if ok {
				_, known = k.Field(field, true)
			}
			return known
		},
		GetFrom: func(target any) (any, error) {
			k, ok := target.(process.Known)
			if !ok {
				return nil, errNotNative
			}
			if v := said(k, field, true); !types.IsError(v) {
				return v, nil
			}
			return nil, fmt.Errorf("the order has no %s", field)
		},
	}, true
}

// NewValue refuses to make an order: conditions only look at one.
func (t orderTypes) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if name == orderType {
		return types.NewErr("an order cannot be made")
	}
	return t.Provider.NewValue(name, fields)
}

// orderValue is an order as CEL sees it.
type orderValue struct{ known process.Known }

// ConvertToNative gives what is known of the order.
func (v orderValue) ConvertToNative(t reflect.Type) (any, error) {
	if t == reflect.TypeFor[process.Known]() {
		return v.known, nil
	}
	return nil, errors.New("an order is only read by its fields and questions")
}

// ConvertToType gives the order's type, nothing else.
func (v orderValue) ConvertToType(t ref.Type) ref.Val {
	if t.TypeName() == types.TypeType.TypeName() {
		return types.NewObjectType(orderType)
	}
	return types.WrapErr(errNotNative)
}

// Equal holds for orders: there is only one.
func (v orderValue) Equal(other ref.Val) ref.Val {
	_, ok := other.(orderValue)
	return types.Bool(ok)
}

// Type returns the order's type.
func (v orderValue) Type() ref.Type { return types.NewObjectType(orderType) }

// Value returns what is known of the order.
func (v orderValue) Value() any { return v.known }

// scope holds the variables of a rule's condition.
type scope struct {
	event eventValue
	order orderValue
}

// ResolveName returns the variable of that name.
func (s scope) ResolveName(name string) (any, bool) {
	switch name {
	case eventVariable:
		return s.event, true
	case orderVariable:
		return s.order, true
	default:
		return nil, false
	}
}

// Parent returns nil: there is nothing else in scope.
func (s scope) Parent() cel.Activation { return nil }
