package config

import (
	"testing"

	"github.com/takt-orders/takt/ingest/order"
)

// FuzzDirect holds that a condition judged directly is judged as CEL does.
func FuzzDirect(f *testing.F) {
	for _, text := range []string{
		`event.channel == "vip"`, `"vip" != event.channel`, `event.channel in ["web", "vip"]`,
		`event.amount >= 1000 && event.channel == "vip" || event.quantity < 5.5`, `!(event.amount == 1299.5)`,
		`event.attributes["rush"] == "true" || has(event.quantity)`, `!(event.quantity > 1 && event.carrier == "")`,
		`event.channel == "web" || event.quantity != 2.0`, `event.attributes["gift"] in ["a"] || true`,
	} {
		f.Add(text, "vip", int64(129_950), true, "true")
		f.Add(text, "", int64(0), false, "a")
	}
	env, err := conditionEnv()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, channel string, units int64, known bool, attribute string) {
		ast, issues := env.Compile(text)
		if issues.Err() != nil {
			return
		}
		j, ok := direct(ast.NativeRep().Expr())
		if !ok {
			return
		}
		holds, faults := interpreted(env, ast)
		if faults != nil {
			t.Fatal(faults)
		}
		for _, e := range []*order.Event{
			{Channel: channel, Amount: order.Decimal{Units: units, Valid: known}},
			{
				Carrier: channel, Quantity: order.Decimal{Units: units, Valid: known},
				Attributes: []order.Attribute{{Key: "rush", Value: attribute}, {Key: attribute, Value: channel}},
			},
			{},
		} {
			if got, want := j(e) == yes, holds(e); got != want {
				t.Errorf("%s: got %t, want %t for %+v", text, got, want, e)
			}
		}
	})
}
