package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// ordersAnswer is what one row of the scale table answers.
type ordersAnswer struct {
	Bytes, Settled, Raw, Restored, Told, State float64 // per order
	Apply                                      float64 // CPU ns per event
	Cut                                        float64 // CPU ns per order cut
	Breach, Worst                              float64 // ms
	Restore                                    float64 // CPU s per million
}

// cutEvery is the events between two cuts.
const cutEvery = 20_000

// crowd is a tracker that is filled with open orders. Orders begin one after the
// other and each is so far ahead of its events that no cut holds two of one order.
type crowd struct {
	*population
	tracker *tracker.Tracker
	orders  int
	window  int // orders between two events of one
	events  []order.Event
	text    []byte
	states  *bufio.Writer
	bytes   int64 // of states
	apply   time.Duration
	cut     time.Duration
	cuts    int64
}

var epoch = order.At(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))

// scaleOrders fills a tracker, watches deadlines, and restores what it had.
func scaleOrders(ctx context.Context, j *job) (any, error) {
	file, err := os.CreateTemp("", "takt-bench-states-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	p := &population{units: j.Units, dates: func(i int) order.Instant { return epoch + order.Instant(i) }}
	c := &crowd{
		population: p, tracker: tracker.New(tracker.Config{Plan: plan()}), orders: j.Orders,
		window: min(max(j.Orders/p.perOrder(), cutEvery), 100_000), events: make([]order.Event, 0, cutEvery),
		text: make([]byte, cutEvery*24), states: bufio.NewWriterSize(file, 1<<20),
	}
	settle()
	base := resident()
	if err := c.fill(ctx); err != nil {
		return nil, err
	}
	if c.tracker.Len() != j.Orders {
		return nil, fmt.Errorf("tracker holds %d of %d orders", c.tracker.Len(), j.Orders)
	}
	n := float64(j.Orders)
	a := ordersAnswer{Bytes: float64(resident()-base) / n, Told: float64(c.tracker.Bytes()) / n}
	settle()
	a.Settled = float64(resident()-base) / n
	a.Apply = float64(c.apply) / (n * float64(p.perOrder()))
	a.Cut = float64(c.cut) / float64(c.cuts)
	a.State = float64(c.bytes) / n
	if a.Breach, a.Worst, err = c.watch(ctx, time.Duration(j.Seconds)*time.Second); err != nil {
		return nil, err
	}
	c.tracker = nil
	settle()
	base = resident()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	took, err := c.restore(file)
	if err != nil {
		return nil, err
	}
	settle()
	a.Raw, a.Restore = float64(resident()-base)/n, took.Seconds()*1e6/n
	c.tracker.Cut(nil) // which hands over the gauges of all; not given back, so that they are gone
	settle()
	a.Restored = float64(resident()-base) / n
	runtime.KeepAlive(c.tracker)
	return a, nil
}

// settle collects garbage and gives it back to the system.
func settle() {
	runtime.GC()
	debug.FreeOSMemory()
}

// fill applies every event of every order.
func (c *crowd) fill(ctx context.Context) error {
	steps := c.perOrder()
	offset := int64(0)
	for at := 0; at < c.orders+(steps-1)*c.window; at++ {
		for k := range steps {
			i := at - k*c.window
			if i < 0 || i >= c.orders {
				continue
			}
			n := len(c.events)
			c.events = c.events[:n+1]
			c.event(&c.events[n], number(c.text[n*24:], i), i, k)
			if len(c.events) == cap(c.events) {
				if err := c.step(&offset); err != nil {
					return err
				}
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := c.step(&offset); err != nil {
		return err
	}
	return c.states.Flush()
}

// step applies the events at hand and cuts.
func (c *crowd) step(offset *int64) error {
	begin := cpu()
	now := order.Instant(0)
	for i := range c.events {
		c.tracker.Apply(&c.events[i], *offset, true)
		now = max(now, c.events[i].OccurredAt)
		*offset++
	}
	applied := cpu()
	c.tracker.Advance(now, true)
	var rows tracker.Gathered
	e := c.tracker.Cut(&rows)
	c.apply, c.cut, c.cuts = c.apply+applied-begin, c.cut+cpu()-applied, c.cuts+int64(e.Orders)
	// The state with the last event of an order is the one to be restored.
	last := map[string]bool{}
	for i := range c.events {
		if e := &c.events[i]; e.Activity == "order.at_hub" && (e.Unit == "" || e.Unit == c.name("unit-", uint64(c.units-1))) {
			last[e.OrderID] = true
		}
	}
	for i := range rows.Orders {
		if o := &rows.Orders[i]; last[o.ID] {
			c.bytes += int64(len(o.State))
			_, err := c.states.Write(binary.AppendUvarint(nil, uint64(len(o.State))))
			if err == nil {
				_, err = c.states.Write(o.State)
			}
			if err != nil {
				return fmt.Errorf("write states: %w", err)
			}
		}
	}
	c.tracker.Release(e)
	c.events = c.events[:0]
	return nil
}

// watch drives the tracker by a clock that reaches the first deadline when it
// begins, and tells how long after its deadline each breach is known.
func (c *crowd) watch(ctx context.Context, long time.Duration) (p99, worst float64, err error) {
	// The first unit enters its last stage with event 3 + units, a minute after each other.
	clock := epoch.Add(transit + time.Duration(3+c.units)*time.Minute - time.Second)
	c.tracker.Advance(clock, true)
	c.tracker.Release(c.tracker.Cut(nil)) // what was due in the meantime
	var late []float64
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); time.Since(begin) < long; {
		select {
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		case <-tick.C:
		}
		c.tracker.Advance(clock.Add(time.Since(begin)), true)
		var rows tracker.Gathered
		e := c.tracker.Cut(&rows)
		now := clock.Add(time.Since(begin))
		for i := range rows.Exceptions {
			if x := &rows.Exceptions[i]; x.Kind == tracker.Overdue && x.DetectedAt > x.OpenedAt {
				late = append(late, float64(now-x.OpenedAt))
			}
		}
		c.tracker.Release(e)
	}
	if len(late) == 0 {
		return 0, 0, errors.New("no deadline passed while watching")
	}
	slices.Sort(late)
	return late[len(late)*99/100], late[len(late)-1], nil
}

// restore reads every state into a new tracker; reading the file is not counted.
func (c *crowd) restore(file io.Reader) (time.Duration, error) {
	c.tracker = tracker.New(tracker.Config{Plan: plan(), Resume: 1 << 60})
	in := bufio.NewReaderSize(file, 1<<20)
	var took time.Duration
	var states [][]byte
	var block []byte
	for done := false; !done; {
		states, block = states[:0], block[:0]
		for len(states) < cutEvery {
			n, err := binary.ReadUvarint(in)
			if errors.Is(err, io.EOF) {
				done = true
				break
			}
			if err != nil {
				return 0, fmt.Errorf("read states: %w", err)
			}
			state := make([]byte, n)
			if _, err := io.ReadFull(in, state); err != nil {
				return 0, fmt.Errorf("read states: %w", err)
			}
			states = append(states, state)
		}
		begin := cpu()
		for _, s := range states {
			if err := c.tracker.Restore(s, false); err != nil {
				return 0, err
			}
		}
		took += cpu() - begin
	}
	if c.tracker.Len() != c.orders {
		return 0, fmt.Errorf("%d of %d orders were restored", c.tracker.Len(), c.orders)
	}
	return took, nil
}
