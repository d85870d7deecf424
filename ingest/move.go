package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
)

// moved is what a flush passes on to other numbers. The partition of the former number
// decides, and nobody else: an event that came there before its order was merged is
// read back from the store, one that comes later is passed on at once. Both happen
// before progress, again after a crash; what is passed on twice has one identity.
type moved struct {
	merged  map[string]string // by order: the number it is merged into since this flush
	records []Record
}

// mergeable refuses what tells that an order is merged, where no event can be moved.
func (t *partition) mergeable(events []order.Event) *order.Invalid {
	for i := range events {
		if t.p.cfg.Move == nil && events[i].Activity == order.Merged {
			return &order.Invalid{Reason: order.UnknownActivity, Field: "activity"}
		}
	}
	return nil
}

// move takes note of an event of an order that is merged into another.
func (t *partition) move(p *pending, e *order.Event, into string, live bool) {
	if e.Activity != order.Merged {
		p.moved.add(t, e, into, live)
		return
	}
	if p.moved.merged == nil {
		p.moved.merged = map[string]string{}
	}
	p.moved.merged[strings.Clone(e.OrderID)] = strings.Clone(into)
}

func (m *moved) add(t *partition, e *order.Event, into string, live bool) {
	if e.Moves >= order.MovesMost {
		t.p.cfg.Logger.Warn("order numbers name one another in a circle: an event stays where it is; let none of them be merged into another that leads back",
			"topic", t.p.key.Topic, "partition", t.n)
		return
	}
	under := *e
	under.OrderID = into
	under.Moves++
	// Keys and values are made anew: nothing of the event is kept.
	m.records = append(m.records, Record{Key: []byte(into), Value: under.AppendIdentified(nil), History: !live})
}

// moving returns what has to happen before the progress of a flush, nil if nothing.
func (t *partition) moving(p *pending) func(ctx context.Context) error {
	m := &p.moved
	if len(m.merged) == 0 && len(m.records) == 0 {
		return nil
	}
	return func(ctx context.Context) error {
		all := *m
		if len(m.merged) > 0 {
			orders := slices.Sorted(maps.Keys(m.merged))
			err := t.p.store.EventsOf(ctx, t.p.key.Process, orders, func(live bool, e *order.Event) error {
				if e.Activity != order.Merged {
					all.add(t, e, m.merged[e.OrderID], live)
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("read events of merged orders: %w", err)
			}
		}
		for i := range all.records {
			all.records[i].Append = p.flush.Last.Append // what follows is not judged by a later clock
		}
		if err := t.p.cfg.Move(ctx, all.records); err != nil {
			return fmt.Errorf("move events to other numbers: %w", err)
		}
		return nil
	}
}
