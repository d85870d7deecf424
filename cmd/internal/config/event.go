package config

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/takt-orders/takt/ingest/order"
)

// eventType is the type of the variable "event" of a condition.
const eventType = "takt.Event"

// eventField is a field of an event as conditions see it. get is only called for
// a number or time that the event knows; a text is always known, if only empty.
type eventField struct {
	kind   *cel.Type
	known  func(*order.Event) bool
	get    func(*order.Event) ref.Val
	text   func(*order.Event) string  // of a text
	number func(*order.Event) float64 // of a number
}

// eventFields returns the fields by their columns' names.
func eventFields() map[string]eventField {
	fields := map[string]eventField{
		"event_id":     textField(func(e *order.Event) string { return e.ID.String() }),
		"order_id":     textField(func(e *order.Event) string { return e.OrderID }),
		"source_order": textField(func(e *order.Event) string { return e.SourceOrder }),
		"unit":         textField(func(e *order.Event) string { return e.Unit }),
		"process":      textField(func(e *order.Event) string { return e.Process }),
		"source":       textField(func(e *order.Event) string { return e.Source }),
		"channel":      textField(func(e *order.Event) string { return e.Channel }),
		"activity":     textField(func(e *order.Event) string { return e.Activity }),
		"actor":        textField(func(e *order.Event) string { return e.Actor }),
		"owner":        textField(func(e *order.Event) string { return e.Owner }),
		"region":       textField(func(e *order.Event) string { return e.Region }),
		"warehouse":    textField(func(e *order.Event) string { return e.Warehouse }),
		"carrier":      textField(func(e *order.Event) string { return e.Carrier }),
		"supplier":     textField(func(e *order.Event) string { return e.Supplier }),
		"product":      textField(func(e *order.Event) string { return e.Product }),
		"customer_key": textField(func(e *order.Event) string { return e.CustomerKey }),
		"currency":     textField(func(e *order.Event) string { return e.Currency }),
		"promise_kind": textField(func(e *order.Event) string { return e.PromiseKind.String() }),
		"reason":       textField(func(e *order.Event) string { return e.Reason }),
		"amount":       decimalField(100, func(e *order.Event) order.Decimal { return e.Amount }),
		"quantity":     decimalField(1000, func(e *order.Event) order.Decimal { return e.Quantity }),
		"occurred_at":  timeField(func(e *order.Event) order.Instant { return e.OccurredAt }),
		"recorded_at":  timeField(func(e *order.Event) order.Instant { return e.RecordedAt }),
		"promised_at":  timeField(func(e *order.Event) order.Instant { return e.PromisedAt }),
	}
	fields["attributes"] = eventField{
		kind:  cel.MapType(cel.StringType, cel.StringType),
		known: func(e *order.Event) bool { return len(e.Attributes) > 0 },
		get: func(e *order.Event) ref.Val {
			m := make(map[string]string, len(e.Attributes))
			for _, a := range e.Attributes {
				if _, seen := m[a.Key]; !seen {
					m[a.Key] = a.Value
				}
			}
			return types.NewStringStringMap(types.DefaultTypeAdapter, m)
		},
	}
	return fields
}

func textField(get func(*order.Event) string) eventField {
	return eventField{
		kind:  cel.StringType,
		known: func(e *order.Event) bool { return get(e) != "" },
		get:   func(e *order.Event) ref.Val { return types.String(get(e)) },
		text:  get,
	}
}

func decimalField(scale float64, get func(*order.Event) order.Decimal) eventField {
	number := func(e *order.Event) float64 { return float64(get(e).Units) / scale }
	return eventField{
		kind:   cel.DoubleType,
		known:  func(e *order.Event) bool { return get(e).Valid },
		get:    func(e *order.Event) ref.Val { return types.Double(number(e)) },
		number: number,
	}
}

func timeField(get func(*order.Event) order.Instant) eventField {
	return eventField{
		kind:  cel.TimestampType,
		known: func(e *order.Event) bool { return get(e).Known() },
		get:   func(e *order.Event) ref.Val { return types.Timestamp{Time: get(e).Time()} },
	}
}
