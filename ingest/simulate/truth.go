package simulate

import (
	"math"
	"slices"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// Truth is what really went wrong in a simulation. In JSON the fields of Normal
// are null.
type Truth struct {
	Scenario Scenario   `json:"scenario"`
	Stage    *string    `json:"stage"` // whose ends are missing or delayed
	Cause    *string    `json:"cause"`
	Onset    *time.Time `json:"onset"`
	End      *time.Time `json:"end"`
	// VisibleAt is the first minute in which the log itself shows the incident,
	// null if it never does; see FindTruth.
	VisibleAt *time.Time `json:"visible_at"`
	// Injected are the orders that Inject lets go wrong; FindTruth leaves it nil.
	Injected *Injected `json:"injected,omitempty"`
}

// FindTruth returns the truth about the simulation of cfg.
//
// It plays the scenario twice on the same random numbers, with the incident and
// without. Let C(t) and I(t) be the orders seen to leave the incident's stage from
// the onset to t in the clean and in the incident run. VisibleAt is the first full
// minute t with
//
//	C(t) - I(t) >= max(10, 4 sqrt(C(t)))
//
// or in which an order passes the stage's warning (share WarnAt of its limit)
// that it does not pass in the clean run.
func FindTruth(cfg Config) (Truth, error) {
	cfg = cfg.withDefaults()
	truth := Truth{Scenario: cfg.Scenario}
	dirty, err := newWitness(cfg)
	if err != nil || cfg.Scenario == Normal {
		return truth, err
	}
	stage := cfg.Roles.Stage(cfg.Scenario)
	cause := dirty.run.incident.cause(dirty.run.names, dirty.run.flow)
	onset, end := cfg.Onset.UTC(), cfg.Onset.Add(cfg.Duration).UTC()
	truth.Stage, truth.Cause, truth.Onset, truth.End = &stage, &cause, &onset, &end
	calm := cfg
	calm.Scenario = Normal
	clean, err := newWitness(calm)
	if err != nil {
		return truth, err
	}
	clean.stage, clean.onset = dirty.stage, dirty.onset
	for span := 3 * time.Hour; ; span *= 2 {
		horizon := onset.Add(min(span, cfg.Duration+7*24*time.Hour))
		clean.watch(horizon)
		dirty.watch(horizon)
		if at := compare(clean, dirty, horizon.UnixMilli()); at != 0 {
			visible := order.Instant(at).Time()
			truth.VisibleAt = &visible
			return truth, nil
		}
		if span > cfg.Duration+7*24*time.Hour {
			return truth, nil
		}
	}
}

// witness sees who leaves one stage, and when, as the log tells it.
type witness struct {
	run    *Run
	stage  int
	onset  int64
	number map[string]int // visits of the stage begun, by order and unit
	open   map[string]stay
	left   []int64        // instants from the onset on
	warned map[stay]int64 // when the stay passed its warning
}

// stay is one visit of the stage.
type stay struct {
	key    string // order and unit
	number int
	warns  int64 // instant of the warning; MaxInt64: none
}

// same is what tells a stay in both runs.
func (s stay) same() stay { return stay{key: s.key, number: s.number} }

func newWitness(cfg Config) (*witness, error) {
	cfg.To = time.Time{}
	run, err := New(cfg)
	if err != nil {
		return nil, err
	}
	run.bare = true
	return &witness{
		run: run, stage: run.incident.stage, onset: run.incident.onset,
		number: map[string]int{}, open: map[string]stay{}, warned: map[stay]int64{},
	}, nil
}

func (w *witness) watch(until time.Time) {
	plan, bit := w.run.flow.plan, uint64(1)<<w.stage
	for d := range w.run.Until(until) {
		if d.Duplicate {
			continue
		}
		e := d.Event
		step := plan.Step(e.Activity)
		if (step.Ends&bit != 0 || step.Closes == process.Cancelled) && w.leave(e, int64(d.At)) && step.Ends&bit != 0 && int64(d.At) >= w.onset {
			w.left = append(w.left, int64(d.At))
		}
		if step.Starts&bit != 0 {
			w.enter(e, plan)
		}
	}
}

func (w *witness) enter(e *order.Event, plan *process.Plan) {
	key := e.OrderID + "/" + e.Unit
	if _, in := w.open[key]; in {
		return
	}
	w.number[key]++
	s := stay{key: key, number: w.number[key], warns: math.MaxInt64}
	if warns := plan.Warning(w.stage, e.OccurredAt, plan.Within(w.stage, plan.Conditions(e))); warns.Known() {
		s.warns = int64(warns)
	}
	w.open[key] = s
}

// leave ends the order's or unit's stay; a unit may leave what the order entered as a whole.
func (w *witness) leave(e *order.Event, at int64) bool {
	key := e.OrderID + "/" + e.Unit
	s, in := w.open[key]
	if !in {
		key = e.OrderID + "/"
		if s, in = w.open[key]; !in {
			return false
		}
	}
	delete(w.open, key)
	if at > s.warns {
		w.warned[s.same()] = s.warns
	}
	return true
}

// compare returns the first minute at which the runs differ visibly, 0 if there is none up to the horizon.
func compare(clean, dirty *witness, horizon int64) int64 {
	for _, w := range [...]*witness{clean, dirty} {
		for _, s := range w.open {
			if s.warns < horizon {
				w.warned[s.same()] = s.warns
			}
		}
	}
	first := int64(math.MaxInt64)
	for s, at := range dirty.warned {
		if _, too := clean.warned[s]; !too && at >= dirty.onset {
			first = min(first, at)
		}
	}
	slices.Sort(clean.left)
	slices.Sort(dirty.left)
	const minute = 60_000
	c, d := 0, 0
	for at := dirty.onset - dirty.onset%minute + minute; at <= min(first, horizon); at += minute {
		for c < len(clean.left) && clean.left[c] <= at {
			c++
		}
		for d < len(dirty.left) && dirty.left[d] <= at {
			d++
		}
		if float64(c-d) >= max(10, 4*math.Sqrt(float64(c))) {
			return at
		}
	}
	if first > horizon {
		return 0
	}
	return (first + minute - 1) / minute * minute
}
