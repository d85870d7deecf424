package backtest

import (
	"slices"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

const (
	hour         = time.Hour
	comparable   = 6 // weeks that a normal is taken from
	leastOfWeeks = 2 // that there have to be
)

// usual knows how many visits are usually open, at most: as view.Normals does in
// ClickHouse, the 95th percentile of the counts at every quarter of the same local
// hour in the last six weeks, without holidays and the days worked for them.
type usual struct {
	process *process.Process
	special map[process.Date]bool
	zone    *time.Location      // of those days
	counts  map[int64][]float64 // by quarter of an hour since 1970: open visits by stage
	hour    order.Instant       // the hour that upper is of
	upper   []float64           // by stage; nil: too little is known
}

func newUsual(p *process.Process) usual {
	u := usual{process: p, counts: map[int64][]float64{}, special: map[process.Date]bool{}}
	if c := p.Calendar; c != nil {
		s := c.Schedule(process.FirstYear, process.LastYear)
		u.zone = s.Zone
		for _, d := range append(s.Holidays, s.MakeUpDays...) {
			u.special[d] = true
		}
	}
	return u
}

// note writes down what is open at a full quarter of an hour.
func (u *usual) note(now order.Instant, open []float64) {
	if int64(now)%step.Milliseconds() == 0 {
		u.counts[int64(now)/step.Milliseconds()] = slices.Clone(open)
	}
}

// bound returns the normal of the stage, false where there is none.
func (u *usual) bound(now order.Instant, stage int) (float64, bool) {
	if began := now - now%order.Instant(hour.Milliseconds()); began != u.hour {
		u.hour = began
		u.learn(now.Time().In(u.process.Zone))
	}
	if u.upper == nil {
		return 0, false
	}
	return u.upper[stage], true
}

func (u *usual) learn(now time.Time) {
	samples := make([][]float64, len(u.process.Stages))
	weeks := 0
	for week := 1; week <= comparable; week++ {
		then := time.Date(now.Year(), now.Month(), now.Day()-7*week, now.Hour(), 0, 0, 0, now.Location())
		slot := then.UnixMilli() / step.Milliseconds()
		if u.counts[slot] == nil || u.zone != nil && u.special[process.DateOf(then.In(u.zone))] {
			continue
		}
		weeks++
		for i := range int64(hour / step) {
			for stage, n := range u.counts[slot+i] {
				samples[stage] = append(samples[stage], n)
			}
		}
	}
	u.upper = nil
	if weeks < leastOfWeeks {
		return
	}
	for _, s := range samples {
		slices.Sort(s)
		u.upper = append(u.upper, s[len(s)*95/100]) // as quantileExact
	}
}
