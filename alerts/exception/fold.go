package exception

import (
	"cmp"
	"slices"
	"time"
)

// Fold returns the exception as it stands: the facts, changed by the changes that
// hold, in the order of their revisions. Neither the order of changes nor refused
// or repeated ones matter. The view takt.exception_states says the same in SQL.
func Fold(f Facts, changes []Change) Entry {
	e := start(f)
	var s settling
	if f.Stage != "" {
		s.staged = f.found()
	}
	for _, c := range holding(changes) {
		e.apply(&c)
		s.note(&c)
	}
	e.locate(s.staged)
	e.settle(&s)
	return e
}

// holding returns the changes that hold, by revision.
func holding(changes []Change) []Change {
	var all []Change
	for _, c := range changes {
		if !c.Refused && c.Revision > 0 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(a.Revision-b.Revision, cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b Change) bool { return a.Revision == b.Revision })
}

// apply makes the change part of e.
func (e *Entry) apply(c *Change) {
	e.State = c.Step.From(e.State)
	e.Revision, e.ChangedAt, e.ChangedBy = c.Revision, c.At, c.Author
	e.Stage = cmp.Or(c.Stage, e.Stage)
	e.Cause = cmp.Or(c.Cause, e.Cause)
	switch c.Step {
	case Assign:
		e.Owner, e.Team = c.Assignee, cmp.Or(c.Team, e.Team)
		if e.AssignedAt.IsZero() {
			e.AssignedAt = c.At
		}
	case Acknowledge, Note, Resolve:
		if e.AcknowledgedAt.IsZero() {
			e.AcknowledgedAt, e.AcknowledgedBy = c.At, c.Author
		}
	case Archive:
		e.ArchivedAt = c.At
	case Reopen:
		e.Reopened++
	}
}

// settling is when a stage was first named, and what changes say about the end.
type settling struct{ staged, resolved, reopened, archived time.Time }

func (s *settling) note(c *Change) {
	if c.Stage != "" && s.staged.IsZero() {
		s.staged = c.At
	}
	switch c.Step {
	case Resolve:
		s.resolved = c.At
	case Reopen:
		s.resolved, s.archived, s.reopened = time.Time{}, time.Time{}, c.At
	case Archive:
		s.archived = c.At
	}
}

// locate notes when stage and owner were both known.
func (e *Entry) locate(staged time.Time) {
	switch {
	case e.AssignedAt.IsZero() || staged.IsZero():
	case staged.Before(e.AssignedAt):
		e.LocatedAt = e.AssignedAt
	default:
		e.LocatedAt = staged
	}
}

// settle brings the facts and the changes together. An event that ends the
// exception resolves it, unless a person reopened it after that; one that refutes
// it withdraws it, whatever people did.
func (e *Entry) settle(s *settling) {
	e.ArchivedAt = s.archived
	byEvent := e.ResolvedAt
	if !s.reopened.IsZero() && byEvent.Before(s.reopened) {
		byEvent = time.Time{}
	}
	if !byEvent.IsZero() && e.State.Open() {
		e.State = Resolved
	}
	if e.Withdrawn {
		e.State = Withdrawn
	}
	if e.State != Resolved && e.State != Archived {
		return
	}
	for _, at := range []time.Time{byEvent, s.resolved} {
		if !at.IsZero() && (e.SettledAt.IsZero() || at.Before(e.SettledAt)) {
			e.SettledAt = at
		}
	}
	if e.SettledAt.IsZero() {
		e.SettledAt = s.archived
	}
}
