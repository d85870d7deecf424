package alerts

import (
	"cmp"
	"fmt"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// The severities.
const (
	critical = "critical"
	warning  = "warning"
	info     = "info"
)

// The alerts about Takt itself; those about orders are in bounds.go.
const (
	ingestLag      = "TaktIngestLag"
	deadLetters    = "TaktDeadLetters"
	auditGap       = "TaktAuditGap"
	parityBroken   = "TaktParityBroken"
	reconciled     = "TaktReconciliation"
	gatewayFailing = "TaktGatewayFailing"
	gatewayRefused = "TaktGatewayRefused"
	pollBehind     = "TaktPollBehind"
	down           = "TaktDown"
	watchdog       = "TaktWatchdog"
)

// Names returns the names of all alerts, the ones about orders first.
func Names() []string {
	return []string{
		BudgetBurn, BacklogGrowing, OldestOrder, StageSilent, SourceSilent, ExceptionsSpike, PromiseBurn,
		ingestLag, deadLetters, auditGap, parityBroken, reconciled, gatewayFailing, gatewayRefused, pollBehind, down, watchdog,
	}
}

// stage returns the alerting rules of one stage.
func (c Config) stage(i int) []Rule {
	s := &c.Process.Stages[i]
	on := fmt.Sprintf("process=%s,stage=%s", quote(c.Process.Name), quote(s.Name))
	var rules []Rule
	rules = append(rules, c.burns(i, on)...)
	rules = append(rules, c.standstill(s, on), c.backlog(s, on))
	if after := OldestAfter(c.Process, i); after > 0 {
		rules = append(rules, c.oldest(s, on, after))
	}
	for j := range rules {
		rules[j].Labels["process"], rules[j].Labels["stage"] = c.Process.Name, s.Name
		if s.Owner.Team != "" {
			rules[j].Labels["owner_team"] = s.Owner.Team
		}
		c.link(&rules[j], stagePlace(rules[j].Alert), c.Process.Name, s.Name)
	}
	return rules
}

// burns returns a page and a ticket, each if the stage's objective lets it fire.
func (c Config) burns(i int, on string) []Rule {
	s := &c.Process.Stages[i]
	var rules []Rule
	for _, page := range [...]bool{true, false} {
		var exprs []string
		var shortest time.Duration
		for _, b := range c.Process.Burns(i) {
			if b.Page == page && b.Fires(s.Limit.Objective) {
				exprs = append(exprs, burning(breaches, due, on, b, s.Limit.Objective))
				shortest = cmp.Or(shortest, b.Long)
			}
		}
		if len(exprs) == 0 {
			continue
		}
		severity := map[bool]string{true: critical, false: warning}[page]
		exprs = append(exprs, whileBacklog(severity, on))
		rules = append(rules, Rule{
			Alert: BudgetBurn, Expr: held(either(exprs), BudgetBurn, severity, on), For: wait(BudgetBurn),
			Labels:      map[string]string{"severity": severity},
			Annotations: c.burnText(s, on, shortest),
		})
	}
	return rules
}

// whileBacklog lets a burn that fires go on while more orders wait than usual: an outage
// is over once what it left behind is done, which breaks limits for hours after it.
func whileBacklog(severity, on string) string {
	return fmt.Sprintf("(\n  max by (process, stage) (ALERTS{alertname=%s,alertstate=\"firing\",severity=%s,%s})\n  and max by (process, stage) (ALERTS{alertname=%s,alertstate=\"firing\",%s})\n)",
		quote(BudgetBurn), quote(severity), on, quote(BacklogGrowing), on)
}

// standstill fires when a stage finishes at most a tenth of the usual, which may be
// records that come late, although as many have waited all the while: a stage that
// nothing reaches is not at fault.
func (c Config) standstill(s *process.Stage, on string) Rule {
	var exprs []string
	for _, w := range Silences(s.Limit.Within) {
		exprs = append(exprs, fmt.Sprintf("(\n  %[1]s%[2]s{%[3]s} <= %[7]s * %[4]s%[2]s{%[3]s}\n  and %[4]s%[2]s{%[3]s} >= %[5]d\n  and min_over_time(%[6]s{%[3]s}[%[2]s]) >= %[4]s%[2]s{%[3]s}\n)",
			finished, span(w), on, usualDone, LeastDone, openNow, number(SilentShare)))
	}
	// Once found it lasts until half of the usual is finished: a crawl is no end.
	exprs = append(exprs, fmt.Sprintf("(\n  %[1]s%[2]s{%[3]s} <= %[5]s * %[1]s%[2]s{%[3]s} offset 1d\n  and on (process, stage) ALERTS{alertname=%[4]s,alertstate=\"firing\",%[3]s}\n)",
		finished, span(Silences(s.Limit.Within)[0]), on, quote(StageSilent), number(WorkingShare)))
	expr := fmt.Sprintf("(\n%s\n)\nunless on (process, stage) takt_stage_working{%s} == 0", indent(either(exprs)), on)
	return Rule{
		Alert: StageSilent, Expr: held(expr, StageSilent, critical, on), For: wait(StageSilent), KeepFiring: span(Calm(StageSilent, s.Limit.Within)),
		Labels:      map[string]string{"severity": critical},
		Annotations: c.silentText(s, on),
	}
}

// backlog fires when clearly more orders wait than at this hour of comparable weeks,
// and goes on until they are no more than usual: the usual changes by the hour.
func (c Config) backlog(s *process.Stage, on string) Rule {
	usual := fmt.Sprintf("max by (process, stage) (takt_stage_orders_normal_upper{%s})", on)
	expr := fmt.Sprintf("%[1]s{%[2]s} > on (process, stage) %[3]s * %[4]s + %[5]d\nor %[1]s{%[2]s} > on (process, stage) %[4]s + %[7]d * sqrt(%[4]s) + %[5]d\nor (\n  %[1]s{%[2]s} > on (process, stage) %[4]s\n  and on (process, stage) ALERTS{alertname=%[6]s,alertstate=\"firing\",%[2]s}\n)",
		openNow, on, number(AboveShare), usual, AboveCount, quote(BacklogGrowing), AboveRoots)
	return Rule{
		Alert: BacklogGrowing, Expr: held(expr, BacklogGrowing, warning, on), For: wait(BacklogGrowing), KeepFiring: span(Calm(BacklogGrowing, 0)),
		Labels:      map[string]string{"severity": warning},
		Annotations: c.backlogText(s, on),
	}
}

// oldest fires when orders have been in the stage so long that they are forgotten, not
// late. Ages are wall time.
func (c Config) oldest(s *process.Stage, on string, after time.Duration) Rule {
	expr := fmt.Sprintf("max by (process, stage) (takt_stage_oldest_order_age_seconds{%s})\n> %s", on, number(after.Seconds()))
	if s.StuckAfter > 0 {
		stuck := fmt.Sprintf("sum by (process, stage) (takt_exceptions_open{%s,kind=%s})", on, quote(process.Stuck))
		expr += fmt.Sprintf("\nand %[1]s >= %[2]d\nand %[1]s > on (process, stage) %[5]s * %[3]s{%[4]s}", stuck, LeastStuck, openNow, on, number(StuckShare))
	}
	return Rule{
		Alert: OldestOrder, Expr: expr, For: wait(OldestOrder),
		Labels:      map[string]string{"severity": warning},
		Annotations: c.oldestText(s, on, after),
	}
}
