package clickhouse

import (
	"context"
	"errors"
	"slices"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
)

// maxRefused is how many rows in a row may be refused: more are no bad rows but
// a bad schema.
const maxRefused = 100

// writeEvents writes the events. Those that the store refuses are found by halving
// and become dead letters.
func (w *Writer) writeEvents(ctx context.Context, f *ingest.Flush, events *eventRows, bs *blocks) error {
	if events.rows == 0 {
		return nil
	}
	w.before("events", f)
	err := w.insert(ctx, f, bs, &events.block)
	if refused := (*refusedError)(nil); errors.As(err, &refused) {
		err = w.writeAccepted(ctx, f, events, bs, refused)
	}
	if err == nil {
		w.point("after:events")
	}
	return err
}

// writeAccepted writes the events but those that the store refuses; why it refused
// all together.
func (w *Writer) writeAccepted(ctx context.Context, f *ingest.Flush, events *eventRows, bs *blocks, why *refusedError) error {
	list, err := events.list()
	if err != nil {
		return err
	}
	some := newEventRows()
	some.f = f
	h := halving{n: len(list), insert: func(lo, hi int) error {
		some.reset()
		for i := lo; i < hi; i++ {
			some.Add(&list[i].event, list[i].offset, list[i].live)
		}
		return w.insert(ctx, f, bs, &some.block)
	}}
	if err := h.run(why); err != nil {
		return err
	}
	bury(f, list, h.refused)
	return nil
}

// bury makes dead letters of refused events and counts their records as dead.
func bury(f *ingest.Flush, list []listed, refused map[int]string) {
	for i := range list {
		code, bad := refused[i]
		at := list[i].offset
		if !bad || slices.ContainsFunc(f.Dead, func(d ingest.DeadLetter) bool { return d.Offset == at }) {
			continue
		}
		e := &list[i].event
		f.Dead = append(f.Dead, ingest.DeadLetter{
			Offset: at, Append: e.RecordedAt, Reason: order.RefusedByStore, Field: code,
			Key: []byte(e.OrderID), Value: e.AppendJSON(nil, ""),
		})
		f.Counts.Stored--
		f.Counts.Dead++
		for j := range list {
			if _, bad := refused[j]; bad && list[j].offset == at {
				f.Counts.Events--
			}
		}
	}
}

// deadLetters writes the dead letters. One that the store refuses loses its key
// and value, which must be what is at fault.
func (w *Writer) deadLetters(ctx context.Context, f *ingest.Flush, bs *blocks) error {
	if len(f.Dead) == 0 {
		return nil
	}
	add := func(lo, hi int) {
		bs.dead.reset()
		for i := lo; i < hi; i++ {
			bs.dead.add(f, &f.Dead[i])
		}
	}
	add(0, len(f.Dead))
	w.before("dead_letters", f)
	err := w.insert(ctx, f, bs, &bs.dead.block)
	if refused := (*refusedError)(nil); errors.As(err, &refused) {
		h := halving{n: len(f.Dead), insert: func(lo, hi int) error {
			add(lo, hi)
			return w.insert(ctx, f, bs, &bs.dead.block)
		}}
		if err = h.run(refused); err == nil && len(h.refused) > 0 {
			bs.dead.reset()
			for i := range h.refused {
				d := f.Dead[i]
				d.Key, d.Value = nil, nil
				bs.dead.add(f, &d)
			}
			if err = w.insert(ctx, f, bs, &bs.dead.block); errors.As(err, &refused) {
				err = &HaltError{Err: err, Hint: hintSchema}
			}
		}
	}
	if err == nil {
		w.point("after:dead_letters")
	}
	return err
}

// halving finds the rows that the store refuses.
type halving struct {
	n       int
	insert  func(lo, hi int) error
	refused map[int]string // by row: what the store said
	inARow  int
}

// run inserts all rows but the refused ones; first is the error of all together.
func (h *halving) run(first *refusedError) error {
	h.refused = map[int]string{}
	return h.split(0, h.n, first)
}

func (h *halving) split(lo, hi int, why *refusedError) error {
	if hi-lo == 1 {
		h.refused[lo] = why.code
		if h.inARow++; h.inARow > maxRefused {
			return &HaltError{Err: why, Hint: hintSchema}
		}
		return nil
	}
	mid := (lo + hi) / 2
	for _, half := range [2][2]int{{lo, mid}, {mid, hi}} {
		err := h.insert(half[0], half[1])
		if refused := (*refusedError)(nil); errors.As(err, &refused) {
			err = h.split(half[0], half[1], refused)
		} else if err == nil {
			h.inARow = 0
		}
		if err != nil {
			return err
		}
	}
	return nil
}
