// Package exception is the ledger of what needs an owner: from the moment Takt
// finds an exception until a person archives it with a cause.
//
// Its contract:
//   - Facts are what the tracker knows; a Change is what somebody did about it. Both
//     are kept, and neither overwrites the other: an Entry is Fold of the two.
//   - Changes are numbered by revision. A change names the revision it was made on;
//     of several on one revision exactly one holds, the others are refused, kept as
//     refused, and told who was first (Conflict).
//   - A change has an identity. The same change a second time changes nothing.
//   - What a step may follow is a table (Step.After). Archiving needs a cause.
//   - A notification is told beside the revisions: it moves no state, so no person
//     loses against a robot.
//
// The package does no I/O: a Store keeps the changes.
package exception

import (
	"cmp"
	"time"
)

// Facts are what the tracker knows of an exception, as last stored. A later event
// may change them. The zero time is unknown.
type Facts struct {
	ID         uint64    // identity, the same in every replay
	Process    string    // process of the order
	OrderID    string    // unified order number
	Unit       string    // line or parcel; empty: the order as a whole
	Stage      string    // where it is; empty: the order as a whole
	Visit      int       // which stay in the stage, from 1; 0: none
	Kind       string    // such as overdue or stock_out
	Severity   string    // critical, warning or info
	Owner      string    // person whom the event or the process file names
	Team       string    // team whom the process file names
	Cause      string    // in the words of the source
	CauseTeam  string    // who answers for that cause; empty: the process names nobody
	Amount     string    // decimal; empty: unknown
	Currency   string    // ISO 4217
	OpenedAt   time.Time // instant of the rule, such as the deadline
	DetectedAt time.Time // when Takt found it
	ResolvedAt time.Time // when an event ended it
	Withdrawn  bool      // a later event refuted it
}

// found returns when the exception was there to be seen.
func (f *Facts) found() time.Time {
	if f.DetectedAt.IsZero() {
		return f.OpenedAt
	}
	return f.DetectedAt
}

// Entry is an exception as it stands.
type Entry struct {
	Facts

	State    State
	Revision int // number of changes that hold

	// What holds now: the facts', until a change names another.
	Owner string // person responsible
	Team  string // team responsible
	Stage string // stage at fault
	Cause string // why it came about

	AssignedAt     time.Time // first time that an owner was named
	LocatedAt      time.Time // when stage and owner were first both known
	AcknowledgedAt time.Time // first answer of a person: acknowledged, noted or resolved
	AcknowledgedBy string    // who gave it
	SettledAt      time.Time // when it was resolved, by an event or a person; unknown while it is not
	ArchivedAt     time.Time // unknown while it is not
	Reopened       int       // times it was reopened
	ChangedAt      time.Time // last change that holds
	ChangedBy      string    // who made it
}

// HasCause reports whether anybody has named why it came about.
func (e *Entry) HasCause() bool { return e.Cause != "" }

// start returns the entry of an exception that nobody has touched. An owner known
// from the start is an assignment, made by the tracker.
func start(f Facts) Entry {
	e := Entry{Facts: f, State: Opened, Owner: f.Owner, Team: f.Team, Stage: f.Stage, Cause: f.Cause}
	if cmp.Or(f.Owner, f.Team) != "" {
		e.State, e.AssignedAt = Assigned, f.found()
	}
	return e
}

// Filter chooses exceptions; what is empty is not looked at.
type Filter struct {
	Process string
	OrderID string
	Kind    string
	Stage   string
	Owner   string
	Team    string
	State   State
	All     bool // also those on which nobody has to act; a State says it by itself
	Limit   int  // at most so many, those opened last; 0: all
}

// Listed is an exception of a list.
type Listed struct {
	Entry
	EscalateTo  string    // who is told when the owner does not answer
	EscalatedAt time.Time // when it went there; unknown if it has not
}
