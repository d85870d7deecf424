package source

// Canonical returns the mapping of Takt's own JSON, as order.Event.AppendJSON
// writes it. The CloudEvents attributes id, source, type and time are taken
// where activity and occurred_at are absent; members of a CloudEvent's data are
// taken as if they stood at the top. event_id is the identity that Takt itself gave
// the event on its way through a topic, as order.Event.AppendIdentified writes it.
func Canonical() Mapping {
	at := func(name string, more ...string) Value {
		return Value{Path: append([]string{name, "data." + name}, more...)}
	}
	return Mapping{
		Times:    []string{"rfc3339"},
		Identity: Identity{Kind: "delivery", Path: []string{"id"}, Given: []string{"event_id"}, Moves: []string{"moves"}},
		Activity: Activity{From: Values{at("activity", "type")}},
		Fields: Fields{
			OrderID:     at("order_id"),
			SourceOrder: at("source_order"),
			Unit:        at("unit"),
			Source:      at("source"),
			Channel:     at("channel"),
			OccurredAt:  at("occurred_at", "time"),
			RecordedAt:  at("recorded_at"),
			Actor:       at("actor"),
			Owner:       at("owner"),
			Region:      at("region"),
			Warehouse:   at("warehouse"),
			Carrier:     at("carrier"),
			Supplier:    at("supplier"),
			Product:     at("product"),
			CustomerKey: at("customer_key"),
			Amount:      at("amount"),
			Currency:    at("currency"),
			Quantity:    at("quantity"),
			PromisedAt:  at("promised_at"),
			PromiseKind: at("promise_kind"),
			Reason:      at("reason"),
		},
		Attributes: map[string]Value{anyValue: at("attributes")},
	}
}
