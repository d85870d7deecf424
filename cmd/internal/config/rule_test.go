package config_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// past is what a rule may ask of an order, as a table.
type past struct {
	stages, activities []string
	first, last        map[string]string
}

var _ process.Known = past{}

func (p past) Visited(stage string) bool { return strings.Contains(strings.Join(p.stages, " "), stage) }

func (p past) Seen(activity string) bool {
	return strings.Contains(strings.Join(p.activities, " "), activity)
}

func (p past) Field(name string, last bool) (string, bool) {
	m := p.first
	if last {
		m = p.last
	}
	s, ok := m[name]
	return s, ok
}

func (p past) Number(name string, last bool) (float64, bool) {
	s, _ := p.Field(name, last)
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// loadRules loads a process file that ends with the given text.
func loadRules(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	own := `process: own
timezone: UTC
opens_on: [placed]
closes_on: {completed: [delivered]}
stages:
  - {name: review, starts_on: [placed], ends_on: [approved]}
  - {name: pay, starts_on: [approved], ends_on: [paid]}
  - {name: ship, starts_on: [paid], ends_on: [delivered]}
` + text
	for name, text := range map[string]string{
		"own.yaml":  own,
		"takt.yaml": "processes: [own.yaml]\nkafka: {brokers: ['k:9092']}\nclickhouse: {addr: ['c:8123']}\nsources: [{name: s, topic: t, process: own, mapping: canonical}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(filepath.Join(dir, "takt.yaml"), none)
}

func TestRuleConditions(t *testing.T) {
	paid := order.Event{
		Activity: "paid", Channel: "vip", Amount: order.Decimal{Units: 1250, Valid: true}, Quantity: order.Decimal{Units: 3000, Valid: true},
		Attributes: []order.Attribute{{Key: "to", Value: "a"}},
	}
	for _, tc := range []struct {
		name, when string
		past       past
		holds      bool // by the event alone
		knows      bool // and by what is known; true where nothing more is asked
		keeps      []string
	}{
		{"event alone", `event.activity == "paid" && event.amount > 10`, past{}, true, true, nil},
		{"event alone, not", `event.activity == "paid" && event.amount > 100`, past{}, false, true, nil},
		{"amount differs", `event.activity == "paid" && event.amount != order.first("amount")`, past{first: map[string]string{"amount": "12"}}, true, true, nil},
		{"amount is the same", `event.activity == "paid" && event.amount != order.first("amount")`, past{first: map[string]string{"amount": "12.5"}}, true, false, nil},
		{"amount unknown is undecided", `event.activity == "paid" && event.amount != order.amount`, past{}, true, false, nil},
		{"amount known", `event.activity == "paid" && order.amount >= 12.5`, past{last: map[string]string{"amount": "12.5"}}, true, true, nil},
		{"amount asked for", `event.activity == "paid" && !has(order.amount)`, past{}, true, true, nil},
		{
			"quantity and recipient", `event.activity == "paid" && (event.quantity != order.quantity || event.attributes["to"] != order.first("attributes.to"))`,
			past{first: map[string]string{"attributes.to": "b"}, last: map[string]string{"quantity": "3"}},
			true, true,
			[]string{"quantity", "attributes.to"},
		},
		{"attribute named by in", `event.activity == "paid" && ("to" in event.attributes) != order.visited("review")`, past{}, true, true, []string{"attributes.to"}},
		{"visited", `event.activity == "paid" && !order.visited("review")`, past{stages: []string{"review"}}, true, false, nil},
		{"seen", `order.seen("stock.reserved") && event.channel == "vip"`, past{activities: []string{"stock.reserved"}}, true, true, nil},
		{"another activity", `"shipped" == event.activity && order.seen("x")`, past{activities: []string{"x"}}, false, true, nil},
		{"or is one part", `event.activity == "paid" && (event.channel == "web" || order.seen("x"))`, past{activities: []string{"x"}}, true, true, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg, err := loadRules(t, "rules: [{name: r, when: '"+tc.when+"', raise: {kind: odd}}]\n")
			if err != nil {
				t.Fatal(err)
			}
			r := cfg.Processes[0].Rules[0]
			if got := (r.On == "" || r.On == paid.Activity) && (r.Holds == nil || r.Holds(&paid)); got != tc.holds {
				t.Errorf("the event alone: %t, want %t", got, tc.holds)
			}
			if got := r.Knows == nil || r.Knows(&paid, tc.past); got != tc.knows {
				t.Errorf("with what is known: %t, want %t", got, tc.knows)
			}
			if diff := cmp.Diff(r.Keeps, tc.keeps); diff != "" {
				t.Errorf("keeps: got -, want +:\n%s", diff)
			}
		})
	}
}

func TestRulesThatAreWrong(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"order only", `{name: r, when: 'order.amount > 5', raise: {kind: odd}}`, `add at which event, such as event.activity == "order.paid"`},
		{"unknown stage asked for", `{name: r, when: 'event.activity == "x" && order.visited("rewiew")', raise: {kind: odd}}`, `order.visited: "rewiew" is not a stage; did you mean "review"?`},
		{"unknown field asked for", `{name: r, when: 'event.activity == "x" && order.first("amuont") == 1', raise: {kind: odd}}`, `order.first: an order has no field "amuont"; did you mean "amount"?`},
		{"computed field", `{name: r, when: 'event.activity == "x" && order.first(event.channel) == "1"', raise: {kind: odd}}`, "order.first takes a field's name in quotes"},
		{"identity beside the order", `{name: r, when: 'event.activity == "x" && (event.event_id == "1" || order.seen("y"))', raise: {kind: odd}}`, "event.event_id is not kept"},
		{"attributes as a whole", `{name: r, when: 'event.activity == "x" && (order.seen("y") || size(event.attributes) > 1)', raise: {kind: odd}}`, "takes a name in quotes"},
		{"unknown field of the order", `{name: r, when: 'event.activity == "x" && order.owner == "y"', raise: {kind: odd}}`, `rules[0].when`},
		{"no effect", `{name: r, when: 'event.activity == "x"'}`, "rules[0].raise: is missing"},
		{"no condition", `{name: r, raise: {kind: odd}}`, "rules[0].when: is missing"},
		{"unknown stage to raise at", `{name: r, when: 'event.activity == "x"', raise: {kind: odd, stage: shop}}`, `"shop" is not a stage`},
		{"kind with a dot", `{name: r, when: 'event.activity == "x"', raise: {kind: a.b}}`, "must not hold dots"},
		{"severity", `{name: r, when: 'event.activity == "x"', raise: {kind: a, severity: urgent}}`, `"urgent" is not possible here`},
		{"required and skipped", `{name: r, when: 'event.activity == "x"', require: [pay], skip: [pay]}`, `"pay" is required by the same rule`},
		{"before without require", `{name: r, when: 'event.activity == "x"', skip: [pay], before: ship}`, "needs require"},
		{"before itself", `{name: r, when: 'event.activity == "x"', require: [pay], before: pay}`, "is a stage that the rule requires"},
		{"two of a name", `{name: r, when: 'event.activity == "x"', skip: [pay]}, {name: r, when: 'event.activity == "x"', skip: [pay]}`, `rules[1].name: "r" stands twice`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := loadRules(t, "rules: ["+tc.text+"]\n")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestExceptionsAndReasons(t *testing.T) {
	cfg, err := loadRules(t, `exceptions:
  overdue: {severity: critical, notify: each, escalate_after: 2h, owner: {team: duty}}
  promise_broken: {title: {en: Late, zh: 晚了}}
reasons:
  weather: {team: carrier-desk, title: {en: Bad weather, zh: 天气}}
`)
	if err != nil {
		t.Fatal(err)
	}
	p := cfg.Processes[0]
	h := p.Handling(process.Overdue)
	if h.Severity != process.Critical || !h.Each || h.EscalateAfter.Hours() != 2 || h.Owner.Team != "duty" || h.Title.ZH != "超时" {
		t.Errorf("overdue is handled as %+v", h)
	}
	if h := p.Handling(process.PromiseBroken); h.Title.ZH != "晚了" || h.Severity != process.Warning {
		t.Errorf("promise_broken is handled as %+v", h)
	}
	if r, ok := p.Reason("weather"); !ok || r.Team != "carrier-desk" || r.Title.ZH != "天气" {
		t.Errorf("weather is %+v", r)
	}
	if _, err := loadRules(t, "reasons: {weather: {title: x}}\n"); err == nil || !strings.Contains(err.Error(), "name the team") {
		t.Errorf("a reason without team gives %v", err)
	}
}
