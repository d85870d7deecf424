package exception

import (
	"errors"
	"fmt"
	"time"
)

// ErrUnknown is the error of an exception that is not stored.
var ErrUnknown = errors.New("no such exception")

// Conflict is the error of a change that lost: the exception is no longer as it
// was when the change was made.
type Conflict struct {
	On      int   // revision that the change named
	Current Entry // the exception as it stands
}

// Error tells who was first.
func (e *Conflict) Error() string {
	return fmt.Sprintf("change exception %d on revision %d: it is %s at revision %d, by %s at %s",
		e.Current.ID, e.On, e.Current.State, e.Current.Revision, e.Current.ChangedBy, e.Current.ChangedAt.Format(time.RFC3339))
}

// NotAllowed is the error of a change whose step may not follow the state.
type NotAllowed struct {
	Step    Step
	Current Entry // the exception as it stands
	Hint    string
}

// Error tells what is in the way, and what to do.
func (e *NotAllowed) Error() string {
	return fmt.Sprintf("%s exception %d: it is %s: %s", e.Step, e.Current.ID, e.Current.State, e.Hint)
}

// Invalid is the error of a change that is wrong by itself.
type Invalid struct{ Err error }

// Error tells everything that is wrong.
func (e *Invalid) Error() string { return "check change: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Invalid) Unwrap() error { return e.Err }
