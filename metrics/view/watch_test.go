package view

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
	order, unit int32
	stage       int32
	entered     int64 // when it was entered
	shown       int64 // when the log said so
	left        int64 // MaxInt64: open
	hidden      int64 // when the log said so
	dropped     bool
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

// medianOf returns the median of the durations, ms, of visits that left on the
// last four weekdays equal to t's, per stage.
func medianOf(visits []seen, stages int, t int64, loc *time.Location) []float64 {
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
			out[i] = l[(len(l)-1)/2]
		}
	}
	return out
}

// loads are the summed ages that the first definition compares: of visits
// open at t or left in the 24 hours before, beyond the base, in hours.
func loads(visits []seen, base []float64, t int64) (ages, open []float64) {
	ages, open = make([]float64, len(base)), make([]float64, len(base))
	for i := range visits {
		v := &visits[i]
		switch {
		case v.shown > t:
		case v.hidden > t:
			open[v.stage]++
			ages[v.stage] += max(0, float64(t-v.entered)-base[v.stage]) / float64(hour)
		case v.left > t-24*hour && !v.dropped:
			ages[v.stage] += max(0, float64(v.left-v.entered)-base[v.stage]) / float64(hour)
		}
	}
	return ages, open
}

// crowdsOf returns the crowds of the stages at now, and of how many days there is history.
func crowdsOf(visits []seen, base []float64, now int64) ([]crowd, int) {
	crowds, first := make([]crowd, len(base)), now
	add := func(load *[steps]float64, at int64, n float64) {
		if at <= now {
			load[min(int((now-at)/step.Milliseconds()), steps-1)] += n
		}
	}
	for i := range visits {
		v := &visits[i]
		if v.shown > now {
			continue
		}
		first = min(first, v.entered)
		left := v.left
		if v.hidden > now {
			left = math.MaxInt64
		}
		c, old := &crowds[v.stage], v.entered+int64(base[v.stage])
		add(&c.open, v.entered, 1)
		add(&c.open, left, -1)
		add(&c.left, left, 1)
		if left > old {
			add(&c.old, old, 1)
			add(&c.old, left, -1)
		}
	}
	for i := range crowds {
		crowds[i].accumulate()
	}
	return crowds, int((now - first) / (24 * hour))
}
