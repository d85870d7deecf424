package process_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

func TestValidate(t *testing.T) {
	holds := func(*order.Event) bool { return true }
	for _, tc := range []struct {
		name  string
		spoil func(*process.Process)
		want  []string // path: first words
	}{
		{"valid", func(*process.Process) {}, nil},
		{"empty", func(p *process.Process) { *p = process.Process{} }, []string{
			"process: is missing", "timezone: is missing", "opens_on: is missing",
			"closes_on.completed: is missing", "stages: is missing",
		}},
		{"blank name", func(p *process.Process) { p.Name = " retail" }, []string{"process: must not begin"}},
		{"quote in name", func(p *process.Process) { p.Stages[0].Name = `re"view` }, []string{"stages[0].name: must not begin"}},
		{"activity twice", func(p *process.Process) { p.OpensOn = []string{"a", "a"} }, []string{`opens_on[1]: "a" stands twice`}},
		{"both completes and cancels", func(p *process.Process) {
			p.ClosesOn.Cancelled = append(p.ClosesOn.Cancelled, "order.delivered")
		}, []string{`closes_on: "order.delivered" cannot both`}},
		{"objective of 100%", func(p *process.Process) { p.Promise.Objective = 1 }, []string{"promise.objective: must be a share"}},
		{"negative share", func(p *process.Process) { p.Stages[0].Limit.WarnAt = -0.1 }, []string{"stages[0].limit.warn_at: must be a share"}},
		{"stage twice", func(p *process.Process) { p.Stages[1].Name = "transit" }, []string{
			`stages[0].next[0]: "pick" is not a stage`, `stages[2].name: "transit" stands twice`,
		}},
		{"no start, no end", func(p *process.Process) { p.Stages[2].StartsOn, p.Stages[2].EndsOn = nil, nil }, []string{
			"stages[2].starts_on: is missing", "stages[2].ends_on: is missing",
		}},
		{"negative limit", func(p *process.Process) { p.Stages[1].Limit.Within = -time.Second }, []string{"stages[1].limit.within: must not be negative"}},
		{"objective without limit", func(p *process.Process) { p.Stages[2].Limit.Objective = 0.9 }, []string{"stages[2].limit.within: is missing"}},
		{"negative stuck time", func(p *process.Process) { p.Stages[1].StuckAfter = -1 }, []string{"stages[1].stuck_after: must not"}},
		{"empty override", func(p *process.Process) { p.Stages[1].Overrides = []process.Override{{}} }, []string{
			"stages[1].overrides[0].within: must be more", "stages[1].overrides[0].when: is missing",
		}},
		{"unknown next", func(p *process.Process) { p.Stages[0].Next = []string{"pay"} }, []string{`stages[0].next[0]: "pay" is not a stage`}},
		{"too many overrides", func(p *process.Process) {
			for range process.MaxConditions {
				p.Stages[2].Overrides = append(p.Stages[2].Overrides, process.Override{When: "true", Holds: holds, Within: time.Hour})
			}
		}, []string{"stages: have 67 overrides, which with 0 rules"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := retail(t)
			tc.spoil(p)
			var got []string
			for i, problem := range p.Validate() {
				line := problem.Path + ": " + problem.Message
				if i < len(tc.want) && strings.HasPrefix(line, tc.want[i]) {
					line = tc.want[i]
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
		})
	}
}

func TestValidateTooManyStages(t *testing.T) {
	p := retail(t)
	for len(p.Stages) <= process.MaxStages {
		s := p.Stages[2]
		s.Name = strings.Repeat("x", len(p.Stages))
		p.Stages = append(p.Stages, s)
	}
	problems := p.Validate()
	if len(problems) != 1 || problems[0].Path != "stages" {
		t.Errorf("got %v, want one problem of stages", problems)
	}
}
