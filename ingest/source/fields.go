package source

import "iter"

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
