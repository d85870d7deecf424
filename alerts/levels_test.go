package alerts_test

import (
	"math"
	"slices"
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// levels are the open visits of each stage on a grid of quarters of an hour, and what
// of them is usual, as view.Normals computes it in ClickHouse and takt asks for it once
// an hour.
type levels struct {
	process *process.Process
	since   time.Time
	open    []float64
	samples map[int64][][]float64 // by hour, of each stage
	told    time.Time             // the hour of the last answer
}

func newLevels(p *process.Process, since time.Time) levels {
	return levels{process: p, since: since, open: make([]float64, len(p.Stages)), samples: map[int64][][]float64{}}
}

func (l *levels) apply(e *tracker.Effects, now time.Time) {
	for i := range e.Deltas {
		if d := &e.Deltas[i]; d.Kind == tracker.VisitsOpen {
			l.open[d.Stage] += d.Value
		}
	}
	if now.Minute()%15 != 0 {
		return
	}
	hour := now.Truncate(time.Hour).Unix()
	if l.samples[hour] == nil {
		l.samples[hour] = make([][]float64, len(l.open))
	}
	for i, n := range l.open {
		l.samples[hour][i] = append(l.samples[hour][i], n)
	}
}

// upper returns the normals by stage; ok is false if they are told for the hour.
func (l *levels) upper(now time.Time) (normals map[string]float64, ok bool) {
	if now.Truncate(time.Hour).Equal(l.told) {
		return nil, false
	}
	l.told = now.Truncate(time.Hour)
	local := now.In(l.process.Zone)
	var weeks [][][]float64
	for week := 1; week <= 6; week++ {
		then := time.Date(local.Year(), local.Month(), local.Day()-7*week, local.Hour(), 0, 0, 0, local.Location())
		if !then.Before(l.since) && !l.off(then) {
			weeks = append(weeks, l.samples[then.Unix()])
		}
	}
	normals = map[string]float64{}
	if len(weeks) < 2 {
		return normals, true
	}
	for i := range l.open {
		var all []float64
		for _, week := range weeks {
			if week != nil {
				all = append(all, week[i]...)
			}
		}
		slices.Sort(all)
		normals[l.process.Stages[i].Name] = all[int(math.Ceil(0.95*float64(len(all))))-1]
	}
	return normals, true
}

// off reports whether a day is no measure for others.
func (l *levels) off(t time.Time) bool {
	if l.process.Calendar == nil {
		return false
	}
	s := l.process.Calendar.Schedule(t.Year(), t.Year())
	d := process.DateOf(t)
	return slices.Contains(s.Holidays, d) || slices.Contains(s.MakeUpDays, d)
}
