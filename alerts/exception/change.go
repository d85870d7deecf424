package exception

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Latest as Change.On is whatever revision holds when the change is recorded.
const Latest = -1

// MaxText bounds each text of a change, in bytes; MaxID bounds its identity.
const (
	MaxText = 4000
	MaxID   = 200
)

// Change is one thing that somebody did about an exception.
type Change struct {
	ID        string    // identity: the same change arrives once, however often it is sent
	Exception uint64    // identity of the exception
	On        int       // revision it was made on; Latest: whichever holds
	Revision  int       // revision it made, or asked for if refused; 0: a notification
	Step      Step      // what it does
	Origin    Origin    // where it comes from
	Author    string    // who made it
	At        time.Time // when
	Reason    string    // why, such as why it was assigned to somebody else
	Cause     string    // why the exception came about
	Action    string    // what was done about it
	Note      string    // free text
	Assignee  string    // person named responsible
	Team      string    // team named responsible
	Stage     string    // stage found at fault
	Refused   bool      // another change was first, or it may not follow; it changes nothing
	Place     Place     // of the record it came in
}

// Place is where in a Kafka topic a change stood; the zero Place is none.
type Place struct {
	Topic     string
	Partition int
	Offset    int64
}

// Validate returns everything wrong with c by itself.
func (c *Change) Validate() error {
	var errs []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	require(c.ID != "" && len(c.ID) <= MaxID, "change: needs an identity of at most %d bytes", MaxID)
	require(c.Exception != 0, "exception: is missing")
	require(c.On >= Latest, "revision: %d is none", c.On)
	require(c.Step.String() != "", "step: is missing")
	require(c.Origin.String() != "", "origin: is missing")
	require(c.Author != "", "author: is missing")
	require(!c.At.IsZero(), "at: is missing")
	require(c.Step != Assign || c.Assignee != "" || c.Team != "", "assignee: is missing: name a person or a team")
	require(c.Step != Note || c.Note != "", "note: is empty")
	for _, t := range []struct{ name, text string }{
		{"change", c.ID},
		{"author", c.Author},
		{"reason", c.Reason},
		{"cause", c.Cause},
		{"action", c.Action},
		{"note", c.Note},
		{"assignee", c.Assignee},
		{"team", c.Team},
		{"stage", c.Stage},
	} {
		require(len(t.text) <= MaxText, "%s: has %d bytes, at most %d are taken", t.name, len(t.text), MaxText)
		require(utf8.ValidString(t.text), "%s: is not UTF-8", t.name)
	}
	return errors.Join(errs...)
}
