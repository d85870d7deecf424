package process_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// ways is a process whose stages follow each other as given: "a>b,c".
func ways(completes string, follow ...[]string) *process.Process {
	p := &process.Process{
		Name: "ways", Zone: time.UTC, OpensOn: []string{"placed"}, ClosesOn: process.Closing{Completed: []string{"end " + completes}},
	}
	for i, f := range follow {
		starts := "start " + f[0]
		if i == 0 {
			starts = "placed"
		}
		p.Stages = append(p.Stages, process.Stage{Name: f[0], StartsOn: []string{starts}, EndsOn: []string{"end " + f[0]}, Next: f[1:]})
	}
	return p
}

func names(p *process.Process, set uint64) string {
	s := ""
	for i := range p.Stages {
		if set&(1<<i) != 0 {
			s += p.Stages[i].Name
		}
	}
	return s
}

func TestDemanded(t *testing.T) {
	for _, tc := range []struct {
		name   string
		p      *process.Process
		before map[string]string
		whole  string
	}{
		{"one after the other", ways("c", []string{"a", "b"}, []string{"b", "c"}, []string{"c"}), map[string]string{"b": "a", "c": "ab"}, "abc"},
		{"one may be left out", ways("c", []string{"a", "b", "c"}, []string{"b", "c"}, []string{"c"}), map[string]string{"b": "a", "c": "a"}, "ac"},
		{"anything may follow", ways("c", []string{"a"}, []string{"b"}, []string{"c"}), map[string]string{"b": "a", "c": "a"}, "ac"},
		{"back and forth", ways("c", []string{"a", "b"}, []string{"b", "a", "c"}, []string{"c"}), map[string]string{"b": "a", "c": "ab"}, "abc"},
		{"one that no order comes to", ways("b", []string{"a", "b"}, []string{"b", "a"}, []string{"x", "b"}), map[string]string{"b": "a"}, "ab"},
		{"no stage completes", ways("nowhere", []string{"a", "b"}, []string{"b", "a"}), map[string]string{"b": "a"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan := process.NewPlan(tc.p)
			before := map[string]string{}
			for i := range tc.p.Stages {
				if s := names(tc.p, plan.Demanded(i)); s != "" {
					before[tc.p.Stages[i].Name] = s
				}
			}
			if diff := cmp.Diff(before, tc.before); diff != "" {
				t.Errorf("before: got -, want +:\n%s", diff)
			}
			if got := names(tc.p, plan.DemandedAtEnd()); got != tc.whole {
				t.Errorf("the whole way passes %q, want %q", got, tc.whole)
			}
		})
	}
}

func TestFollowsWithout(t *testing.T) {
	plan := process.NewPlan(ways("d", []string{"a", "b"}, []string{"b", "c"}, []string{"c", "d"}, []string{"d", "a"}))
	for _, tc := range []struct {
		from, to int
		skip     uint64
		want     bool
	}{
		{0, 1, 0, true},
		{0, 2, 0, false},
		{0, 2, 1 << 1, true},
		{0, 3, 1 << 1, false},
		{0, 3, 1<<1 | 1<<2, true},
		{2, 1, 1<<3 | 1<<0, true},
		{0, 0, 1<<1 | 1<<2, false},
	} {
		if got := plan.FollowsWithout(tc.from, tc.to, tc.skip); got != tc.want {
			t.Errorf("stage %d after %d without %b: %t, want %t", tc.to, tc.from, tc.skip, got, tc.want)
		}
	}
}

func TestRulesKeepTheirBits(t *testing.T) {
	p := ways("b", []string{"a", "b"}, []string{"b", "a"})
	yes := func(*order.Event) bool { return true }
	no := func(*order.Event) bool { return false }
	p.Rules = []process.Rule{{Name: "1", Holds: yes, Skip: []string{"b"}}, {Name: "2", Holds: no}, {Name: "3", Holds: yes, Require: []string{"a"}, Before: "b"}}
	e := &order.Event{}
	held := process.NewPlan(p).Conditions(e)
	p.Stages[0].Overrides = []process.Override{{Holds: yes, Within: time.Hour}}
	plan := process.NewPlan(p)
	p.Rules = append(p.Rules, process.Rule{Name: "4", On: "placed", Skip: []string{"b"}}, process.Rule{Name: "5", On: "paid", Holds: yes, Skip: []string{"b"}})
	step := plan.Step("placed")
	if got := plan.Ruled(&step, held); got != 0b101 {
		t.Errorf("rules %b hold after an override was added, want 101", got)
	}
	if plan.Within(0, held) != 0 || plan.Within(0, plan.Conditions(e)) != time.Hour.Milliseconds() {
		t.Error("the override is judged by a rule's bit")
	}
	if plan.Required(2, 1) != 1 || plan.Required(2, -1) != 0 || plan.Required(0, 1) != 0 || plan.Skippable(0) != 2 {
		t.Error("what the rules say about stages is lost")
	}
	plan = process.NewPlan(p)
	for activity, want := range map[string]uint64{"placed": 0b01101, "paid": 0b10101, "unheard of": 0b00101} {
		step := plan.Step(activity)
		if got := plan.Ruled(&step, plan.Conditions(&order.Event{Activity: activity})); got != want {
			t.Errorf("at %q rules %05b hold, want %05b", activity, got, want)
		}
	}
	none := process.NewPlan(ways("a", []string{"a"}))
	if step = none.Step("placed"); none.Ruled(&step, held) != 0 {
		t.Error("rules hold that the file has no more")
	}
}

func TestFacts(t *testing.T) {
	p := ways("a", []string{"a"})
	p.Rules = []process.Rule{{Holds: func(*order.Event) bool { return false }, Keeps: []string{"quantity", "attributes.to"}}}
	plan := process.NewPlan(p)
	e := &order.Event{
		Quantity:   order.Decimal{Units: -1250, Valid: true},
		Attributes: []order.Attribute{{Key: "other", Value: "x"}, {Key: "to", Value: "a=b\x00c"}},
	}
	facts := plan.Facts(e)
	if v, ok := process.FactIn(facts, "attributes.to"); !ok || v != "a=bc" {
		t.Errorf("attribute is %q, %t", v, ok)
	}
	var again order.Event
	plan.Recall(&again, facts)
	want := order.Event{Quantity: e.Quantity, Attributes: []order.Attribute{{Key: "to", Value: "a=bc"}}}
	if diff := cmp.Diff(again, want); diff != "" {
		t.Errorf("recalled -, want +:\n%s", diff)
	}
	if f := plan.Facts(&order.Event{}); f != "" {
		t.Errorf("an event without them has facts %q", f)
	}
}

func TestKindsAreNamedInBothLanguages(t *testing.T) {
	var seen []string
	for _, k := range process.Kinds() {
		if k.Title.EN == "" || k.Title.ZH == "" || k.Title.EN == k.Title.ZH || k.Severity.String() == "" || slices.Contains(seen, k.Name) {
			t.Errorf("kind %+v is not told in both languages, or stands twice", k)
		}
		seen = append(seen, k.Name)
	}
	p := ways("a", []string{"a"})
	if h := p.Handling("odd"); h.Title.EN != "odd" || h.Severity != process.Warning {
		t.Errorf("an unknown kind is handled as %+v", h)
	}
	p.Exceptions = []process.Handling{{Kind: "odd", Title: process.Text{EN: "Odd", ZH: "怪"}, Severity: process.Info}}
	if diff := cmp.Diff(process.NewPlan(p).Handling("odd"), p.Handling("odd")); diff != "" {
		t.Errorf("plan -, process +:\n%s", diff)
	}
}
