package backtest

import (
	"cmp"
	"slices"
	"time"

	"github.com/takt-orders/takt/alerts"
)

// Report is what a replay found.
type Report struct {
	Process string
	From    time.Time
	Until   time.Time
	Events  int       // in the period
	First   time.Time // when the first event that was read reached Takt
	Skipped int       // events of orders closed so long ago that they are forgotten
	Gaps    []Gap     // what there is too little history for
	Current Result
	Changed *Result // of the changed process; nil: there was none
	Changes []Change
	Newly   []*Incident // caught by the changed process alone
	Missed  []*Incident // caught by the current one alone
}

// Gap is an alert that needs more history than there is.
type Gap struct {
	Alert string
	Until time.Time // it is not evaluated before; of the period's end, not at all
}

// Result is how the rules of one process did.
type Result struct {
	Fires     []Fire      // by time
	Rules     []Tally     // that fired, the noisiest first
	Incidents []*Incident // by stage and time
}

// Tally is how one rule did.
type Tally struct {
	Key
	Fires     int
	Right     int // that an incident explains
	Incidents int // of its stage, or of orders as a whole
	Caught    int // of those, by this rule
}

// Change is how a rule does under each of the two processes.
type Change struct {
	Key
	Current, Changed Tally
}

// NotEvaluated returns the alerts that no replay can judge: those about Takt itself.
func NotEvaluated() []string {
	names := alerts.Names()
	return names[slices.Index(names, alerts.PromiseBurn)+1:]
}

// Weeks returns the length of the period.
func (r *Report) Weeks() float64 { return r.Until.Sub(r.From).Hours() / (7 * 24) }

// Right returns the number of fires that an incident explains.
func (r *Result) Right() (n int) {
	for i := range r.Fires {
		if r.Fires[i].Right {
			n++
		}
	}
	return n
}

// Caught returns the number of incidents that an alert of their stage told.
func (r *Result) Caught() (n int) {
	for _, x := range r.Incidents {
		if x.Caught {
			n++
		}
	}
	return n
}

// Lead returns the median of the lead times, false if nothing was caught.
func (r *Result) Lead() (time.Duration, bool) { return medianLead(r.Incidents) }

func newReport(c Config, players []*player) *Report {
	p := players[0]
	r := &Report{
		Process: c.Process.Name, From: c.From, Until: c.Until, Events: p.events, First: p.first.Time(), Skipped: p.skipped, Gaps: gaps(p),
	}
	incidents := p.truth.incidents()
	r.Current = p.result(incidents)
	if len(players) == 1 {
		return r
	}
	changed := players[1].result(players[1].own(incidents, p))
	r.Changed = &changed
	r.Changes = changes(r.Current.Rules, changed.Rules)
	r.Newly, r.Missed = compare(r.Current.Incidents, changed.Incidents)
	return r
}

// compare returns the incidents caught by the changed process alone, and by the current
// one alone. Those that only one of them has are neither.
func compare(current, changed []*Incident) (newly, missed []*Incident) {
	for _, was := range current {
		i := slices.IndexFunc(changed, func(is *Incident) bool {
			return is.Stage == was.Stage && is.From.Equal(was.From) && is.after == was.after
		})
		switch {
		case i < 0:
		case changed[i].Caught && !was.Caught:
			newly = append(newly, changed[i])
		case was.Caught && !changed[i].Caught:
			missed = append(missed, was)
		}
	}
	return newly, missed
}

// own returns the incidents that the fires of p are judged by: those of the current
// process, and at stages that p alone has its own.
func (p *player) own(incidents []*Incident, current *player) (all []*Incident) {
	for _, x := range incidents {
		i := p.process.StageIndex(x.Stage)
		if x.Stage != "" && i < 0 {
			continue
		}
		same := *x
		if i >= 0 {
			same.within = p.process.Wall(i, p.process.Stages[i].Limit.Within)
		}
		all = append(all, &same)
	}
	for _, x := range p.truth.incidents() {
		if x.Stage != "" && current.process.StageIndex(x.Stage) < 0 {
			all = append(all, x)
		}
	}
	return all
}

// gaps returns the alerts that the history before the period does not suffice for.
func gaps(p *player) (all []Gap) {
	for _, need := range []struct {
		alert string
		of    time.Duration
	}{
		{alerts.BacklogGrowing, leastOfWeeks * 7 * day},
		{alerts.StageSilent, 2*day + hour},
		{alerts.SourceSilent, 2*day + hour},
		{alerts.ExceptionsSpike, 2 * day},
	} {
		if from := p.first.Add(need.of); from > p.from {
			all = append(all, Gap{need.alert, min(from, p.until).Time()})
		}
	}
	return all
}

// result judges what fired by the incidents.
func (p *player) result(incidents []*Incident) Result {
	r := Result{Fires: p.judge.finish(p.until), Incidents: incidents}
	match(r.Fires, incidents)
	tallies := map[Key]*Tally{}
	told := map[Key]map[*Incident]bool{}
	for i := range r.Fires {
		f := &r.Fires[i]
		k := f.Key
		t := tallies[k]
		if t == nil {
			t = &Tally{Key: k}
			tallies[k], told[k] = t, map[*Incident]bool{}
		}
		t.Fires++
		if f.Right {
			t.Right++
		}
		for _, x := range incidents {
			if f.Stage == x.Stage && f.explained(x) {
				told[k][x] = true
			}
		}
	}
	for k, t := range tallies {
		t.Caught = len(told[k])
		for _, x := range incidents {
			if x.Stage == t.Stage {
				t.Incidents++
			}
		}
		r.Rules = append(r.Rules, *t)
	}
	slices.SortFunc(r.Rules, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Fires-b.Right, a.Fires-a.Right), cmp.Compare(b.Fires, a.Fires), a.compare(b.Key))
	})
	return r
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Alert, o.Alert), cmp.Compare(k.Stage, o.Stage), cmp.Compare(k.Severity, o.Severity), cmp.Compare(k.Kind, o.Kind), cmp.Compare(k.Team, o.Team))
}

// changes pairs the tallies of the same rule and returns those that differ.
func changes(current, changed []Tally) (all []Change) {
	byKey := map[Key]*Change{}
	of := func(k Key) *Change {
		if byKey[k] == nil {
			byKey[k] = &Change{Key: k, Current: Tally{Key: k}, Changed: Tally{Key: k}}
		}
		return byKey[k]
	}
	for _, t := range current {
		of(t.Key).Current = t
	}
	for _, t := range changed {
		of(t.Key).Changed = t
	}
	for _, c := range byKey {
		c.Current.Incidents = max(c.Current.Incidents, c.Changed.Incidents)
		c.Changed.Incidents = c.Current.Incidents
		if c.Current != c.Changed {
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b Change) int { return a.compare(b.Key) })
	return all
}
