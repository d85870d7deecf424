package config

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/takt-orders/takt/metrics/process"
)

// warn notes what is allowed but probably not meant.
func (l *loader) warn(cfg *Config) {
	for _, p := range cfg.Processes {
		d := l.origins[p.Name]
		note := func(path, format string, args ...any) {
			l.warnings = append(l.warnings, Problem{d.name, d.line(path), path, fmt.Sprintf(format, args...)})
		}
		unreachable(p, note)
		abandoned(p, note)
		workless(p, d, note)
		unraised(p, note)
		unburnable(p, note)
	}
	name := l.name
	note := func(path, format string, args ...any) {
		l.warnings = append(l.warnings, Problem{name, l.root.line(path), path, fmt.Sprintf(format, args...)})
	}
	if len(cfg.Channels) == 0 {
		note("channels", "is empty: series of a channel appear only with its first order, so that rates miss it; name your channels")
	}
	for i, p := range cfg.Processes {
		if !slices.ContainsFunc(cfg.Sources, func(s Source) bool { return s.Process == p }) {
			note(index("processes", i), "no source feeds process %q", p.Name)
		}
	}
	for i, c := range l.listed {
		if !used(c, cfg.Processes) {
			note(index("calendars", i), "no process uses calendar %q", c.Name)
		}
	}
	for i := range cfg.Sources {
		l.unproduced(&cfg.Sources[i], index("sources", i)+".mapping", note)
	}
}

// unreachable notes stages that no order comes to by the stages' next lists.
func unreachable(p *process.Process, note func(path, format string, args ...any)) {
	plan := process.NewPlan(p)
	var reached uint64
	for _, a := range p.OpensOn {
		reached |= plan.Step(a).Starts
	}
	if reached == 0 {
		note("opens_on", "starts no stage: an order waits nowhere until a later activity")
		return
	}
	for grown := true; grown; {
		before := reached
		for i := range p.Stages {
			for j := range p.Stages {
				if reached&(1<<i) != 0 && plan.Follows(i, j) {
					reached |= 1 << j
				}
			}
		}
		grown = bits.OnesCount64(reached) > bits.OnesCount64(before)
	}
	for i := range p.Stages {
		if reached&(1<<i) == 0 {
			note(index("stages", i)+".name", "no order comes to stage %q: it stands in the next list of no stage that is reached", p.Stages[i].Name)
		}
	}
}

// abandoned notes stages that start with the activity that closes the order.
func abandoned(p *process.Process, note func(path, format string, args ...any)) {
	for i := range p.Stages {
		s := &p.Stages[i]
		for j, a := range s.StartsOn {
			if !s.AfterClose && (slices.Contains(p.ClosesOn.Completed, a) || slices.Contains(p.ClosesOn.Cancelled, a)) {
				note(index(index("stages", i)+".starts_on", j),
					"%q closes the order, so that visits of stage %q are abandoned as they begin: set after_close: true", a, s.Name)
			}
		}
	}
}

// unraised notes kinds of exception that are probably misspelt.
func unraised(p *process.Process, note func(path, format string, args ...any)) {
	var known []string
	for _, k := range process.Kinds() {
		known = append(known, k.Name)
	}
	for i := range p.Rules {
		if raise := p.Rules[i].Raise; raise != nil {
			known = append(known, raise.Kind)
		}
	}
	for i := range p.Exceptions {
		kind := p.Exceptions[i].Kind
		if meant := suggest(kind, known, ""); !slices.Contains(known, kind) && strings.HasPrefix(meant, "did you mean") {
			note("exceptions."+kind, "is a kind that neither Takt nor a rule raises, only an event exception.%s; %s", kind, meant)
		}
	}
}

// unproduced notes activities that end a stage and that the source's mapping never
// makes, and activities that it makes and the process does not mention.
func (l *loader) unproduced(s *Source, path string, note func(path, format string, args ...any)) {
	made, whole := activities(s)
	if !whole {
		return
	}
	plan := process.NewPlan(s.Process)
	for _, a := range made {
		if !plan.Mentions(a) && !byTakt(a) {
			note(path, "makes %q, which process %q does not mention: it is stored and moves no stage", a, s.Process.Name)
		}
	}
	if s.Through != "" {
		return // others tell the rest
	}
	for i := range s.Process.Stages {
		stage := &s.Process.Stages[i]
		if !slices.ContainsFunc(stage.EndsOn, func(a string) bool { return slices.Contains(made, a) }) {
			note(path, "makes no activity that ends stage %q (%s): its visits stay open until the order closes", stage.Name, list(stage.EndsOn))
		}
	}
}

// unburnable notes objectives so low that the fastest burn of their budget cannot be
// reached, even if every order breaks its limit: takt rules leaves its alert out.
func unburnable(p *process.Process, note func(path, format string, args ...any)) {
	for i := range p.Stages {
		l, burns := &p.Stages[i].Limit, p.Burns(i)
		if len(burns) == 0 || l.Objective == 0 {
			continue
		}
		if burn := burns[0]; !burn.Fires(l.Objective) {
			note(index("stages", i)+".limit.objective",
				"never burns at %g times what it allows, since all orders late are %.3g times: that alert is left out; above %.3g%% it is there",
				burn.Factor, 1/(1-l.Objective), 100*(1-1/burn.Factor))
		}
	}
}
