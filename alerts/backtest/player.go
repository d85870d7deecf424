package backtest

import (
	"math"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// linger is how long closed orders are remembered. Nothing can be restored here: what
// comes for an order closed longer ago is skipped and counted.
const linger = 31 * 24 * time.Hour

// player replays one process: its clock, its tracker, and who watches it.
type player struct {
	process *process.Process
	from    order.Instant // judged from here on
	live    order.Instant // live from here on
	until   order.Instant
	now     order.Instant // what has reached Takt by then is applied
	first   order.Instant // when the first event came; unknown: none yet
	tracker *tracker.Tracker
	offset  int64

	events  int // in the period
	skipped int

	counts counts
	usual  usual
	judge  *judge
	truth  truth
}

func newPlayer(p *process.Process, rests tracker.Rests, c Config) *player {
	from := order.At(c.From)
	pl := &player{
		process: p, from: from, live: from.Add(-live), until: order.At(c.Until), now: from.Add(-history),
		tracker: tracker.New(tracker.Config{Plan: process.NewPlan(p), Rests: rests, Linger: linger, LingerOrders: math.MaxInt32, CutOrders: math.MaxInt32}),
	}
	pl.counts = newCounts(p, pl.live)
	pl.usual = newUsual(p)
	pl.judge = newJudge(p, &pl.counts, &pl.usual)
	pl.truth = newTruth(p, from, pl.until)
	return pl
}

// take applies an event that reached Takt at that instant.
func (p *player) take(at order.Instant, e *order.Event) {
	for next := p.next(); next < at; next = p.next() {
		p.tick(next)
	}
	if !p.first.Known() {
		p.first = at
	}
	if at >= p.from {
		p.events++
	}
	if p.tracker.Locate(e.OrderID) == tracker.Stored {
		p.skipped++
		return
	}
	p.tracker.Apply(e, p.offset, at > p.live)
	p.offset++
}

// end plays what is left of the period.
func (p *player) end() {
	for next := p.next(); next <= p.until; next = p.next() {
		p.tick(next)
	}
}

func (p *player) next() order.Instant {
	if p.now < p.live {
		const quarter = order.Instant(step / time.Millisecond)
		return min(p.now-p.now%quarter+quarter, p.live)
	}
	return p.now.Add(time.Minute)
}

// tick moves the clock on and, within the period, judges.
func (p *player) tick(now order.Instant) {
	p.now = now
	p.tracker.Advance(now, now > p.live)
	e := p.tracker.Cut(nil)
	p.counts.apply(e, now)
	if now > p.from {
		p.truth.apply(e, now)
	}
	p.tracker.Release(e)
	if p.first.Known() {
		p.usual.note(now, p.counts.open)
	}
	if now > p.live {
		p.counts.push(now)
	}
	if now >= p.from {
		p.judge.minute(now, p.first)
	}
}
