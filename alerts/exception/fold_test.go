package exception

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func day(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }

func facts() Facts {
	return Facts{ID: 7, Process: "retail", OrderID: "SO-1", Stage: "pick", Kind: "overdue", OpenedAt: day(8), DetectedAt: day(9)}
}

// step is a change as short as tables need it; its identity is its hour.
func step(s Step, hour int, edit ...func(*Change)) Change {
	c := Change{ID: fmt.Sprint(hour), Exception: 7, On: Latest, Step: s, Origin: Person, Author: "li", At: day(hour)}
	switch s {
	case Assign:
		c.Assignee = "wang"
	case Note:
		c.Note = "called the carrier"
	case Archive:
		c.Cause = "carrier strike"
	}
	for _, e := range edit {
		e(&c)
	}
	return c
}

// changes numbers changes by their place.
func changes(all ...Change) []Change {
	for i := range all {
		all[i].Revision = i + 1
	}
	return all
}

func TestFold(t *testing.T) {
	resolved := func(hour int) func(*Facts) { return func(f *Facts) { f.ResolvedAt = day(hour) } }
	for _, c := range []struct {
		name    string
		facts   func(*Facts)
		changes []Change
		want    func(*Entry)
	}{
		{"nobody", nil, nil, func(e *Entry) { e.State = Opened }},
		{"an owner from the start", func(f *Facts) { f.Team = "warehouse" }, nil, func(e *Entry) {
			e.State, e.Team, e.AssignedAt, e.LocatedAt = Assigned, "warehouse", day(9), day(9)
		}},
		{"the whole way", nil, changes(step(Assign, 10), step(Acknowledge, 11), step(Note, 12), step(Resolve, 13), step(Archive, 14)), func(e *Entry) {
			e.State, e.Revision, e.Owner, e.Cause = Archived, 5, "wang", "carrier strike"
			e.AssignedAt, e.LocatedAt, e.AcknowledgedAt, e.AcknowledgedBy = day(10), day(10), day(11), "li"
			e.SettledAt, e.ArchivedAt, e.ChangedAt, e.ChangedBy = day(13), day(14), day(14), "li"
		}},
		{"an event ends it", resolved(12), changes(step(Acknowledge, 11)), func(e *Entry) {
			e.State, e.Revision, e.AcknowledgedAt, e.AcknowledgedBy = Resolved, 1, day(11), "li"
			e.SettledAt, e.ChangedAt, e.ChangedBy = day(12), day(11), "li"
		}},
		{"reopened after the event", resolved(12), changes(step(Reopen, 13)), func(e *Entry) {
			e.State, e.Revision, e.Reopened, e.ChangedAt, e.ChangedBy = Reopened, 1, 1, day(13), "li"
		}},
		{"reopened before the event", resolved(14), changes(step(Resolve, 11), step(Reopen, 13)), func(e *Entry) {
			e.State, e.Revision, e.Reopened, e.SettledAt = Resolved, 2, 1, day(14)
			e.AcknowledgedAt, e.AcknowledgedBy, e.ChangedAt, e.ChangedBy = day(11), "li", day(13), "li"
		}},
		{"refuted", func(f *Facts) { f.Withdrawn = true }, changes(step(Acknowledge, 11)), func(e *Entry) {
			e.State, e.Revision, e.AcknowledgedAt, e.AcknowledgedBy, e.ChangedAt, e.ChangedBy = Withdrawn, 1, day(11), "li", day(11), "li"
		}},
		{"archived, and the event taken back", nil, changes(step(Archive, 13)), func(e *Entry) {
			e.State, e.Revision, e.Cause, e.SettledAt, e.ArchivedAt, e.ChangedAt, e.ChangedBy = Archived, 1, "carrier strike", day(13), day(13), day(13), "li"
		}},
		{"a note after the end keeps it", nil, changes(step(Resolve, 11), step(Note, 12)), func(e *Entry) {
			e.State, e.Revision, e.AcknowledgedAt, e.AcknowledgedBy, e.SettledAt, e.ChangedAt, e.ChangedBy = Resolved, 2, day(11), "li", day(11), day(12), "li"
		}},
		{"to a team, and the stage found", func(f *Facts) { f.Stage, f.Owner = "", "zhao" }, changes(step(Assign, 10, func(c *Change) {
			c.Assignee, c.Team, c.Stage = "", "dispatch", "ship"
		})), func(e *Entry) {
			e.State, e.Revision, e.Owner, e.Team, e.Stage = Assigned, 1, "", "dispatch", "ship"
			e.AssignedAt, e.LocatedAt, e.ChangedAt, e.ChangedBy = day(9), day(10), day(10), "li"
		}},
		{"refused and notified change nothing", nil, []Change{
			step(Notify, 10), step(Acknowledge, 11, func(c *Change) { c.Revision, c.Refused = 1, true }),
		}, func(e *Entry) { e.State = Opened }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := facts()
			if c.facts != nil {
				c.facts(&f)
			}
			want := Entry{Facts: f, Stage: f.Stage}
			c.want(&want)
			if d := cmp.Diff(want, Fold(f, c.changes)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestRecordTellsWhatIsWrong(t *testing.T) {
	withdrawn, caused := facts(), facts()
	withdrawn.ID, withdrawn.Withdrawn = 8, true
	caused.ID, caused.ResolvedAt, caused.Cause = 9, day(10), "address"
	m := newMemory(facts(), withdrawn, caused)
	l := NewLedger(m)
	to := func(id uint64) func(*Change) { return func(c *Change) { c.Exception = id } }
	without := func(c *Change) { c.Cause = "" }
	if _, err := l.Record(t.Context(), step(Acknowledge, 10)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		c    Change
		want string // empty: none
	}{
		{"again", step(Acknowledge, 10), ""},
		{"unknown", step(Acknowledge, 11, to(1)), "record change: no such exception"},
		{"twice", step(Acknowledge, 11), "acknowledge exception 7: it is acknowledged: possible while it is opened, assigned, reopened"},
		{"not resolved", step(Archive, 11), "archive exception 7: it is acknowledged: possible while it is resolved"},
		{"refuted", step(Note, 11, to(8)), "note exception 8: it is withdrawn: possible while it is opened, assigned, acknowledged, followed, resolved, reopened"},
		{"refuted, told", step(Notify, 12, to(8)), ""},
		{"stale", step(Note, 13, func(c *Change) { c.On = 0 }), "change exception 7 on revision 0: it is acknowledged at revision 1, by li at 2026-03-02T10:00:00Z"},
		{"stale, again", step(Note, 13, func(c *Change) { c.On = 0 }), "change exception 7 on revision 0: it is acknowledged at revision 1, by li at 2026-03-02T10:00:00Z"},
		{"resolve", step(Resolve, 14), ""},
		{"no cause", step(Archive, 15, without), "archive exception 7: it is resolved: nobody has named a cause: give one"},
		{"the source named the cause", step(Archive, 15, without, to(9)), ""},
		{"nothing said", step(Note, 16, func(c *Change) { c.Note, c.Author, c.At = "", "", time.Time{} }), "check change: author: is missing\nat: is missing\nnote: is empty"},
		{"nobody named", step(Assign, 16, func(c *Change) { c.Assignee = "" }), "check change: assignee: is missing: name a person or a team"},
		{"bad text", step(Note, 16, func(c *Change) { c.Note = "\xff" }), "check change: note: is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if _, err := l.Record(t.Context(), c.c); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	refused := 0
	for _, c := range m.changes[7] {
		if c.Refused {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d refused changes are kept, want 1", refused)
	}
	var conflict *Conflict
	if _, err := l.Record(t.Context(), step(Note, 17, func(c *Change) { c.On = 9 })); !errors.As(err, &conflict) || conflict.Current.Revision != 2 {
		t.Errorf("a revision that is not yet: got %v", err)
	}
}

func TestNames(t *testing.T) {
	for _, s := range States() {
		var back State
		if text, err := s.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != s || s.TitleZH() == "" {
			t.Errorf("state %d: %q, %v", s, text, err)
		}
	}
	for _, s := range Steps() {
		var back Step
		if text, err := s.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != s || s.TitleZH() == "" || len(s.After()) == 0 {
			t.Errorf("step %d: %q, %v", s, text, err)
		}
	}
	for o := Tracker; o <= Alertmanager; o++ {
		var back Origin
		if text, err := o.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != o {
			t.Errorf("origin %d: %q, %v", o, text, err)
		}
	}
	var s State
	if err := s.UnmarshalText(nil); err == nil || State(200).String() != "" {
		t.Errorf("no state: got %v", err)
	}
}
