// Package simulate plays a process: a discrete-event simulation that turns any
// process.Process into the order events its source systems would have sent, with
// a known truth about what went wrong.
//
// A Run is deterministic in its Config. Every random quantity is drawn from a
// generator seeded by (seed, purpose, order, step), never from a shared stream:
// two runs that differ in their Scenario alone are equal event for event until
// the Onset, and after it every order keeps its service times, its amount, its
// customer (common random numbers). FindTruth rests on this.
//
// Deliveries come in the order a log would receive them, by Delivery.At. A Run
// has no end of its own: cut at "now" it has made the history, asked again later
// it goes on where it stopped, with the same orders and the same rate. Memory is
// bounded by the orders under way, the records under way to the log and, for a
// silent source, what that source holds back.
//
// A Run is for one goroutine and starts none.
package simulate

import (
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// Delivery is one record on its way to the log.
type Delivery struct {
	At order.Instant // when the log receives it
	// Event is what it says. It is valid until the next call on the Run; its
	// strings stay valid. ID and Content are not set: identity belongs to the
	// source's mapping.
	Event *order.Event
	// ID is the source's delivery number: a duplicate repeats it.
	ID        string
	Duplicate bool // the log has received this delivery before
	Late      bool // received long after it occurred
}

// Run is a simulation under way.
type Run struct {
	cfg      Config
	flow     *flow
	clock    clock
	draws    draws
	names    *names
	arrivals arrivals
	stations []station
	incident incident
	lead     time.Duration // from placing an order to its promise
	placed   uint64
	bare     bool // only what moves orders: no side events

	agenda agenda
	orders pool[customerOrder]
	tokens pool[token]
	held   pool[parcel] // records on their way to the log
	out    []parcel     // deliveries of the present instant
	next   int          // of out
}

// New prepares a simulation; cfg's zero fields take their defaults.
func New(cfg Config) (*Run, error) {
	cfg = cfg.withDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	plan := process.NewPlan(cfg.Process)
	r := &Run{
		cfg:   cfg,
		flow:  newFlow(plan, cfg.Roles),
		clock: clock{zone: cfg.Process.Zone},
		draws: newDraws(cfg.Seed),
		names: newNames(plan),
	}
	r.arrivals = newArrivals(cfg.OrdersPerDay)
	r.stations = newStations(&r.cfg, r.flow)
	r.incident = newIncident(&r.cfg, r.flow)
	r.lead = r.promiseLead()
	from := int64(order.At(cfg.From))
	r.agenda.push(item{at: r.arrivals.after(from, &r.clock, &r.draws), kind: onArrival})
	if r.incident.scenario != Normal {
		r.agenda.push(item{at: r.incident.end, kind: onRecovery})
	}
	return r, nil
}

// Next returns the next delivery; ok is false after Config.To.
func (r *Run) Next() (d Delivery, ok bool) {
	end := int64(math.MaxInt64)
	if !r.cfg.To.IsZero() {
		end = int64(order.At(r.cfg.To))
	}
	return r.until(end)
}

// Until yields the deliveries not yet taken whose At is not after t. A later
// call with a later t goes on from there: with t the wall clock, the simulation
// is live.
func (r *Run) Until(t time.Time) iter.Seq[Delivery] {
	end := int64(order.At(t))
	if to := int64(order.At(r.cfg.To)); to != 0 {
		end = min(end, to)
	}
	return func(yield func(Delivery) bool) {
		for {
			d, ok := r.until(end)
			if !ok || !yield(d) {
				return
			}
		}
	}
}

// All yields every delivery up to Config.To.
func (r *Run) All() iter.Seq[Delivery] {
	return func(yield func(Delivery) bool) {
		for {
			d, ok := r.Next()
			if !ok || !yield(d) {
				return
			}
		}
	}
}

func (r *Run) until(end int64) (Delivery, bool) {
	for r.next == len(r.out) {
		if r.agenda.empty() || r.agenda.top().at > end {
			return Delivery{}, false
		}
		r.out, r.next = r.out[:0], 0
		r.handle(r.agenda.pop())
	}
	p := &r.out[r.next]
	if int64(p.at) > end {
		return Delivery{}, false
	}
	r.next++
	return Delivery{At: p.at, Event: &p.event, ID: p.id, Duplicate: p.duplicate, Late: p.late}, true
}

// handle lets one item of the agenda happen.
func (r *Run) handle(it item) {
	switch it.kind {
	case onArrival:
		r.arrive(it.at)
		r.agenda.push(item{at: r.arrivals.after(it.at, &r.clock, &r.draws), kind: onArrival})
	case onFinish, onDelayedFinish:
		r.finish(it)
	case onAction:
		r.follow(it)
	case onWake:
		r.stations[it.stage].waking = false
		r.serve(int(it.stage), it.at)
	case onRecovery:
		r.recover(it.at)
	case onCancel:
		r.cancel(it)
	case onSide:
		r.side(it)
	case onDelivery:
		r.deliver(it)
	default:
		panic(fmt.Sprintf("simulate: item of kind %d", it.kind))
	}
}
