package simulate

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/takt-orders/takt/ingest/order"
)

// Faults are the numbers of orders that go wrong between the source and the log. No
// order goes wrong in two ways. What the source itself knows of them is right.
type Faults struct {
	Lost     int // nothing of the order arrives
	Repeated int // the placement arrives again, under another delivery number
	Changed  int // the placement arrives with a greater amount
}

// Injected names the orders that go wrong, each list sorted.
type Injected struct {
	Lost     []string `json:"lost"`
	Repeated []string `json:"repeated"`
	Changed  []string `json:"changed"`

	fates map[string]fate
}

// fate is how an order goes wrong; 0: not at all.
type fate uint8

const (
	isLost fate = iota + 1
	isRepeated
	isChanged
)

// Placements yields the delivery that places each order and the amount, once an
// order: what the source itself would list. It takes the deliveries from the run.
func (r *Run) Placements() iter.Seq[Delivery] {
	return func(yield func(Delivery) bool) {
		for d := range r.All() {
			if r.places(d) && !d.Duplicate && !yield(d) {
				return
			}
		}
	}
}

func (r *Run) places(d Delivery) bool {
	return d.Event.Activity == r.flow.actions[r.flow.opening].name && d.Event.Amount.Valid
}

// Inject draws the orders that go wrong from all that are placed by cfg.To, which is
// required. Equal configurations and numbers give equal orders.
func Inject(cfg Config, f Faults) (*Injected, error) {
	run, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.To.IsZero() {
		return nil, errors.New("inject faults: to is missing")
	}
	if min(f.Lost, f.Repeated, f.Changed) < 0 {
		return nil, errors.New("inject faults: a number of orders is less than 0")
	}
	var ids []string
	for d := range run.Placements() {
		ids = append(ids, d.Event.OrderID)
	}
	if want := f.Lost + f.Repeated + f.Changed; want > len(ids) {
		return nil, fmt.Errorf("inject faults: %d orders cannot go wrong where only %d are placed: simulate more days or more orders a day", want, len(ids))
	}
	run.draws.at(forFault, 0, 0).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	in := &Injected{fates: map[string]fate{}}
	for _, part := range []struct {
		n    int
		into *[]string
		fate fate
	}{{f.Lost, &in.Lost, isLost}, {f.Repeated, &in.Repeated, isRepeated}, {f.Changed, &in.Changed, isChanged}} {
		*part.into = append([]string{}, ids[:part.n]...)
		slices.Sort(*part.into)
		for _, id := range *part.into {
			in.fates[id] = part.fate
		}
		ids = ids[part.n:]
	}
	return in, nil
}

// Deliveries yields what of the run's deliveries, all up to Config.To, reaches the
// log. Of a nil Injected it is all of them.
func (in *Injected) Deliveries(r *Run) iter.Seq[Delivery] {
	if in == nil {
		return r.All()
	}
	return func(yield func(Delivery) bool) {
		for d := range r.All() {
			switch in.fates[d.Event.OrderID] {
			case isLost:
				continue
			case isRepeated:
				if r.places(d) && !d.Duplicate {
					again := d
					again.ID += "-again"
					if !yield(again) {
						return
					}
				}
			case isChanged:
				if r.places(d) { // told again, it is as wrong
					d.Event = r.wrong(d.Event)
				}
			}
			if !yield(d) {
				return
			}
		}
	}
}

// wrong returns a copy of a placement with another amount, the same each time.
func (r *Run) wrong(e *order.Event) *order.Event {
	changed := *e
	changed.Amount.Units += 1 + int64(mix(r.cfg.Seed^uint64(e.OccurredAt))%100_000)
	return &changed
}
