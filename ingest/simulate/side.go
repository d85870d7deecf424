package simulate

import (
	"strconv"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// Kinds of event beside an order's way, as item.n; a hand-over adds its stage
// times 256.
const (
	inquiryOpened int32 = iota + 1
	inquiryAnswered
	promiseMoved
	noticeSent
	noticeDelivered
	noticeViewed
	handOverRequested
	handOverAccepted
	scored
)

var sideActivities = [...]string{
	"", "inquiry.opened", "inquiry.answered", "promise.changed", "notice.sent", "notice.delivered", "notice.viewed",
	"handover.requested", "handover.accepted", "satisfaction.scored",
}

// sideOnEntry plans what an order's entry into stage i brings along.
func (r *Run) sideOnEntry(of int32, i, from int, at int64) {
	if r.bare {
		return
	}
	o := r.orders.at(of)
	rng := r.draws.at(forSide, o.seq, uint64(i+1))
	u, v := rng.Float64(), rng.Float64()
	if from >= 0 && u < r.cfg.Rates.HandOvers {
		if a, b := r.flow.plan.Stages[from].Owner.Team, r.flow.plan.Stages[i].Owner.Team; a != b && a != "" && b != "" {
			r.later(of, at, onSide, handOverRequested+int32(i)<<8)
		}
	}
	if i == r.flow.split && v < r.cfg.Rates.Notices {
		r.later(of, at+60_000, onSide, noticeSent)
	}
}

// sideOnCompletion plans the customer's verdict.
func (r *Run) sideOnCompletion(of int32, at int64) {
	if r.bare {
		return
	}
	rng := r.draws.at(forSide, r.orders.at(of).seq, 1<<16)
	if rng.Float64() < r.cfg.Rates.Scored {
		r.later(of, at+ms(lognormal(rng, 20*time.Hour, 0.8)), onSide, scored)
	}
}

// side lets such an event happen, and plans the one that answers it.
func (r *Run) side(it item) {
	o := r.orders.at(it.ref)
	which, stage := it.n&0xff, int(it.n>>8)
	rng := r.draws.at(forSide, o.seq, 1<<17|uint64(it.n))
	then := func(median time.Duration, n int32) {
		r.later(it.ref, it.at+ms(lognormal(rng, median, 0.8)), onSide, n)
	}
	if which == promiseMoved && o.closed {
		r.release(it.ref)
		return
	}
	o.sides++
	p := r.begin(o, sideActivities[which], "crm", '~', o.sides, it.at)
	e := &p.event
	switch which {
	case inquiryOpened:
		then(35*time.Minute, inquiryAnswered)
	case inquiryAnswered:
		e.Actor = "service-" + strconv.Itoa(1+rng.IntN(9))
	case promiseMoved:
		e.Source = r.flow.sources[0]
		e.PromisedAt = order.Instant(r.promise(max(it.at, o.promised) + int64(1+rng.IntN(3))*dayMS))
		e.PromiseKind = order.PromiseCurrent
		e.Reason = "rescheduled"
	case noticeSent:
		if rng.Float64() < 0.97 {
			then(20*time.Second, noticeDelivered)
		}
	case noticeDelivered:
		if rng.Float64() < 0.6 {
			then(time.Hour, noticeViewed)
		}
	case handOverRequested:
		e.Source = r.flow.sources[0]
		e.Actor = r.names.actors[stage][0]
		then(8*time.Minute, handOverAccepted+int32(stage)<<8)
	case handOverAccepted:
		e.Source = r.flow.sources[0]
		e.Actor = r.names.actors[stage][rng.IntN(len(r.names.actors[stage]))]
	case scored:
		score := 5 - min(int(rng.ExpFloat64()), 3)
		if it.at-o.promised > 2*dayMS {
			score = max(score-2, 1)
		}
		e.Attributes = []order.Attribute{{Key: "score", Value: strconv.Itoa(score)}}
	}
	r.send(p, r.draws.at(forDelivery, o.seq, 1<<32|uint64(o.sides)))
	r.release(it.ref)
}
