package backtest

import (
	"math"
	"time"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// Key names one rule.
type Key struct {
	Alert    string
	Severity string // critical or warning
	Stage    string // empty: the process as a whole
	Kind     string // of exceptions, in a spike
	Team     string // owns the stage or the exceptions; empty: the team of what belongs to no stage
}

// Fire is one alert from when it fires until it is resolved.
type Fire struct {
	Key
	From  time.Time
	To    time.Time // the period's end if it fires then
	Right bool      // an incident explains it
}

// rule is one alerting rule. It holds the state that Prometheus keeps of it.
type rule struct {
	Key
	stage   int // -1: none
	holds   func(now order.Instant, firing bool) bool
	calm    time.Duration
	since   order.Instant // when it began to hold; unknown: it does not
	kept    order.Instant // when it ceased to hold, firing; unknown: it holds
	firing  bool
	from    order.Instant
	heldOff bool // held while the stage's calendar is closed
}

// judge evaluates the rules of a process.
type judge struct {
	process *process.Process
	counts  *counts
	usual   *usual
	first   order.Instant   // when the first event came
	closed  []order.Instant // by stage: last minute in which its calendar was closed
	open    []bool          // by stage: calendar is open
	rules   []*rule
	spikes  map[*kindCounts]*rule
	fires   []Fire
}

func newJudge(p *process.Process, c *counts, u *usual) *judge {
	j := &judge{
		process: p, counts: c, usual: u, closed: make([]order.Instant, len(p.Stages)), open: make([]bool, len(p.Stages)), spikes: map[*kindCounts]*rule{},
	}
	for i := range p.Stages {
		j.stage(i)
	}
	j.whole()
	return j
}

// add adds a rule.
func (j *judge) add(stage int, alert string, severity process.Severity, holds func(now order.Instant, firing bool) bool) *rule {
	r := &rule{Key: Key{Alert: alert, Severity: severity.String()}, stage: stage, holds: holds, calm: alerts.Calm(alert, 0)}
	if stage >= 0 {
		r.calm = alerts.Calm(alert, j.process.Stages[stage].Limit.Within)
		r.Stage, r.Team = j.process.Stages[stage].Name, j.process.Stages[stage].Owner.Team
	}
	j.rules = append(j.rules, r)
	return r
}

// stage adds the rules of one stage.
func (j *judge) stage(i int) {
	s, c := &j.process.Stages[i], &j.counts.stages[i]
	var backlog *rule
	for _, page := range [...]bool{true, false} {
		if burns := burning(j.process.Burns(i), s.Limit.Objective, page); len(burns) > 0 {
			j.add(i, alerts.BudgetBurn, severity(page), func(_ order.Instant, firing bool) bool {
				return burns.hold(&c.due, &c.breached, s.Limit.Objective) || firing && backlog.firing
			}).heldOff = true
		}
	}
	silences := alerts.Silences(s.Limit.Within)
	j.add(i, alerts.StageSilent, process.Critical, func(_ order.Instant, firing bool) bool {
		return j.open[i] && c.silent(silences, firing)
	}).heldOff = true
	backlog = j.add(i, alerts.BacklogGrowing, process.Warning, func(now order.Instant, firing bool) bool {
		n, known := j.usual.bound(now, i)
		open := j.counts.open[i]
		return known && (open > alerts.AboveShare*n+alerts.AboveCount || open > n+alerts.AboveRoots*math.Sqrt(n)+alerts.AboveCount || firing && open > n)
	})
	backlog.heldOff = true
	if after := alerts.OldestAfter(j.process, i); after > 0 {
		j.add(i, alerts.OldestOrder, process.Warning, func(now order.Instant, _ bool) bool {
			return c.oldest.Known() && now.Sub(c.oldest) > after &&
				(s.StuckAfter == 0 || c.stuck >= alerts.LeastStuck && c.stuck > alerts.StuckShare*j.counts.open[i])
		})
	}
}

func severity(page bool) process.Severity {
	if page {
		return process.Critical
	}
	return process.Warning
}

// silent reports whether next to nothing is finished although as many wait as were
// finished on the mean at this time of the two days before, neither of them a day off.
func (c *stageCounts) silent(windows []time.Duration, firing bool) bool {
	for _, w := range windows {
		one, two := c.finished.increase(w, day), c.finished.increase(w, 2*day)
		usual := (one + two) / 2
		if c.finished.increase(w, 0) <= alerts.SilentShare*usual && usual >= alerts.LeastDone && min(one, two) >= alerts.LeastDone/2.0 && c.waiting.least(w) >= usual {
			return true
		}
	}
	return firing && c.finished.increase(windows[0], 0) <= alerts.WorkingShare*c.finished.increase(windows[0], day)
}

const day = 24 * time.Hour

// burns are the ways to notice that a budget burns.
type burns []process.Burn

// burning returns those that can fire and wake somebody, or do not.
func burning(all []process.Burn, objective float64, page bool) (some burns) {
	for _, b := range all {
		if b.Page == page && b.Fires(objective) {
			some = append(some, b)
		}
	}
	return some
}

// hold reports whether one of them is reached. A short window in which nothing was due
// does not end it.
func (b burns) hold(due, broken *counter, objective float64) bool {
	for _, w := range b {
		bound := w.Share(objective)
		long, short := due.increase(w.Long, 0), due.increase(w.Short, 0)
		if long >= alerts.LeastDue && broken.increase(w.Long, 0)/long > bound && (short == 0 || broken.increase(w.Short, 0)/short > bound) {
			return true
		}
	}
	return false
}

// minute evaluates every rule.
func (j *judge) minute(now, first order.Instant) {
	j.first = first
	for i := range j.open {
		if j.open[i] = j.process.CalendarOf(i).Open(now); !j.open[i] {
			j.closed[i] = now
		}
	}
	j.kinds()
	for _, r := range j.rules {
		j.evaluate(r, now)
	}
}

func (j *judge) evaluate(r *rule, now order.Instant) {
	holds := r.holds(now, r.firing) ||
		r.firing && r.heldOff && j.closed[r.stage].Known() && now.Sub(j.closed[r.stage]) < alerts.HeldFor
	switch {
	case !holds && r.firing:
		if !r.kept.Known() {
			r.kept = now
		}
		if now.Sub(r.kept) >= r.calm {
			j.resolve(r, now)
		}
		return
	case !holds:
		r.since = 0
		return
	case !r.since.Known():
		r.since = now
	}
	r.kept = 0
	if !r.firing && now.Sub(r.since) >= alerts.For(r.Alert) {
		r.firing, r.from = true, now
	}
}

func (j *judge) resolve(r *rule, now order.Instant) {
	j.fires = append(j.fires, Fire{Key: r.Key, From: r.from.Time(), To: now.Time()})
	r.firing, r.since, r.kept = false, 0, 0
}
