package alerts

import (
	"fmt"

	"github.com/takt-orders/takt/metrics/process"
)

// whole returns the alerting rules of the process as a whole.
func (c Config) whole() []Rule {
	on := "process=" + quote(c.Process.Name)
	rules := []Rule{c.source(on), c.spike(on)}
	for _, page := range [...]bool{true, false} {
		var exprs []string
		for _, b := range process.Burns(PromiseWithin) {
			if b.Page == page && b.Fires(c.Process.Promise.Objective) {
				exprs = append(exprs, burning(broken, promises, on, b, c.Process.Promise.Objective))
			}
		}
		if len(exprs) > 0 {
			rules = append(rules, Rule{
				Alert: PromiseBurn, Expr: either(exprs), For: wait(PromiseBurn), KeepFiring: span(Calm(PromiseBurn, 0)),
				Labels:      map[string]string{"severity": map[bool]string{true: critical, false: warning}[page], "owner_team": c.Team},
				Annotations: c.promiseText(on),
			})
		}
	}
	for i := range rules {
		rules[i].Labels["process"] = c.Process.Name
		c.link(&rules[i], wholePlace(rules[i].Alert), c.Process.Name, "")
	}
	return rules
}

// source fires when no event of the process moves any order although at this hour
// of both days before many did. A process has one topic, so its source is silent.
func (c Config) source(on string) Rule {
	var exprs []string
	for _, w := range Silences(0) {
		exprs = append(exprs, fmt.Sprintf("(\n  %[1]s%[2]s{%[3]s} == 0\n  and %[1]s%[2]s{%[3]s} offset 1d >= %[4]d\n  and %[1]s%[2]s{%[3]s} offset 2d >= %[4]d\n)",
			events, span(w), on, LeastDue))
	}
	open := fmt.Sprintf("unless on (process) max by (process) (takt_stage_working{%s}) == 0", on)
	return Rule{
		Alert: SourceSilent, Expr: fmt.Sprintf("(\n%s\n)\n%s", indent(either(exprs)), open), For: wait(SourceSilent),
		Labels:      map[string]string{"severity": critical, "owner_team": c.Team},
		Annotations: c.sourceText(on),
	}
}

// spike fires when a kind of exception is opened three times as often as in the
// same hour of the two days before and as on average over a day, and goes on until half
// as many are.
func (c Config) spike(on string) Rule {
	x := fmt.Sprintf("%s{%s}", exceptions1h, on)
	return Rule{
		Alert: ExceptionsSpike,
		Expr: fmt.Sprintf("%[1]s >= %[2]d\nunless %[1]s <= %[3]d * %[1]s offset 1d\nunless %[1]s <= %[3]d * %[1]s offset 2d\nunless %[1]s <= %[3]d * avg_over_time(%[1]s[1d])\nor (\n  %[1]s >= %[4]g\n  unless %[1]s <= %[5]s * %[1]s offset 1d\n  and on (process, stage, kind, owner_team) ALERTS{alertname=%[6]s,alertstate=\"firing\",%[7]s}\n)",
			x, LeastDue, SpikeFactor, LeastDue/2.0, number(SpikeFactor/2.0), quote(ExceptionsSpike), on),
		For: wait(ExceptionsSpike), KeepFiring: span(Calm(ExceptionsSpike, 0)),
		// process, stage, kind and owner_team are the series's own.
		Labels:      map[string]string{"severity": warning},
		Annotations: c.spikeText(),
	}
}
