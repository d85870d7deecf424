package alerts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// quote writes a label value as PromQL and Go templates read it.
func quote(s string) string { return strconv.Quote(s) }

// span writes a duration as PromQL does: "15m", "6h", "3d".
func span(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	default:
		return fmt.Sprintf("%dms", d.Milliseconds())
	}
}

// number writes a bound without the noise of binary fractions.
func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// percent writes a share for people.
func percent(f float64) string { return strconv.FormatFloat(100*f, 'g', 4, 64) + "%" }

// distinct returns the durations sorted, each once.
func distinct(all []time.Duration) []time.Duration {
	slices.Sort(all)
	return slices.Compact(all)
}

// burnWindows returns the windows of the burns that can fire.
func burnWindows(burns []process.Burn, objective float64) []time.Duration {
	var all []time.Duration
	for _, b := range burns {
		if b.Fires(objective) {
			all = append(all, b.Long, b.Short)
		}
	}
	return distinct(all)
}

// burning returns the expression of a burn over recorded ratios and counts, which
// are selected by the matchers. The short window only ends the alert: one in which
// nothing was due does not.
func burning(ratio, count, matchers string, b process.Burn, objective float64) string {
	bound := number(b.Share(objective))
	return fmt.Sprintf("(\n  %[1]s%[3]s{%[5]s} > %[6]s\n  and %[2]s%[3]s{%[5]s} >= %[7]d\n  unless %[1]s%[4]s{%[5]s} <= %[6]s\n)",
		ratio, count, span(b.Long), span(b.Short), matchers, bound, LeastDue)
}

// either joins expressions.
func either(exprs []string) string { return strings.Join(exprs, "\nor\n") }

// held lets an alert that fires go on while the stage's calendar is closed, and for
// two hours after it has opened: in closed hours nothing becomes due or is done, which
// would otherwise read as an end. It adds nothing where no calendar is known.
func held(expr, alert, severity, matchers string) string {
	return fmt.Sprintf("(\n%s\n)\nor on (process, stage) (\n  max by (process, stage) (ALERTS{alertname=%s,alertstate=\"firing\",severity=%s,%s})\n  and on (process, stage) min by (process, stage) (min_over_time(takt_stage_working{%s}[%s])) == 0\n)",
		indent(expr), quote(alert), quote(severity), matchers, matchers, span(HeldFor))
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
