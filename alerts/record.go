package alerts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// The names of what is recorded, without their window.
const (
	openNow      = "process_stage:takt_stage_orders:sum"
	finished     = "process_stage:takt_stage_visits_finished:increase"
	usualDone    = "process_stage:takt_stage_visits_finished:mean2d_increase"
	due          = "process_stage:takt_stage_due:increase"
	breaches     = "process_stage:takt_stage_breaches_per_due:ratio_rate"
	events       = "process:takt_stage_visits:increase"
	promises     = "process:takt_orders_promise_due:increase"
	broken       = "process:takt_orders_broken_per_promise_due:ratio_rate"
	exceptions1h = "process_stage_kind_owner_team:takt_exceptions_opened:increase1h"
)

// slow tells the windows that need no evaluation each minute.
func slow(w time.Duration) bool { return w >= 6*time.Hour }

// records returns the recording rules of the process: those of short windows, and those
// of long ones, which change slowly and are dear.
func (c Config) records() (short, long []Rule) {
	add := func(w time.Duration, rules ...Rule) {
		if slow(w) {
			long = append(long, rules...)
		} else {
			short = append(short, rules...)
		}
	}
	only := fmt.Sprintf("process=%s", quote(c.Process.Name))
	short = []Rule{
		{Record: openNow, Expr: fmt.Sprintf("sum by (process, stage) (takt_stage_orders{%s})", only)},
		{
			Record: exceptions1h,
			Expr:   fmt.Sprintf("sum by (process, stage, kind, owner_team) (increase(takt_exceptions_opened_total{%s}[1h]))", only),
		},
	}
	increase := func(by, counter, matchers string, w time.Duration) string {
		return fmt.Sprintf("sum by (%s) (increase(%s{%s}[%s]))", by, counter, matchers, span(w))
	}
	for _, w := range c.silent() {
		chosen := c.among(only, func(i int) bool { return slices.Contains(Silences(c.Process.Stages[i].Limit.Within), w) })
		add(w, Rule{Record: finished + span(w), Expr: increase("process, stage", "takt_stage_visits_finished_total", chosen, w)}, Rule{
			Record: usualDone + span(w), Expr: usual(finished+span(w), only),
		})
	}
	for _, w := range Silences(0) {
		add(w, Rule{
			Record: events + span(w),
			Expr: increase("process", "takt_stage_visits_started_total", only, w) + "\n+ " +
				increase("process", "takt_stage_visits_finished_total", only, w),
		})
	}
	for _, w := range c.windows() {
		chosen := c.among(only, func(i int) bool { return slices.Contains(c.burnsOf(i), w) })
		add(w, Rule{Record: due + span(w), Expr: increase("process, stage", "takt_stage_due_total", chosen, w)}, Rule{
			Record: breaches + span(w),
			Expr: increase("process, stage", "takt_stage_due_total", chosen+`,outcome="breached"`, w) + "\n/ " +
				fmt.Sprintf("%s%s{%s}", due, span(w), only),
		})
	}
	if c.Process.Promise.Objective > 0 {
		current := only + `,promise="current"`
		for _, w := range burnWindows(process.Burns(PromiseWithin), c.Process.Promise.Objective) {
			add(w, Rule{Record: promises + span(w), Expr: increase("process", "takt_orders_promise_due_total", current, w)}, Rule{
				Record: broken + span(w),
				Expr: increase("process", "takt_orders_promise_due_total", current+`,outcome="broken"`, w) + "\n/ " +
					fmt.Sprintf("%s%s{%s}", promises, span(w), only),
			})
		}
	}
	return short, long
}

// usual returns what is usual of a recorded count: the mean of this hour on both days
// before. There is none if one of them had less than half of what a rule asks for: that
// was a day off.
func usual(record, matchers string) string {
	x := fmt.Sprintf("%s{%s}", record, matchers)
	return fmt.Sprintf("(%[1]s offset 1d + %[1]s offset 2d) / 2\nand %[1]s offset 1d >= %[2]g\nand %[1]s offset 2d >= %[2]g", x, LeastDone/2.0)
}

// among returns the matchers of the stages that keep.
func (c Config) among(only string, keep func(stage int) bool) string {
	var stages []string
	for i := range c.Process.Stages {
		if keep(i) {
			stages = append(stages, regexp.QuoteMeta(c.Process.Stages[i].Name))
		}
	}
	return fmt.Sprintf("%s,stage=~%s", only, quote(strings.Join(stages, "|")))
}

// silent returns the windows in which stages of the process are found silent, each once.
func (c Config) silent() []time.Duration {
	var all []time.Duration
	for i := range c.Process.Stages {
		all = append(all, Silences(c.Process.Stages[i].Limit.Within)...)
	}
	return distinct(all)
}

// windows returns the windows in which stages of the process burn, each once, the
// shortest first.
func (c Config) windows() []time.Duration {
	var all []time.Duration
	for i := range c.Process.Stages {
		all = append(all, c.burnsOf(i)...)
	}
	return distinct(all)
}

// burnsOf returns the windows in which a stage burns.
func (c Config) burnsOf(i int) []time.Duration {
	return burnWindows(c.Process.Burns(i), c.Process.Stages[i].Limit.Objective)
}
