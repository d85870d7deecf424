package alerts

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// The names of what is recorded, without their window.
const (
	openNow   = "process_stage:takt_stage_orders:sum"
	finished  = "process_stage:takt_stage_visits_finished:increase"
	due       = "process_stage:takt_stage_due:increase"
	breaches  = "process_stage:takt_stage_breaches_per_due:ratio_rate"
	events    = "process:takt_stage_visits:increase"
	promises  = "process:takt_orders_promise_due:increase"
	broken    = "process:takt_orders_broken_per_promise_due:ratio_rate"
	exceptions1h = "process_stage_kind_owner_team:takt_exceptions_opened:increase1h"
)

// silences are the windows in which a stage that usually finishes orders is found to
// finish none: the shortest in which enough are usual decides.
func silences() []time.Duration {
	return []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}
}

// promiseWithin is what promises burn by: they are days.
const promiseWithin = 7 * 24 * time.Hour

// records returns the recording rules of the process.
func (c Config) records() []Rule {
	only := fmt.Sprintf("process=%s", quote(c.Process.Name))
	rules := []Rule{{Record: openNow, Expr: fmt.Sprintf("sum by (process, stage) (takt_stage_orders{%s})", only)}}
	for _, w := range silences() {
		rules = append(rules, Rule{
			Record: finished + span(w),
			Expr:   fmt.Sprintf("sum by (process, stage) (increase(takt_stage_visits_finished_total{%s}[%s]))", only, span(w)),
		}, Rule{
			Record: events + span(w),
			Expr: fmt.Sprintf("sum by (process) (increase(takt_stage_visits_started_total{%[1]s}[%[2]s]))\n+ sum by (process) (increase(takt_stage_visits_finished_total{%[1]s}[%[2]s]))",
				only, span(w)),
		})
	}
	for _, w := range c.windows() {
		var stages []string
		for i := range c.Process.Stages {
			if s := &c.Process.Stages[i]; burnsIn(s, w) {
				stages = append(stages, regexp.QuoteMeta(s.Name))
			}
		}
		chosen := fmt.Sprintf("%s,stage=~%s", only, quote(strings.Join(stages, "|")))
		all := fmt.Sprintf("sum by (process, stage) (increase(takt_stage_due_total{%s}[%s]))", chosen, span(w))
		rules = append(rules, Rule{Record: due + span(w), Expr: all}, Rule{
			Record: breaches + span(w),
			Expr: fmt.Sprintf("sum by (process, stage) (increase(takt_stage_due_total{%s,outcome=\"breached\"}[%s]))\n/ sum by (process, stage) (increase(takt_stage_due_total{%s}[%s]))",
				chosen, span(w), chosen, span(w)),
		})
	}
	if c.Process.Promise.Objective > 0 {
		for _, w := range burnWindows(process.Burns(promiseWithin), c.Process.Promise.Objective) {
			all := fmt.Sprintf("sum by (process) (increase(takt_orders_promise_due_total{%s,promise=\"current\"}[%s]))", only, span(w))
			kept := strings.Replace(all, `promise="current"`, `promise="current",outcome="broken"`, 1)
			rules = append(rules, Rule{Record: promises + span(w), Expr: all}, Rule{Record: broken + span(w), Expr: kept + "\n/ " + all})
		}
	}
	return append(rules, Rule{
		Record: exceptions1h,
		Expr:   fmt.Sprintf("sum by (process, stage, kind, owner_team) (increase(takt_exceptions_opened_total{%s}[1h]))", only),
	})
}

// windows returns the windows in which stages of the process burn, each once, the
// shortest first.
func (c Config) windows() []time.Duration {
	var all []time.Duration
	for i := range c.Process.Stages {
		l := &c.Process.Stages[i].Limit
		all = append(all, burnWindows(process.Burns(l.Within), l.Objective)...)
	}
	return distinct(all)
}

// burnsIn reports whether one of the stage's burns has a window of that length.
func burnsIn(s *process.Stage, w time.Duration) bool {
	for _, b := range burnWindows(process.Burns(s.Limit.Within), s.Limit.Objective) {
		if b == w {
			return true
		}
	}
	return false
}
