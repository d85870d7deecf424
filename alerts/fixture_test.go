package alerts_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// shippedFile is a process file that comes with Takt. cmd/internal/config, which reads
// process files for Takt, is not to be known here; that both read the same is seen by
// takt rules giving the files of alerts/rules, a test of the command line.
type shippedFile struct {
	Process  string      `yaml:"process"`
	Title    shippedText `yaml:"title"`
	Timezone string      `yaml:"timezone"`
	Calendar string      `yaml:"calendar"`
	OpensOn  []string    `yaml:"opens_on"`
	ClosesOn struct {
		Completed []string `yaml:"completed"`
		Cancelled []string `yaml:"cancelled"`
	} `yaml:"closes_on"`
	Promise struct {
		Objective string `yaml:"objective"`
	} `yaml:"promise"`
	Stages []shippedStage `yaml:"stages"`
}

type shippedText struct {
	EN string `yaml:"en"`
	ZH string `yaml:"zh"`
}

type shippedStage struct {
	Name       string      `yaml:"name"`
	Title      shippedText `yaml:"title"`
	StartsOn   []string    `yaml:"starts_on"`
	EndsOn     []string    `yaml:"ends_on"`
	StuckAfter string      `yaml:"stuck_after"`
	Next       []string    `yaml:"next"`
	Owner      struct {
		Team       string `yaml:"team"`
		EscalateTo string `yaml:"escalate_to"`
	} `yaml:"owner"`
	Limit struct {
		Within    string `yaml:"within"`
		Of        string `yaml:"of"`
		Objective string `yaml:"objective"`
		WarnAt    string `yaml:"warn_at"`
	} `yaml:"limit"`
	Overrides []struct {
		When   string `yaml:"when"`
		Within string `yaml:"within"`
	} `yaml:"overrides"`
}

// shipped returns the process of that name as it ships.
func shipped(t testing.TB, name string) *process.Process {
	t.Helper()
	data, ok := process.Shipped(name)
	if !ok {
		t.Fatalf("process %q does not ship", name)
	}
	var f shippedFile
	if err := yaml.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(f.Timezone)
	if err != nil {
		t.Fatal(err)
	}
	p := &process.Process{
		Name: f.Process, Title: process.Text(f.Title), Zone: zone, OpensOn: f.OpensOn, ClosesOn: process.Closing(f.ClosesOn),
		Promise: process.Promise{Objective: share(t, f.Promise.Objective), Granularity: process.Day},
	}
	if f.Calendar != "" {
		p.Calendar = holidays(zone) // of as many hours a week as that which ships
	}
	for i := range f.Stages {
		s := &f.Stages[i]
		stage := process.Stage{
			Name: s.Name, Title: process.Text(s.Title), StartsOn: s.StartsOn, EndsOn: s.EndsOn, Next: s.Next,
			Owner: process.Owner{Team: s.Owner.Team, EscalateTo: s.Owner.EscalateTo}, StuckAfter: span(t, s.StuckAfter),
			Limit: process.Limit{Within: span(t, s.Limit.Within), Of: process.Wall, Objective: share(t, s.Limit.Objective), WarnAt: share(t, s.Limit.WarnAt)},
		}
		if s.Limit.Of == "working" {
			stage.Limit.Of = process.Working
		}
		for _, o := range s.Overrides {
			vip := strings.Contains(o.When, `"vip"`) // of retail; the others do not matter here
			stage.Overrides = append(stage.Overrides, process.Override{
				When: o.When, Within: span(t, o.Within), Holds: func(e *order.Event) bool { return vip && e.Channel == "vip" },
			})
		}
		p.Stages = append(p.Stages, stage)
	}
	if problems := p.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

func span(t testing.TB, s string) time.Duration {
	t.Helper()
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(n) * 24 * time.Hour
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func share(t testing.TB, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f / 100
}
