package exception

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Store keeps changes for good.
type Store interface {
	// Exception returns the facts and every change of an exception, refused ones
	// included; ErrUnknown if there is none.
	Exception(ctx context.Context, id uint64) (Facts, []Change, error)
	// Append keeps a change. One that is refused or a notification is kept as it is.
	// Of all others that ask for one revision exactly one takes it, for ever; holder
	// is the identity of that one. What did not take it is not kept.
	Append(ctx context.Context, f Facts, c Change) (holder string, err error)
}

// Ledger records changes. It may be used by several goroutines and processes on
// one store.
type Ledger struct{ store Store }

// NewLedger returns the ledger of a store.
func NewLedger(s Store) *Ledger { return &Ledger{s} }

// attempts bounds how often a change without a revision of its own is made anew
// because another one was faster.
const attempts = 20

// Record makes a change and returns the exception as it stands then. The error is
// ErrUnknown, *Invalid, *NotAllowed, *Conflict or the store's.
func (l *Ledger) Record(ctx context.Context, c Change) (Entry, error) {
	if err := c.Validate(); err != nil {
		return Entry{}, &Invalid{err}
	}
	c.At = c.At.UTC().Truncate(time.Millisecond) // as stored
	for range attempts {
		f, changes, err := l.store.Exception(ctx, c.Exception)
		if err != nil {
			return Entry{}, fmt.Errorf("record change: %w", err)
		}
		e := Fold(f, changes)
		if i := slices.IndexFunc(changes, func(known Change) bool { return known.ID == c.ID }); i >= 0 {
			if changes[i].Refused {
				return e, &Conflict{c.On, e}
			}
			return e, nil
		}
		if c.Step == Notify {
			c.Revision = 0
			_, err := l.store.Append(ctx, f, c)
			return e, wrap(err)
		}
		if c.On != Latest && c.On != e.Revision {
			return l.refuse(ctx, f, c, e)
		}
		if err := e.allows(&c); err != nil {
			return e, errors.Join(err, l.keepRefused(ctx, f, c, e))
		}
		c.Revision = e.Revision + 1
		holder, err := l.store.Append(ctx, f, c)
		if err != nil {
			return e, wrap(err)
		}
		if holder == c.ID {
			return Fold(f, append(changes, c)), nil
		}
	}
	return Entry{}, fmt.Errorf("record change: exception %d is changed by others all the time", c.Exception)
}

// keepRefused keeps a change that may not follow, if it comes from a topic: read
// again, when the exception is another, it must not be taken.
func (l *Ledger) keepRefused(ctx context.Context, f Facts, c Change, e Entry) error {
	if c.Place == (Place{}) {
		return nil
	}
	c.Revision, c.Refused = e.Revision+1, true
	_, err := l.store.Append(ctx, f, c)
	return wrap(err)
}

// refuse keeps the change as refused and tells how the exception stands.
func (l *Ledger) refuse(ctx context.Context, f Facts, c Change, e Entry) (Entry, error) {
	c.Revision, c.Refused = c.On+1, true
	if _, err := l.store.Append(ctx, f, c); err != nil {
		return e, wrap(err)
	}
	return e, &Conflict{c.On, e}
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("record change: %w", err)
	}
	return nil
}

// allows returns why the change may not follow what e is, nil if it may.
func (e *Entry) allows(c *Change) error {
	switch {
	case !c.Step.allowed(e.State):
		var after []string
		for _, s := range c.Step.After() {
			after = append(after, s.String())
		}
		return &NotAllowed{c.Step, *e, "possible while it is " + strings.Join(after, ", ")}
	case c.Step == Archive && c.Cause == "" && !e.HasCause():
		return &NotAllowed{c.Step, *e, "nobody has named a cause: give one"}
	}
	return nil
}
