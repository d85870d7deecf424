package simulate

import (
	"math"
	"slices"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// visit is a stay in a stage as a reader of the log would see it.
type visit struct {
	stage       int
	order, unit string
	entered     int64
	left        int64 // MaxInt64: open
	dropped     bool
}

// replayed is what a log tells of visits: a little tracker, for tests.
type replayed struct {
	visits           []visit
	placed, closed   map[string]int64
	late, dup, total int
	due              map[string]int64
}

type openKey struct {
	stage       int
	order, unit string
}

// replay reads deliveries in the order of their occurrence.
func replay(p *process.Process, deliveries []Delivery) *replayed {
	plan := process.NewPlan(p)
	r := &replayed{placed: map[string]int64{}, closed: map[string]int64{}, due: map[string]int64{}}
	ds := slices.Clone(deliveries)
	slices.SortStableFunc(ds, func(a, b Delivery) int { return int(a.Event.OccurredAt - b.Event.OccurredAt) })
	open := map[openKey]int{}
	byOrder := map[string][]openKey{}
	for _, d := range ds {
		r.total++
		if d.Late {
			r.late++
		}
		if d.Duplicate {
			r.dup++
			continue
		}
		e := d.Event
		step := plan.Step(e.Activity)
		at := int64(e.OccurredAt)
		if step.Opens && r.placed[e.OrderID] == 0 {
			r.placed[e.OrderID] = at
		}
		if e.PromisedAt.Known() {
			r.due[e.OrderID] = int64(p.Due(e.PromisedAt))
		}
		for i := range p.Stages {
			if step.Ends&(1<<i) != 0 {
				k := openKey{i, e.OrderID, e.Unit}
				v, ok := open[k]
				if !ok && e.Unit != "" {
					k.unit = ""
					v, ok = open[k]
				}
				if ok {
					delete(open, k)
					r.visits[v].left = at
				}
			}
		}
		for i := range p.Stages {
			if step.Starts&(1<<i) != 0 {
				k := openKey{i, e.OrderID, e.Unit}
				if _, ok := open[k]; !ok {
					open[k] = len(r.visits)
					byOrder[e.OrderID] = append(byOrder[e.OrderID], k)
					r.visits = append(r.visits, visit{
						stage: i, order: e.OrderID, unit: e.Unit, entered: at, left: math.MaxInt64,
					})
				}
			}
		}
		if step.Closes != 0 {
			r.closed[e.OrderID] = at
		}
		if step.Closes == process.Cancelled {
			for _, k := range byOrder[e.OrderID] {
				if v, ok := open[k]; ok {
					r.visits[v].left, r.visits[v].dropped = at, true
					delete(open, k)
				}
			}
		}
	}
	return r
}

func collect(run *Run, until time.Time) []Delivery {
	var ds []Delivery
	for d := range run.Until(until) {
		e := *d.Event
		d.Event = &e
		ds = append(ds, d)
	}
	return ds
}

func quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	slices.Sort(x)
	return x[int(q*float64(len(x)-1))]
}
