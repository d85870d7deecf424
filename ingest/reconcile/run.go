package reconcile

import (
	"context"
	"errors"
	"fmt"
)

// Store tells what Takt has.
type Store interface {
	// Held calls fn with every order that the scope's source placed on its days, in
	// its channel, by one of the activities that open an order.
	Held(ctx context.Context, s *Scope, opens []string, fn func(*Order)) error
	// HeldOf calls fn with what there is of the orders of these numbers, whatever
	// their source, channel and day.
	HeldOf(ctx context.Context, s *Scope, opens, ids []string, fn func(*Order)) error
	// DeadOrders calls fn with those of the numbers that a dead letter is keyed by.
	DeadOrders(ctx context.Context, process string, ids []string, fn func(id string)) error
}

// Run compares the list with the store. A scope without days is that of the list.
func Run(ctx context.Context, store Store, s Scope, opens []string, l *List) (*Result, error) {
	first, last := l.Days()
	if s.From == 0 {
		s.From = first
	}
	if s.To == 0 {
		s.To = last
	}
	if s.From == 0 || s.To == 0 {
		return nil, errors.New("compare list: it is empty: name the days that it is of")
	}
	if s.From > s.To {
		return nil, fmt.Errorf("compare list: none of its days is in the scope: its first is %v, the last to be compared %v", s.From, s.To)
	}
	c := New(s, l)
	if err := store.Held(ctx, &s, opens, c.Hold); err != nil {
		return nil, err
	}
	if !l.Counted() {
		if err := store.HeldOf(ctx, &s, opens, c.Unmatched(), c.Hold); err != nil {
			return nil, err
		}
		if err := store.DeadOrders(ctx, s.Process, c.Unmatched(), c.Dead); err != nil {
			return nil, err
		}
	}
	return c.Result(), nil
}
