package config

import (
	"errors"
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/takt-orders/takt/ingest/order"
)

// eventTypes adds takt.Event to CEL's types.
type eventTypes struct {
	types.Provider
	fields map[string]*types.FieldType
}

func newEventTypes(base types.Provider) *eventTypes {
	t := &eventTypes{base, map[string]*types.FieldType{}}
	for name, f := range eventFields() {
		optional := f.kind == cel.DoubleType || f.kind == cel.TimestampType
		unknown := fmt.Errorf("the event has no %s", name)
		t.fields[name] = &types.FieldType{
			Type: f.kind,
			IsSet: func(target any) bool {
				e, ok := target.(*order.Event)
				return ok && f.known(e)
			},
			GetFrom: func(target any) (any, error) {
				e, ok := target.(*order.Event)
				if !ok || optional && !f.known(e) {
					return nil, unknown
				}
				return f.get(e), nil
			},
		}
	}
	return t
}

// FindStructType returns the type of that name.
func (t *eventTypes) FindStructType(name string) (*types.Type, bool) {
	if name == eventType {
		return types.NewTypeTypeWithParam(types.NewObjectType(eventType)), true
	}
	return t.Provider.FindStructType(name)
}

// FindStructFieldNames returns the names of a type's fields.
func (t *eventTypes) FindStructFieldNames(name string) ([]string, bool) {
	if name != eventType {
		return t.Provider.FindStructFieldNames(name)
	}
	names := make([]string, 0, len(t.fields))
	for f := range t.fields {
		names = append(names, f)
	}
	return names, true
}

// FindStructFieldType returns how a field is read.
func (t *eventTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != eventType {
		return t.Provider.FindStructFieldType(name, field)
	}
	f, ok := t.fields[field]
	return f, ok
}

// NewValue refuses to make an event: conditions only look at one.
func (t *eventTypes) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if name == eventType {
		return types.NewErr("an event cannot be made")
	}
	return t.Provider.NewValue(name, fields)
}

// eventValue is an event as CEL sees it, and the scope of the one variable.
type eventValue struct{ event *order.Event }

var errNotNative = errors.New("an event is only read by its fields")

// ConvertToNative gives the event itself.
func (v eventValue) ConvertToNative(t reflect.Type) (any, error) {
	if t == reflect.TypeFor[*order.Event]() {
		return v.event, nil
	}
	return nil, errNotNative
}

// ConvertToType gives the event's type, nothing else.
func (v eventValue) ConvertToType(t ref.Type) ref.Val {
	if t.TypeName() == types.TypeType.TypeName() {
		return types.NewObjectType(eventType)
	}
	return types.WrapErr(errNotNative)
}

// Equal compares by identity: there is only one event.
func (v eventValue) Equal(other ref.Val) ref.Val {
	w, ok := other.(eventValue)
	return types.Bool(ok && v.event == w.event)
}

// Type returns the event's type.
func (v eventValue) Type() ref.Type { return types.NewObjectType(eventType) }

// Value returns the event.
func (v eventValue) Value() any { return v.event }

// ResolveName returns the event for its variable's name.
func (v eventValue) ResolveName(name string) (any, bool) { return v, name == eventVariable }

// Parent returns nil: there is nothing else in scope.
func (v eventValue) Parent() cel.Activation { return nil }

const eventVariable = "event"
