package config_test

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/order"
)

func event() *order.Event {
	return &order.Event{
		OrderID: "SO-1", Channel: "vip", Activity: "order.placed", Region: "华东", Source: "shop",
		OccurredAt:  order.At(time.Date(2025, 11, 20, 10, 12, 13, 0, time.UTC)),
		Amount:      order.Decimal{Units: 129_950, Valid: true},
		PromiseKind: order.PromiseFirst,
		Attributes:  []order.Attribute{{Key: "rush", Value: "true"}, {Key: "rush", Value: "second"}},
	}
}

func TestCondition(t *testing.T) {
	for _, tc := range []struct {
		text string
		want bool
	}{
		{`event.channel == "vip"`, true},
		{`event.channel != "vip"`, false},
		{`event.channel in ["web", "vip"]`, true},
		{`event.region.startsWith("华")`, true},
		{`event.amount >= 1000`, true},
		{`event.amount == 1299.5`, true},
		{`event.amount > 1000 && event.channel == "web"`, false},
		{`event.occurred_at > timestamp("2025-11-20T00:00:00Z")`, true},
		{`event.occurred_at.getHours("Asia/Shanghai") == 18`, true},
		{`event.attributes["rush"] == "true"`, true},
		{`event.attributes.rush == "true"`, true},
		{`"rush" in event.attributes`, true},
		{`event.attributes.exists(k, k == "rush")`, true},
		{`event.promise_kind == "first"`, true},
		{`event.event_id.size() == 32`, true},
		{`event == event`, true},
		// What the event does not know: the condition does not hold, nor does its
		// opposite, unless another part decides.
		{`event.quantity < 5`, false},
		{`event.quantity >= 5`, false},
		{`!(event.quantity < 5)`, false},
		{`event.quantity < 5 || event.channel == "vip"`, true},
		{`has(event.quantity)`, false},
		{`!has(event.quantity)`, true},
		{`has(event.amount) && has(event.channel) && !has(event.carrier)`, true},
		{`event.promised_at > event.occurred_at`, false},
		{`event.attributes.gift == "true"`, false},
		{`event.attributes.gift != "true"`, false},
		{`has(event.attributes.gift)`, false},
		{`event.carrier == ""`, true},
		{`1 / 0 == 1`, false},
		{`!(event.channel == "vip" && event.amount > 1)`, false},
		{`event.amount > 1e3`, true},
		{`"vip" == event.channel`, true},
		{`event.channel.matches("^v")`, true},
		// Too much work: a million comparisons.
		{`[1,2,3,4,5,6,7,8,9,0].all(a, [1,2,3,4,5,6,7,8,9,0].all(b, [1,2,3,4,5,6,7,8,9,0].all(c,
			[1,2,3,4,5,6,7,8,9,0].all(d, [1,2,3,4,5,6,7,8,9,0].all(e, [1,2,3,4,5,6,7,8,9,0].all(f, a+b+c+d+e+f >= 0))))))`, false},
	} {
		holds, faults := config.CompileCondition(tc.text)
		if faults != nil {
			t.Errorf("%s: %v", tc.text, faults)
			continue
		}
		if got := holds(event()); got != tc.want {
			t.Errorf("%s: got %t, want %t", tc.text, got, tc.want)
		}
	}
}

func TestConditionOfAllFields(t *testing.T) {
	for _, field := range []string{
		"event_id", "order_id", "source_order", "unit", "process", "source", "channel", "activity", "actor", "owner", "region",
		"warehouse", "carrier", "supplier", "product", "customer_key", "currency", "promise_kind", "reason",
	} {
		if _, faults := config.CompileCondition("event." + field + ` == "x"`); faults != nil {
			t.Errorf("%s: %v", field, faults)
		}
	}
	for _, field := range []string{"occurred_at", "recorded_at", "promised_at"} {
		if _, faults := config.CompileCondition("event." + field + ` > timestamp("2025-01-01T00:00:00Z")`); faults != nil {
			t.Errorf("%s: %v", field, faults)
		}
	}
}

func BenchmarkCondition(b *testing.B) {
	for name, text := range map[string]string{
		"text":      `event.channel == "vip"`,
		"two":       `event.amount >= 1000 && event.channel == "vip"`,
		"attribute": `event.attributes["rush"] == "true"`,
		"unknown":   `event.quantity > 5`,
		"starts":    `event.region.startsWith("华")`,
		"exists":    `event.attributes.exists(k, k == "rush")`,
	} {
		b.Run(name, func(b *testing.B) {
			holds, faults := config.CompileCondition(text)
			if faults != nil {
				b.Fatal(faults)
			}
			e := event()
			b.ReportAllocs()
			for b.Loop() {
				holds(e)
			}
		})
	}
}

func BenchmarkCompileCondition(b *testing.B) {
	for b.Loop() {
		config.CompileCondition(`event.channel == "vip"`)
	}
}
