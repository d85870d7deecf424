package rest

import (
	"strconv"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
)

// Exception is an exception as programs read it. Identities are texts, for they do
// not fit the numbers of JavaScript; instants are in UTC, null if unknown.
type Exception struct {
	ID             string     `json:"id"`
	Process        string     `json:"process"`
	OrderID        string     `json:"order_id"`
	Unit           string     `json:"unit"`
	Stage          string     `json:"stage"`
	Visit          int        `json:"visit"`
	Kind           string     `json:"kind"`
	Severity       string     `json:"severity"`
	State          string     `json:"state"`
	Open           bool       `json:"open"`
	Revision       int        `json:"revision"`
	Owner          string     `json:"owner"`
	OwnerTeam      string     `json:"owner_team"`
	Cause          string     `json:"cause"`
	CauseTeam      string     `json:"cause_team"`
	Amount         *string    `json:"amount"`
	Currency       string     `json:"currency"`
	OpenedAt       *time.Time `json:"opened_at"`
	DetectedAt     *time.Time `json:"detected_at"`
	AssignedAt     *time.Time `json:"assigned_at"`
	LocatedAt      *time.Time `json:"located_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at"`
	AcknowledgedBy string     `json:"acknowledged_by"`
	ResolvedAt     *time.Time `json:"resolved_at"`
	ArchivedAt     *time.Time `json:"archived_at"`
	Reopened       int        `json:"reopened"`
	ChangedAt      *time.Time `json:"changed_at"`
	ChangedBy      string     `json:"changed_by"`
	Changes        []Change   `json:"changes,omitempty"`
}

// Change is one line of the audit log as programs read it.
type Change struct {
	Change   string    `json:"change"`
	Revision int       `json:"revision"`
	Step     string    `json:"step"`
	Origin   string    `json:"origin"`
	Author   string    `json:"author"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason,omitempty"`
	Cause    string    `json:"cause,omitempty"`
	Action   string    `json:"action,omitempty"`
	Note     string    `json:"note,omitempty"`
	Assignee string    `json:"assignee,omitempty"`
	Team     string    `json:"team,omitempty"`
	Stage    string    `json:"stage,omitempty"`
	Refused  bool      `json:"refused"`
}

// NewException returns the form of e with its audit log, which may be nil.
func NewException(e exception.Entry, changes []exception.Change) Exception {
	out := Exception{
		ID: strconv.FormatUint(e.ID, 10), Process: e.Process, OrderID: e.OrderID, Unit: e.Unit, Stage: e.Stage, Visit: e.Visit,
		Kind: e.Kind, Severity: e.Severity, State: e.State.String(), Open: e.State.Open(), Revision: e.Revision, Owner: e.Owner, OwnerTeam: e.Team,
		Cause: e.Cause, CauseTeam: e.CauseTeam, Currency: e.Currency, OpenedAt: known(e.OpenedAt), DetectedAt: known(e.DetectedAt),
		AssignedAt: known(e.AssignedAt), LocatedAt: known(e.LocatedAt), AcknowledgedAt: known(e.AcknowledgedAt),
		AcknowledgedBy: e.AcknowledgedBy, ResolvedAt: known(e.SettledAt), ArchivedAt: known(e.ArchivedAt),
		Reopened: e.Reopened, ChangedAt: known(e.ChangedAt), ChangedBy: e.ChangedBy,
	}
	if e.Amount != "" {
		out.Amount = &e.Amount
	}
	for _, c := range changes {
		out.Changes = append(out.Changes, Change{
			Change: c.ID, Revision: c.Revision, Step: c.Step.String(), Origin: c.Origin.String(), Author: c.Author, At: c.At,
			Reason: c.Reason, Cause: c.Cause, Action: c.Action, Note: c.Note, Assignee: c.Assignee, Team: c.Team, Stage: c.Stage, Refused: c.Refused,
		})
	}
	return out
}

// known is at, nil if it is unknown.
func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// Request asks for a change.
type Request struct {
	Change   string    `json:"change"`   // identity; empty: a new one
	Revision *int      `json:"revision"` // on which it was made; null: whichever holds
	Step     string    `json:"step"`
	Author   string    `json:"author"`
	At       time.Time `json:"at"` // unknown: when it was read
	Reason   string    `json:"reason"`
	Cause    string    `json:"cause"`
	Action   string    `json:"action"`
	Note     string    `json:"note"`
	Assignee string    `json:"assignee"`
	Team     string    `json:"team"`
	Stage    string    `json:"stage"`
}

// NewChange returns the change that r asks for.
func (r *Request) NewChange(id uint64, origin exception.Origin, now time.Time) (exception.Change, error) {
	c := exception.Change{
		ID: r.Change, Exception: id, On: exception.Latest, Origin: origin, Author: r.Author, At: r.At, Reason: r.Reason,
		Cause: r.Cause, Action: r.Action, Note: r.Note, Assignee: r.Assignee, Team: r.Team, Stage: r.Stage,
	}
	if r.Revision != nil {
		c.On = *r.Revision
	}
	if c.At.IsZero() {
		c.At = now
	}
	return c, c.Step.UnmarshalText([]byte(r.Step))
}
