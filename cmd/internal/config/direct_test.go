package config

import (
	"strconv"
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
			if got, want := j(e, nil) == yes, holds(e); got != want {
				t.Errorf("%s: got %t, want %t for %+v", text, got, want, e)
			}
		}
	})
}

// earlier is an order as a rule sees it whose fields all said the same.
type earlier struct {
	number, text string
	said         bool
}

func (k earlier) Visited(string) bool { return k.said }
func (k earlier) Seen(string) bool    { return k.said }
func (k earlier) Field(name string, _ bool) (string, bool) {
	if name == "amount" || name == "quantity" {
		return k.number, k.said
	}
	return k.text, k.said
}

func (k earlier) Number(string, bool) (float64, bool) {
	n, err := strconv.ParseFloat(k.number, 64)
	return n, k.said && err == nil
}

// FuzzDirectRule holds that what a rule asks of the order is judged as CEL does.
func FuzzDirectRule(f *testing.F) {
	for _, text := range []string{
		`event.amount != order.first("amount")`, `event.attributes["rush"] != order.first("attributes.rush")`,
		`order.amount > 100.5 || order.last("carrier") == event.carrier`, `!(order.last("quantity") <= event.quantity)`,
		`event.amount == order.first("carrier")`, `order.first("carrier") in ["web"] && event.amount >= order.amount`,
		`order.visited("pick") && event.amount < 5`, `has(order.amount)`,
	} {
		f.Add(text, "web", int64(129_950), true, "1299.5")
		f.Add(text, "", int64(0), false, "-")
	}
	env, err := ruleEnv()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, channel string, units int64, known bool, said string) {
		checked, issues := env.Compile(text)
		if issues.Err() != nil {
			return
		}
		j, ok := direct(checked.NativeRep().Expr())
		if !ok {
			return
		}
		holds, faults := knowsInterpreted(env, checked)
		if faults != nil {
			t.Fatal(faults)
		}
		number := order.Decimal{Units: units, Valid: known}
		for _, e := range []*order.Event{
			{Channel: channel, Amount: number},
			{Carrier: channel, Quantity: number, Attributes: []order.Attribute{{Key: "rush", Value: said}, {Key: said, Value: channel}}},
		} {
			for _, k := range []earlier{{said, channel, true}, {strconv.FormatFloat(float64(units)/100, 'f', 2, 64), said, true}, {}} {
				if got, want := j(e, k) == yes, holds(e, k); got != want {
					t.Errorf("%s: got %t, want %t for %+v of %+v", text, got, want, e, k)
				}
			}
		}
	})
}
