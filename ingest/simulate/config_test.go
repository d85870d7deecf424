package simulate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConfigSaysAllThatIsWrong(t *testing.T) {
	p := retail(t)
	for _, tt := range []struct {
		name string
		cfg  Config
		want []string
	}{
		{"empty", Config{}, []string{"process is missing", "from is missing"}},
		{"order of times", Config{Process: p, From: start, To: start.Add(-time.Hour)}, []string{"to must be after from"}},
		{
			"numbers",
			Config{Process: p, From: start, OrdersPerDay: -1, Duration: -1, Rates: Rates{Late: 0.7}},
			[]string{"orders per day must be more than 0 and at most 10 million", "duration must be more than zero", `rate "late" must be a share from 0 to 50%`},
		},
		{"role", Config{Process: p, From: start, Roles: Roles{Carrier: "ferry"}}, []string{`role: "ferry" is not a stage of process "retail"`}},
		{"scenario", Config{Process: p, From: start, Scenario: 9}, []string{"scenario is unknown"}},
		{"onset", Config{Process: p, From: start, Scenario: StockOut, Onset: start}, []string{"onset must be after from"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.cfg)
			if err == nil {
				t.Fatal("got no error")
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	for _, tt := range []struct{ process, want int }{{0, 0}, {1, 1}, {2, 2}} {
		want := []Roles{
			{Review: "review", Warehouse: "pick", HandOff: "ship", Carrier: "transit", Delays: []string{"pay"}},
			{Review: "评审", Warehouse: "采购", HandOff: "质检", Carrier: "发运"},
			{Review: "work", Warehouse: "work", HandOff: "work", Carrier: "work"},
		}[tt.want]
		if diff := cmp.Diff(want, Roles{}.withDefaults(processes(t)[tt.process])); diff != "" {
			t.Error(diff)
		}
	}
}

func TestScenarioNames(t *testing.T) {
	seen := map[Scenario]int{}
	for seed := range uint64(700) {
		seen[Drawn(seed)]++
	}
	for _, s := range Scenarios() {
		text, err := s.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Scenario
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("%s: got %v, %v", text, back, err)
		}
		if seen[s] < 50 {
			t.Errorf("%s is drawn %d times of 700", s, seen[s])
		}
	}
	if err := new(Scenario).UnmarshalText([]byte("strike")); err == nil {
		t.Error("an unknown scenario is read")
	}
}
