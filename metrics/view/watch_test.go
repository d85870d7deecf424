package view_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

const hour = int64(time.Hour / time.Millisecond)

// seen is a visit as the log shows it, in ms.
type seen struct {
	order, unit, number int32
	stage               int32
	entered             int64 // when it was entered
	shown               int64 // when the log said so
	left                int64 // MaxInt64: open
	hidden              int64 // when the log said so
	dropped             bool
}

// follow plays the simulation until t and returns the visits that its log shows.
func follow(t testing.TB, cfg simulate.Config, until time.Time) []seen {
	t.Helper()
	run, err := simulate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	plan := process.NewPlan(cfg.Process)
	stages := len(plan.Stages)
	var visits []seen
	var at []int32 // per order, unit and stage: visit + 1; 0: none yet, negative: left
	var last []int32
	for d := range run.Until(until) {
		if d.Duplicate {
			continue
		}
		e := d.Event
		step := plan.Step(e.Activity)
		if step.Starts|step.Ends == 0 && step.Closes == 0 {
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(e.OrderID, "SO-"))
		if err != nil {
			t.Fatal(err)
		}
		unit := 0
		if e.Unit != "" {
			unit = int(e.Unit[1] - '0')
		}
		for len(at) < (n+1)*4*stages {
			at = append(at, make([]int32, 1024*4*stages)...)
			last = append(last, make([]int32, 1024)...)
		}
		slots := at[n*4*stages : (n+1)*4*stages]
		for i := range stages {
			if step.Ends&(1<<i) == 0 {
				continue
			}
			k := unit*stages + i
			if slots[k] <= 0 && slots[i] > 0 {
				k = i
			}
			if v := slots[k]; v > 0 {
				visits[v-1].left, visits[v-1].hidden = int64(e.OccurredAt), int64(d.At)
				slots[k] = -v
			}
		}
		for i := range stages {
			if k := unit*stages + i; step.Starts&(1<<i) != 0 && slots[k] <= 0 && (!d.Late || last[n] < int32(i)) {
				visits = append(visits, seen{
					order: int32(n), unit: int32(unit), stage: int32(i), entered: int64(e.OccurredAt), shown: int64(d.At),
					left: math.MaxInt64, hidden: math.MaxInt64,
				})
				slots[k] = int32(len(visits))
				last[n] = max(last[n], int32(i))
			}
		}
		if step.Closes == process.Cancelled {
			for k, v := range slots {
				if v > 0 {
					visits[v-1].left, visits[v-1].hidden, visits[v-1].dropped = int64(e.OccurredAt), int64(d.At), true
					slots[k] = -v
				}
			}
		}
	}
	return visits
}

// quantileOf returns the q-quantile of the durations of visits that left on the
// last four weekdays equal to t's, per stage.
func quantileOf(visits []seen, stages int, t int64, q float64, loc *time.Location) []float64 {
	_, offset := time.UnixMilli(t).In(loc).Zone()
	day := func(at int64) int64 { return (at + int64(offset)*1000) / (24 * hour) }
	lengths := make([][]float64, stages)
	for i := range visits {
		v := &visits[i]
		if v.hidden > t || v.dropped {
			continue
		}
		if ago := day(t) - day(v.left); ago > 0 && ago <= 28 && ago%7 == 0 {
			lengths[v.stage] = append(lengths[v.stage], float64(v.left-v.entered))
		}
	}
	out := make([]float64, stages)
	for i, l := range lengths {
		slices.Sort(l)
		if len(l) > 0 {
			out[i] = l[int(q*float64(len(l)-1))]
		}
	}
	return out
}

// load is what stands in the stages at one time.
type load struct{ open, old, excess, recent []float64 }

func loadAt(visits []seen, base []float64, t int64) load {
	l := load{open: make([]float64, len(base)), old: make([]float64, len(base)), excess: make([]float64, len(base)), recent: make([]float64, len(base))}
	for i := range visits {
		v := &visits[i]
		if v.shown > t {
			continue
		}
		if v.hidden <= t {
			if v.left > t-24*hour && !v.dropped {
				l.recent[v.stage] += max(0, float64(v.left-v.entered)-base[v.stage]) / float64(hour)
			}
			continue
		}
		l.open[v.stage]++
		if x := float64(t-v.entered) - base[v.stage]; x > 0 {
			l.old[v.stage]++
			l.excess[v.stage] += x / float64(hour)
			l.recent[v.stage] += x / float64(hour)
		}
	}
	return l
}

func median(x []float64) float64 {
	x = slices.Clone(x)
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
