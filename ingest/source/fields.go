package source

import (
	"iter"
	"maps"
	"slices"
	"strconv"
)

// All returns every field, with the name it has in YAML, in the order of Fields.
func (f *Fields) All() iter.Seq2[string, *Value] {
	return func(yield func(string, *Value) bool) {
		for _, v := range []struct {
			name  string
			value *Value
		}{
			{"order_id", &f.OrderID},
			{"source_order", &f.SourceOrder},
			{"unit", &f.Unit},
			{"source", &f.Source},
			{"channel", &f.Channel},
			{"occurred_at", &f.OccurredAt},
			{"recorded_at", &f.RecordedAt},
			{"actor", &f.Actor},
			{"owner", &f.Owner},
			{"region", &f.Region},
			{"warehouse", &f.Warehouse},
			{"carrier", &f.Carrier},
			{"supplier", &f.Supplier},
			{"product", &f.Product},
			{"customer", &f.Customer},
			{"customer_key", &f.CustomerKey},
			{"amount", &f.Amount},
			{"currency", &f.Currency},
			{"quantity", &f.Quantity},
			{"promised_at", &f.PromisedAt},
			{"promise_kind", &f.PromiseKind},
			{"reason", &f.Reason},
		} {
			if !yield(v.name, v.value) {
				return
			}
		}
	}
}

// Values returns every value of the mapping, with its key path as Validate tells it.
// A Program that is set on one stays with the mapping.
func (m *Mapping) Values() iter.Seq2[string, *Value] {
	return func(yield func(string, *Value) bool) {
		for name, v := range m.Fields.All() {
			if !yield("fields."+name, v) {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
			v := m.Attributes[name]
			more := yield("attributes."+name, &v)
			if v.Program != m.Attributes[name].Program { // else the map is only read: decoders share it
				m.Attributes[name] = v
			}
			if !more {
				return
			}
		}
		from := m.Activity.From
		for i := range from {
			at := "activity.from"
			if len(from) > 1 {
				at += "[" + strconv.Itoa(i) + "]"
			}
			if !yield(at, &from[i]) {
				return
			}
		}
		yield("activity.was", &m.Activity.Was)
	}
}
