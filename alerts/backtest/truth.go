package backtest

import (
	"math"
	"slices"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// When an hour is bad, and when two bad hours are of one incident. Promises are judged
// by the day: those of a day all break at its end.
const (
	leastJudged   = 10 // visits, or promises, that an hour or day has to decide
	leastReported = 5  // exceptions that an hour has to bring
	deviations    = 3  // above what is allowed, or usual
	sameIncident  = 12 * time.Hour
)

// Incident is a stretch of bad hours of a stage, or of bad days of promises.
type Incident struct {
	Stage    string        // empty: promises, or exceptions of orders as a whole
	From     time.Time     // the first breach or exception of its first bad hour or day
	To       time.Time     // the end of its last bad hour or day
	Breaches int           // in its bad hours: limits broken, or promises
	Reported int           // exceptions reported in them
	Caught   bool          // an alert of its stage is right by it
	Lead     time.Duration // from the earliest such alert to From; less than 0: the alert came later

	within time.Duration // an alert may end so long before it
	after  time.Duration // an alert may begin so long after it
}

// hourOf is what one hour of a stage, or one day of promises, brought.
type hourOf struct {
	judged, broken, reported int
	first                    order.Instant // breach or exception; unknown: none
}

// truth collects what happened, by stage and hour; the last stage is the order as a
// whole.
type truth struct {
	process *process.Process
	from    order.Instant
	derived map[string]bool // kinds that Takt derives, or that a rule raises
	hours   [][]hourOf
	days    []hourOf        // of promises
	ends    []order.Instant // of those days
}

func newTruth(p *process.Process, from, until order.Instant) truth {
	t := truth{process: p, from: from, derived: map[string]bool{}}
	for _, kind := range []string{
		process.Overdue, process.AtRisk, process.Stuck, process.Skipped, process.OutOfPath, process.Rework,
		process.Duplicate, process.SequenceViolation, process.PromiseRewritten, process.PromiseBroken,
	} {
		t.derived[kind] = true
	}
	for i := range p.Rules {
		if raise := p.Rules[i].Raise; raise != nil {
			t.derived[raise.Kind] = true
		}
	}
	n := int((until.Sub(from) + hour - 1) / hour)
	for range len(p.Stages) + 1 {
		t.hours = append(t.hours, make([]hourOf, n))
	}
	for end := from; end < until; {
		y, m, d := end.Time().In(p.Zone).Date()
		end = order.InZone(y, m, d+1, 0, 0, 0, 0, p.Zone)
		t.ends = append(t.ends, end)
	}
	t.days = make([]hourOf, len(t.ends))
	return t
}

// apply takes what has changed by now.
func (t *truth) apply(e *tracker.Effects, now order.Instant) {
	n := int((now.Sub(t.from) - 1) / hour) // what has changed did so by now
	promised, _ := slices.BinarySearch(t.ends, now)
	for i := range e.Deltas {
		d := &e.Deltas[i]
		stage := int(d.Stage)
		if stage < 0 {
			stage = len(t.hours) - 1
		}
		h := &t.hours[stage][n]
		bad := false
		switch {
		case d.Kind == tracker.VisitsDue:
			bad = d.A == uint8(tracker.Yes)
			h.judge(bad)
		case d.Kind == tracker.PromisesDue && d.A == currentPromise:
			h = &t.days[promised]
			bad = d.B == uint8(tracker.No)
			h.judge(bad)
		case d.Kind == tracker.ExceptionsOpened && !t.derived[d.Exception]:
			h.reported++
			bad = true
		}
		if bad && !h.first.Known() {
			h.first = now
		}
	}
}

func (h *hourOf) judge(broken bool) {
	h.judged++
	if broken {
		h.broken++
	}
}

// incidents returns what went wrong, by stage in process order and time.
func (t *truth) incidents() (all []*Incident) {
	longest := time.Duration(0)
	for i := range t.process.Stages {
		longest = max(longest, t.process.Wall(i, t.process.Stages[i].Limit.Within))
	}
	hourly := func(n int) order.Instant { return t.from.Add(time.Duration(n+1) * hour) }
	for i, hours := range t.hours {
		kind, objective := Incident{within: longest, after: hour}, 0.0
		if i < len(t.process.Stages) {
			s := &t.process.Stages[i]
			kind.Stage, kind.within, objective = s.Name, t.process.Wall(i, s.Limit.Within), s.Limit.Objective
		}
		all = append(all, stretches(hours, hourly, objective, kind)...)
	}
	daily := func(n int) order.Instant { return t.ends[n] }
	return append(all, stretches(t.days, daily, t.process.Promise.Objective, Incident{within: longest, after: day})...)
}

// stretches joins what is bad of hours, which end as ends tells, to incidents of a kind.
func stretches(hours []hourOf, ends func(int) order.Instant, objective float64, kind Incident) (all []*Incident) {
	usual := usualReports(hours)
	for n := range hours {
		h := &hours[n]
		if !h.breaks(objective) && float64(h.reported) <= usual {
			continue
		}
		end := ends(n).Time()
		if len(all) == 0 || end.Add(-kind.after).Sub(all[len(all)-1].To) > sameIncident {
			x := kind
			x.From = h.first.Time()
			all = append(all, &x)
		}
		last := all[len(all)-1]
		last.To = end
		last.Breaches += h.broken
		last.Reported += h.reported
	}
	return all
}

// breaks reports whether more was broken than the objective and chance explain: the
// number is binomial.
func (h *hourOf) breaks(objective float64) bool {
	n, p := float64(h.judged), 1-objective
	return objective > 0 && h.judged >= leastJudged && float64(h.broken) > n*p+deviations*math.Sqrt(n*p*(1-p))
}

// usualReports returns how many exceptions an hour may bring at most to be a usual one.
func usualReports(hours []hourOf) float64 {
	mean, square := 0.0, 0.0
	for i := range hours {
		mean += float64(hours[i].reported) / float64(len(hours))
	}
	for i := range hours {
		square += (float64(hours[i].reported) - mean) * (float64(hours[i].reported) - mean) / float64(len(hours))
	}
	return max(mean+deviations*math.Sqrt(square), leastReported-1)
}

// match tells fires and incidents of each other. An incident is caught by alerts of
// its own stage only.
func match(fires []Fire, incidents []*Incident) {
	for i := range fires {
		f := &fires[i]
		for _, x := range incidents {
			if !f.explained(x) {
				continue
			}
			f.Right = true
			if lead := x.From.Sub(f.From); f.Stage == x.Stage && (!x.Caught || lead > x.Lead) {
				x.Caught, x.Lead = true, lead
			}
		}
	}
}

// explained reports whether the incident overlaps the fire. What waited when the fire
// ended breaks its limit within the limit after it, if at all; and rules look back, so
// that a fire may begin an hour after the last bad hour, of promises a day. Any stage may
// explain a fire of the process as a whole.
func (f *Fire) explained(x *Incident) bool {
	return (f.Stage == "" || f.Stage == x.Stage) && f.From.Before(x.To.Add(x.after)) && !f.To.Add(x.within).Before(x.From)
}

// medianLead returns the middle of the lead times of what was caught, false if nothing was.
func medianLead(incidents []*Incident) (time.Duration, bool) {
	var leads []time.Duration
	for _, x := range incidents {
		if x.Caught {
			leads = append(leads, x.Lead)
		}
	}
	if len(leads) == 0 {
		return 0, false
	}
	slices.Sort(leads)
	return leads[(len(leads)-1)/2], true
}
