package main

import (
	"context"
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// closedAnswer is what the row of closed orders answers.
type closedAnswer struct {
	Bytes  float64 // of the filter, growth of the resident set after a collection
	False  float64 // share of new numbers that it takes for closed ones
	Add    float64 // CPU ns
	Locate float64 // CPU ns
	Events int
	Rate   float64 // events per CPU second
}

// scaleClosed fills the filter of closed orders and then lets orders come and go.
func scaleClosed(ctx context.Context, j *job) (any, error) {
	t := tracker.New(tracker.Config{Plan: plan()})
	settle()
	base := resident()
	begin := cpu()
	for i := range j.Closed {
		t.RestoreClosed(mix(uint64(i)))
	}
	a := closedAnswer{Add: float64(cpu()-begin) / float64(j.Closed)}
	settle() // shards grow anew: what they leave behind is not the filter
	a.Bytes = float64(resident() - base)

	const asked = 200_000
	buf := make([]byte, 24)
	wrong := 0
	var located time.Duration
	for i := range asked {
		n := number(buf, 1<<30+i)
		begin := time.Now() // cpu() would cost more than what it measures
		if t.Locate(n) == tracker.Stored {
			wrong++
		}
		located += time.Since(begin)
	}
	a.False, a.Locate = float64(wrong)/asked, float64(located)/asked

	f := &flow{population: population{units: 1, closes: true, dates: func(i int) order.Instant { return epoch + order.Instant(i) }}, tracker: t}
	if err := f.run(ctx, j.Orders/3); err != nil {
		return nil, err
	}
	a.Events, a.Rate = f.events, float64(f.events)/f.took.Seconds()
	if f.duplicates == 0 || f.late == 0 {
		return nil, fmt.Errorf("the flow had %d duplicates and %d late events", f.duplicates, f.late)
	}
	return a, nil
}

// flow lets orders come and go: six events each, the last one closing it.
type flow struct {
	population
	tracker                  *tracker.Tracker
	events, duplicates, late int
	took                     time.Duration
}

const flowWindow = 50_000

func (f *flow) run(ctx context.Context, orders int) error {
	batch := make([]order.Event, 0, cutEvery+1)
	text := make([]byte, 0, 2*24*cutEvery)
	offset := int64(0)
	add := func(i, k int) *order.Event {
		batch = batch[:len(batch)+1]
		e := &batch[len(batch)-1]
		text = text[:len(text)+24]
		f.event(e, number(text[len(text)-24:], i), i, k)
		return e
	}
	for at := 0; at < orders+5*flowWindow; at++ {
		for k := range 6 {
			i := at - k*flowWindow
			if i < 0 || i >= orders {
				continue
			}
			e := add(i, k)
			switch mix(uint64(at*6+k)) % 100 {
			case 0: // came twice
				if k > 0 {
					add(i, k-1)
					f.duplicates++
				}
			case 1: // happened before the event that came before it
				if k > 0 {
					e.OccurredAt = e.OccurredAt.Add(-90 * time.Second)
					f.seal(e)
					f.late++
				}
			}
			if len(batch) >= cutEvery {
				f.step(batch, &offset)
				batch, text = batch[:0], text[:0]
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	f.step(batch, &offset)
	return nil
}

func (f *flow) step(batch []order.Event, offset *int64) {
	begin := cpu()
	now := order.Instant(0)
	for i := range batch {
		f.tracker.Locate(batch[i].OrderID)
		f.tracker.Apply(&batch[i], *offset, true)
		now = max(now, batch[i].OccurredAt)
		*offset++
	}
	f.tracker.Advance(now, true)
	f.tracker.Release(f.tracker.Cut(nil))
	f.took += cpu() - begin
	f.events += len(batch)
}
