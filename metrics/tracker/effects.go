package tracker

import (
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// Rows takes what changed in a tracker since the last Cut, row by row. A row and
// its strings are valid during the call only.
type Rows interface {
	Order(*Order)         // every order touched, with its whole state
	Visit(*Visit)         // closed visits that are new, changed or deleted
	Exception(*Exception) // exceptions that are new, changed or withdrawn
	Promise(*Promise)     // promises that are new or deleted
}

// Effects is what changed in a tracker since the last Cut beside the rows: the
// deltas of counters and gauges. It is valid until Release; its strings may alias
// the tracker's memory until then.
type Effects struct {
	Deltas []Delta // of metrics; to be applied once the flush is acknowledged
	Orders int     // orders touched

	Oldest    []order.Instant // per stage: entry of the oldest open visit, to the minute; unknown: none open
	LastEvent []order.Instant // per stage: when a visit last started or ended
	Held      int64           // orders in memory
	Bytes     int64           // memory held by them

	arena arena
	dims  dimsPool
}

// Dims are the dimensions an order or visit is counted by. The currency is that of
// the amounts that go with the count.
type Dims struct {
	Source, Channel, Region, Warehouse, Carrier, Supplier, Product, Currency string
}

// Tri is a truth that may be undecided.
type Tri uint8

// The values of a Tri.
const (
	Undecided Tri = iota
	No
	Yes
)

// Outcome is how a visit was left.
type Outcome uint8

// The outcomes of a visit.
const (
	InStage   Outcome = iota // still open
	Finished                 // left by an activity that ends the stage
	Abandoned                // ended by the order's closing: in no rate and no cycle time
)

// String returns the outcome as it stands in columns.
func (o Outcome) String() string {
	switch o {
	case Finished:
		return "finished"
	case Abandoned:
		return "abandoned"
	default:
		return "open"
	}
}

// Revision orders the versions of one row; see the fields' weights in the store.
type Revision struct {
	Offset int64         // last offset applied to the order
	AsOf   order.Instant // last Advance that the order saw
}

// Visit is one stay of a unit in a stage.
type Visit struct {
	OrderID   string
	Unit      string
	Stage     int // index in the process
	Number    int // from 1; more than 1 is rework
	EnteredAt order.Instant
	LeftAt    order.Instant // unknown while open
	DueAt     order.Instant // unknown without limit
	Limit     int64         // milliseconds; 0: none
	Working   int64         // milliseconds of working time, once left
	Breached  Tri
	Outcome   Outcome
	Owner     string
	Team      string
	Actor     string // who ended it; while open, who started it
	Dims      Dims
	Amount    order.Decimal
	Currency  string
	Live      bool // its last event came live, not as history
	Deleted   bool // no longer derived: supersedes a row written before
	Revision  Revision
}

// Order is one order's row with the tracker's whole state of it.
type Order struct {
	ID               string
	Status           process.Status
	OpenedAt         order.Instant
	ClosedAt         order.Instant
	StageNow         int // stage entered last among the open visits; -1: none
	OwnerNow         string
	PromisedAt       order.Instant // as given, in force
	PromiseDueAt     order.Instant // until when it holds
	PromisedFirstAt  order.Instant
	PromiseFirstDue  order.Instant
	PromisedRequest  order.Instant // the date the customer asked for
	PromiseKept      Tri
	PromiseFirstKept Tri
	Amount           order.Decimal
	Currency         string
	CustomerKey      string
	Dims             Dims
	Stages           []uint8 // stages entered, in order
	Exceptions       int     // not withdrawn
	Reopened         int
	LateRecords      int // events that arrived after a later one
	EndsIgnored      int // ends without an open visit, after an earlier one
	Live             bool
	Open             []Visit // visits not left
	Tracked          bool    // recovery has to load it
	State            []byte  // input of Restore
	Revision         Revision
}

// Exception is something about an order that needs an owner.
type Exception struct {
	ID         uint64 // deterministic: order, unit, stage, visit, kind, n
	OrderID    string
	Unit       string
	Stage      int // -1: the order as a whole
	Visit      int
	Kind       string
	Owner      string
	Team       string
	Cause      string // reason in the words of the source, or why a rule raised it
	CauseTeam  string // who answers for that reason
	Severity   process.Severity
	Amount     order.Decimal
	Currency   string
	OpenedAt   order.Instant // the instant of the rule, such as the deadline
	DetectedAt order.Instant // when Takt found it
	ResolvedAt order.Instant // unknown while open
	Withdrawn  bool          // refuted by a later event
	Dims       Dims
	Live       bool
	Revision   Revision
}

// Kinds of exception that Takt derives. Reported ones carry the name after
// "exception." of the activity that reports them, raised ones that of their rule.
const (
	Overdue           = process.Overdue
	AtRisk            = process.AtRisk
	Stuck             = process.Stuck
	Skipped           = process.Skipped
	OutOfPath         = process.OutOfPath
	Rework            = process.Rework
	Duplicate         = process.Duplicate
	SequenceViolation = process.SequenceViolation
	PromiseRewritten  = process.PromiseRewritten
	PromiseBroken     = process.PromiseBroken
)

// Promise is one date promised for an order.
type Promise struct {
	OrderID    string
	Event      uint64 // low half of the identity of the event that gave it
	Kind       order.PromiseKind
	GivenAt    order.Instant
	PromisedAt order.Instant
	DueAt      order.Instant
	Deleted    bool
	Revision   Revision
}

// DeltaKind names the metric a Delta moves.
type DeltaKind uint8

// The metrics a tracker moves. Counters only ever move for what arrives live.
const (
	VisitsStarted    DeltaKind = iota + 1 // counter, stage
	VisitsFinished                        // counter, stage
	VisitsDue                             // counter, stage; A: No within, Yes breached
	VisitsCorrected                       // counter, stage; from A to B as in VisitsDue, Undecided: none
	VisitDuration                         // histogram, stage; Value in seconds
	OrdersOpened                          // counter
	OrdersReopened                        // counter
	OrdersClosed                          // counter; A: process.Status
	OrderDuration                         // histogram; Value in seconds
	PromisesDue                           // counter; A: 1 first, 2 current; B: Yes kept, No broken
	ExceptionsOpened                      // counter, stage, Exception, Team
	VisitsOpen                            // gauge, stage; A: 1 on time, 2 at risk, 3 overdue; Value +1 or -1
	OrdersOpen                            // gauge; Value +1 or -1
	OrdersLate                            // gauge, open past the current promise; Value +1 or -1
	ExceptionsOpen                        // gauge, stage, Exception, Team; Value +1 or -1
)

// Delta is one movement of one metric.
type Delta struct {
	Kind      DeltaKind
	Stage     int8 // -1: none
	A, B      uint8
	Value     float64       // counters: 1
	Amount    order.Decimal // gauges of visits and orders: what goes with Value, with its sign; invalid: none is known
	Dims      *Dims
	Exception string
	Team      string
}
