// Package process holds what a process is: its stages, limits, owners, promises
// and calendars, as values. A Process is immutable once it has been validated and
// may be shared. Conditions are functions over an order.Event; who reads a process
// from a file compiles them.
package process

import (
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// Text is a title in the two languages people read.
type Text struct{ EN, ZH string }

// Both returns the title in both languages, once if they are the same.
func (t Text) Both() string {
	if t.EN == t.ZH || t.ZH == "" {
		return t.EN
	}
	return t.EN + "; " + t.ZH
}

// Granularity says how long a promise holds.
type Granularity uint8

// The granularities of a promise.
const (
	// Instant: the promise holds until its very instant.
	Instant Granularity = iota + 1
	// Day: the promise holds until the end of its day in the process's zone.
	Day
)

// String returns the granularity's name as it stands in files and columns.
func (g Granularity) String() string {
	switch g {
	case Instant:
		return "instant"
	case Day:
		return "day"
	default:
		return ""
	}
}

// Clock says which time a limit counts.
type Clock uint8

// The clocks of a limit.
const (
	Wall    Clock = iota + 1 // every second counts
	Working                  // seconds of the stage's calendar count
)

// String returns the clock's name as it stands in files and columns.
func (c Clock) String() string {
	switch c {
	case Wall:
		return "wall"
	case Working:
		return "working"
	default:
		return ""
	}
}

// Process is one way orders go, from the activities that open an order to those
// that close it.
type Process struct {
	Name     string
	Title    Text
	Zone     *time.Location // the zone of its days, promises and calendars
	OpensOn  []string       // activities that place an order
	ClosesOn Closing
	Promise  Promise
	Calendar *Calendar // of stages that have none of their own; nil: every hour is working time
	Stages   []Stage   // in process order; at most 64

	Rules      []Rule     // in the file's order
	Exceptions []Handling // kinds treated otherwise than Takt does by itself
	Reasons    []Reason   // causes of delay and who answers for them
}

// Closing names the terminal activities by the status they give.
type Closing struct {
	Completed []string
	Cancelled []string
}

// Promise says how promises of the process are judged.
type Promise struct {
	Objective   float64 // share of orders that should keep it, 0 to 1
	Granularity Granularity
}

// Stage is one step that an order waits in.
type Stage struct {
	Name       string
	Title      Text
	StartsOn   []string
	EndsOn     []string
	Owner      Owner
	Calendar   *Calendar // its working time; nil: the process's
	Limit      Limit
	Overrides  []Override    // the first whose condition holds sets the limit
	StuckAfter time.Duration // without any event of the order, on the clock of the limit; 0: never
	Next       []string      // stages allowed to follow; empty: any
	AfterClose bool          // may still be recorded after the order has closed
}

// Owner is who can act on a stage.
type Owner struct {
	Person        string
	Team          string
	EscalateTo    string
	EscalateAfter time.Duration // without an answer of the owner to an exception; 0: never
}

// Limit is how long a visit of a stage may take.
type Limit struct {
	Within    time.Duration // 0: no limit
	Of        Clock
	Objective float64 // share of visits that should keep it, 0 to 1
	WarnAt    float64 // share of Within after which a visit is at risk; 0: never
}

// Override is a limit for the orders that its condition holds for, chosen when
// the visit is entered.
type Override struct {
	When   string // the condition as written
	Holds  func(*order.Event) bool
	Within time.Duration
}
