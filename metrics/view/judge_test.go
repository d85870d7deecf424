package view

import (
	"math"
	"slices"
	"time"
)

const (
	step      = 15 * time.Minute
	weeks     = 4
	lookBack  = 3 * 24 * time.Hour                            // how far "since when" is followed
	steps     = int((weeks*7*24*time.Hour+lookBack)/step) + 8 // two hours more, for clocks that were set
	minExcess = 10                                            // orders
	minSpread = 6                                             // spreads
	sustained = 2                                             // steps
	upstream  = 1.0 / 3                                       // of the greatest score
	fewLeft   = 3                                             // spreads that departures fall short by
	moreOpen  = 2                                             // spreads that open visits exceed theirs by
)

// windows are the steps before now in which departures may fall short.
var windows = []int{1, 2, 4}

// What follows says in Go what takt.bottleneck_now says in SQL: the grading plays many
// more seeds than an engine could be filled with, and TestBottleneckIsJudged compares
// the two.

// crowd is the load of one stage on a grid of times before now: what[j] is the
// load at now - j*step.
type crowd struct {
	open [steps]float64 // visits under way
	old  [steps]float64 // of them those longer in the stage than its median
	left [steps]float64 // visits that left in the steps before: left[j] - left[i] from step i to j
}

// accumulate turns changes into loads: step j holds what changed at j and before.
func (c *crowd) accumulate() {
	for j := steps - 2; j >= 0; j-- {
		c.open[j] += c.open[j+1]
		c.old[j] += c.old[j+1]
	}
	for j, sum := 0, 0.0; j < steps; j++ {
		c.left[j], sum = sum, sum+c.left[j]
	}
}

// verdict is what a crowd tells about its stage: sql/bottleneck.sql defines it.
type verdict struct {
	abnormal   bool
	score      float64
	since      int     // steps before now that the crowd began to gather
	openNormal float64 // median of the open visits at this hour of the week
}

// clock finds places on the grid: the same local time, days ago.
type clock struct{ now time.Time }

// daysAgo returns the step of the local time j steps ago, k days before it.
func (c clock) daysAgo(j, k int) int {
	at := c.now.Add(-time.Duration(j) * step)
	return min(max(int(c.now.Sub(at.AddDate(0, 0, -k))/step), 0), steps-1)
}

// judge weighs one stage; now carries the process's zone and days is the number
// of whole days for which there is history.
func (c *crowd) judge(now time.Time, days int) verdict {
	at := clock{now}
	days = min(days, 7*weeks)
	if days < 1 {
		return verdict{}
	}
	usual := width(daily(at, days, func(j int) float64 { return c.old[j] }))
	normal := func(j int) float64 { return sameHour(&c.old, at, j, days) }
	spread := max(math.Sqrt(max(normal(0), 1)), usual)
	excess := c.old[0] - normal(0)
	v := verdict{
		score:      excess / spread,
		openNormal: sameHour(&c.open, at, 0, days),
	}
	gathered := excess >= max(minExcess, minSpread*spread) && c.old[sustained]-normal(sustained) >= max(minExcess, minSpread*spread/2)
	held, short := c.heldUp(at, days)
	if v.abnormal = gathered || held > 0; !v.abnormal {
		return v
	}
	v.score = max(v.score, short)
	for j := 1; j <= int(lookBack/step); j++ {
		n := normal(j)
		if c.old[j]-n <= max(math.Sqrt(max(n, 1)), usual) {
			break
		}
		v.since = j
	}
	v.since = max(v.since, held)
	return v
}

// heldUp returns the longest window in which fewer left the stage than usual while more
// are in it, in steps, and by how many spreads at most; 0 without.
func (c *crowd) heldUp(at clock, days int) (window int, short float64) {
	normal := sameHour(&c.open, at, 0, days)
	spread := max(math.Sqrt(max(normal, 1)), width(daily(at, days, func(j int) float64 { return c.open[j] })))
	if days < 7 || c.open[0]-normal < max(minExcess, moreOpen*spread) {
		return 0, 0
	}
	for _, w := range windows {
		left := func(j int) float64 { return c.left[j+w] - c.left[j] }
		mean, n := 0.0, float64(days/7)
		for k := 7; k <= days; k += 7 {
			mean += left(at.daysAgo(0, k)) / n
		}
		spread := max(math.Sqrt(max(mean, 1)*(1+1/n)), width(daily(at, days, left)))
		if less := mean - left(0); less >= max(minExcess, fewLeft*spread) {
			window, short = w, max(short, less/spread)
		}
	}
	return window, short
}

// daily is what was at this local time on each of the days before.
func daily(at clock, days int, what func(j int) float64) []float64 {
	var all []float64
	for k := 1; k <= days; k++ {
		all = append(all, what(at.daysAgo(0, k)))
	}
	return all
}

// sameHour is the median of the loads a week, two, three and four before step j;
// with less than a week of history it is that of the days before.
func sameHour(load *[steps]float64, at clock, j, days int) float64 {
	var past []float64
	for k := 7; k <= days; k += 7 {
		past = append(past, load[at.daysAgo(j, k)])
	}
	if len(past) == 0 {
		for k := 1; k <= days; k++ {
			past = append(past, load[at.daysAgo(j, k)])
		}
	}
	return median(past)
}

// width is the spread of x in standard deviations of a normal distribution, by its
// middle half or its upper tail, whichever is wider: queues come in bursts.
func width(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	middle, q90 := median(x), x[(len(x)-1)*9/10]
	off := make([]float64, len(x))
	for i := range x {
		off[i] = math.Abs(x[i] - middle)
	}
	return max(1.4826*median(off), (q90-middle)/1.2816)
}

// choose returns the bottleneck among the stages, in process order, -1 if none is
// abnormal: the first whose score is at least a third of the greatest, because what
// holds a stage up is felt in those after it.
func choose(verdicts []verdict) int {
	greatest := 0.0
	for _, v := range verdicts {
		if v.abnormal {
			greatest = max(greatest, v.score)
		}
	}
	return slices.IndexFunc(verdicts, func(v verdict) bool { return v.abnormal && v.score >= upstream*greatest })
}

// median is the mean of the two middle values.
func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	if len(x) == 0 {
		return 0
	}
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
