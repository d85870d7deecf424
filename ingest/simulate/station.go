package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// station is a stage at work: servers with a queue, or a mere delay.
type station struct {
	delay   bool
	servers int
	busy    int
	opens   int64 // working hours of the local day, ms
	closes  int64
	median  time.Duration // of the service time
	sigma   float64       // of its logarithm
	queue   fifo
	parked  []waiting // wait for stock
	waking  bool
}

// waiting is a token in a queue; one of another generation has left it.
type waiting struct {
	ref int32
	gen uint32
}

// The service times: shares of the stage's limit and the spread of the logarithm.
const (
	serviceShare = 0.10
	serviceSigma = 0.55
	travelShare  = 0.48
	travelSigma  = 0.30
	answerShare  = 0.04 // delays before the carrier: customers pay, mostly at once
	answerSigma  = 1.1
	utilisation  = 0.88 // of the servers in the busiest hours
	nightShare   = 0.8
)

func newStations(cfg *Config, f *flow) []station {
	stations := make([]station, len(cfg.Process.Stages))
	peak := newArrivals(cfg.OrdersPerDay).peak
	for i := range stations {
		stage := &cfg.Process.Stages[i]
		limit := float64(baseLimit(cfg.Process, i))
		s := &stations[i]
		// It rests at night, as long as its limit allows.
		s.opens, s.closes = min(6*hourMS, int64(nightShare*limit)/1e6), 24*hourMS
		switch {
		case stage.Name == cfg.Roles.Carrier && cfg.Roles.delays(stage.Name):
			s.delay, s.median, s.sigma = true, time.Duration(travelShare*limit), travelSigma
			if baseLimit(cfg.Process, i) >= 24*time.Hour {
				s.opens, s.closes = 8*hourMS, 21*hourMS
			}
		case cfg.Roles.delays(stage.Name) || f.afterClose&(1<<i) != 0:
			s.delay, s.median, s.sigma = true, time.Duration(answerShare*limit), answerSigma
			s.opens, s.closes = 0, 24*hourMS
		default:
			s.median, s.sigma = time.Duration(serviceShare*limit), serviceSigma
			perHour := cfg.OrdersPerDay / 24 * peak * (1 + cfg.Rates.Rejected)
			load := perHour * s.mean().Hours()
			s.servers = int(math.Ceil(load/utilisation)) + 1
		}
	}
	return stations
}

// mean is that of a lognormal: median * exp(sigma^2 / 2).
func (s *station) mean() time.Duration {
	return time.Duration(float64(s.median) * math.Exp(s.sigma*s.sigma/2))
}

func (s *station) service(rng *rand.Rand) int64 {
	return max(ms(lognormal(rng, s.median, s.sigma)), 1000)
}

// works returns at, or when the stage next begins to work if it does not at that time.
func (s *station) works(at int64, c *clock) int64 {
	_, ofDay := c.local(at)
	switch {
	case ofDay < s.opens:
		return at - ofDay + s.opens
	case ofDay >= s.closes:
		return at - ofDay + dayMS + s.opens
	}
	return at
}

// admit lets a token that has entered stage i wait for its service.
func (r *Run) admit(i int, ref int32, at int64) {
	s := &r.stations[i]
	w := waiting{ref, r.tokens.gen(ref)}
	if s.delay {
		done := at + s.service(r.serviceDraw(i, ref))
		// Whatever ends outside the working hours ends early the next day, spread over the morning.
		if open := s.works(done, &r.clock); open != done {
			done = open + (done % (2 * hourMS))
		}
		r.agenda.push(item{at: done, kind: onFinish, ref: ref, gen: w.gen, stage: uint8(i)})
		return
	}
	s.queue.push(w)
	r.serve(i, at)
}

func (r *Run) serviceDraw(i int, ref int32) *rand.Rand {
	t := r.tokens.at(ref)
	return r.draws.at(forService, r.orders.at(t.order).seq, t.key(i))
}

// serve gives the free servers of stage i the orders that wait longest.
func (r *Run) serve(i int, at int64) {
	s := &r.stations[i]
	if r.incident.is(WarehouseOutage, i, at) {
		return
	}
	for s.busy < s.servers && !s.queue.empty() {
		if open := s.works(at, &r.clock); open != at {
			if !s.waking {
				s.waking = true
				r.agenda.push(item{at: open, kind: onWake, stage: uint8(i)})
			}
			return
		}
		w := s.queue.pop()
		if r.tokens.gen(w.ref) != w.gen {
			continue
		}
		o := r.orders.at(r.tokens.at(w.ref).order)
		if r.incident.is(StockOut, i, at) && o.product == r.incident.product {
			s.parked = append(s.parked, w)
			continue
		}
		if r.incident.is(LostOrders, i, at) && r.draws.at(forLoss, o.seq, uint64(i)).Float64() < lossShare {
			r.dropToken(w.ref)
			continue
		}
		length := s.service(r.serviceDraw(i, w.ref))
		if r.incident.is(SlowReviewers, i, at) {
			length = int64(reviewSlowdown * float64(length))
		}
		s.busy++
		r.agenda.push(item{at: at + length, kind: onFinish, ref: w.ref, gen: w.gen, stage: uint8(i)})
	}
}

// finish ends a service: the token leaves the stage unless the incident holds it.
func (r *Run) finish(it item) {
	i := int(it.stage)
	s := &r.stations[i]
	live := r.tokens.live(&it)
	switch {
	case r.incident.is(WarehouseOutage, i, it.at):
		// Work in hand stops at the onset and goes on at the end.
		it.at += r.incident.end - r.incident.onset
		r.agenda.push(it)
		return
	case live && it.kind == onFinish && r.incident.is(CarrierDelay, i, it.at) &&
		r.orders.at(r.tokens.at(it.ref).order).region == r.incident.region:
		late := it
		late.at, late.kind = s.works(it.at+r.incident.delay, &r.clock), onDelayedFinish
		r.agenda.push(late)
	case live:
		r.leave(i, it.ref, it.at)
	}
	if !s.delay && it.kind == onFinish {
		s.busy--
		r.serve(i, it.at)
	}
}

// recover ends the incident: stock is back, work goes on.
func (r *Run) recover(at int64) {
	i := r.incident.stage
	s := &r.stations[i]
	for _, w := range s.parked {
		s.queue.push(w)
	}
	s.parked = nil
	r.serve(i, at)
}

// fifo is a queue in a slice.
type fifo struct {
	items []waiting
	head  int
}

func (q *fifo) empty() bool    { return q.head == len(q.items) }
func (q *fifo) push(w waiting) { q.items = append(q.items, w) }

func (q *fifo) pop() waiting {
	w := q.items[q.head]
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	} else if q.head > 1024 && q.head > len(q.items)/2 {
		q.items = q.items[:copy(q.items, q.items[q.head:])]
		q.head = 0
	}
	return w
}
