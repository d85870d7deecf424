package simulate

import (
	"math/bits"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// maxParcels bounds the parcels of an order.
const maxParcels = 3

// customerOrder is an order under way.
type customerOrder struct {
	seq    uint64
	id     string
	uses   int32 // tokens and items that still refer to the order
	tokens int32 // of them tokens
	own    [maxParcels + 1]int32
	moves  uint32 // events told that move the order
	sides  uint32 // events told beside its way
	units  uint8  // parcels; 0: the order travels whole
	closed bool

	opened   int64 // ms
	promised int64 // ms; as first given
	amount   int64 // hundredths
	quantity int64 // thousandths

	channel, region, product, carrier int
	customerKey                       string
}

// token is an order, or one parcel of it, on its way through the stages.
type token struct {
	order  int32
	unit   uint8 // from 1; 0: the order as a whole
	steps  uint8
	done   bool   // closed; only stages after the closing are left
	reject bool   // has just been rejected
	open   uint64 // stages it is in
	far    int    // latest stage it has left
	waits  int32  // action that closes the order once the other stages are left, plus 1
	waitAt uint8  // stage that action ends
	visits [process.MaxStages]uint8
}

// patience is the number of stages after which a token takes the shortest way out.
const patience = 200

// arrive places the next order.
func (r *Run) arrive(at int64) {
	ref, o := r.orders.take()
	r.placed++
	o.seq = r.placed
	o.opened, o.promised = at, r.promise(at+ms(r.lead))
	r.names.place(o, &r.draws, r.cfg.Rates.Parcels)
	if r.flow.split < 0 {
		o.units = 0
	}
	tref, t := r.newToken(ref)
	t.far = -1
	r.plan(ref, at)
	r.act(tref, r.flow.opening, -1, at)
}

// plan draws what will happen to the order besides its way through the stages.
func (r *Run) plan(ref int32, at int64) {
	o := r.orders.at(ref)
	lead := float64(ms(r.lead))
	rng := r.draws.at(forCancel, o.seq, 0)
	if rng.Float64() < r.cfg.Rates.Cancelled && r.flow.cancelling >= 0 {
		r.later(ref, at+int64(rng.ExpFloat64()*0.15*lead), onCancel, 0)
	}
	if r.bare {
		return
	}
	rng = r.draws.at(forSide, o.seq, 0)
	if rng.Float64() < r.cfg.Rates.Inquiries {
		r.later(ref, at+int64((0.1+rng.Float64())*lead), onSide, inquiryOpened)
	}
	if rng.Float64() < r.cfg.Rates.PromiseMoved {
		r.later(ref, at+int64((0.1+0.5*rng.Float64())*lead), onSide, promiseMoved)
	}
}

// leave lets the token leave stage i by one of the stage's exits.
func (r *Run) leave(i int, ref int32, at int64) {
	t := r.tokens.at(ref)
	e := &r.flow.exits[i]
	rng := r.draws.at(forExit, r.orders.at(t.order).seq, t.key(i))
	next := int32(-1)
	if t.steps < patience && t.visits[i] < 4 {
		u, v := rng.Float64(), rng.Float64()
		astray := len(e.back) + len(e.reject)
		switch k := int(v * float64(astray)); {
		case u < r.cfg.Rates.Rejected && k < len(e.back):
			next = e.back[k]
		case u < r.cfg.Rates.Rejected && k < astray:
			next, t.reject = e.reject[k-len(e.back)], true
		case u < 1.2*r.cfg.Rates.Rejected && len(e.cancel) > 0 && t.unit == 0:
			next = e.cancel[int(v*float64(len(e.cancel)))]
		}
	}
	if next < 0 {
		next = e.usual(rng.Float64())
	}
	t.far = max(t.far, i)
	if r.flow.actions[next].step.Closes == process.Completed && t.open&^(1<<i)&^r.flow.afterClose != 0 {
		t.waits, t.waitAt = next+1, uint8(i)
		return
	}
	r.act(ref, next, i, at)
}

// act lets the token's next activity happen: it ends, starts and closes as the
// plan says. from is the stage that the activity leaves, -1 if none.
func (r *Run) act(ref int32, a int32, from int, at int64) {
	t := r.tokens.at(ref)
	step := r.flow.actions[a].step
	o := r.orders.at(t.order)
	if o.units > 1 && t.unit == 0 && step.Starts&^(t.open&^step.Ends)&(1<<r.flow.split) != 0 {
		r.divide(ref, a, from, at)
		return
	}
	r.emit(t.order, t.unit, a, from, at)
	r.move(ref, step, from, at)
}

// divide turns the order's token into one for each parcel, at the same activity.
func (r *Run) divide(ref, a int32, from int, at int64) {
	whole := *r.tokens.at(ref)
	of := whole.order
	var parcels []int32
	for unit := range r.orders.at(of).units {
		pref, t := r.newToken(of)
		*t = whole
		t.unit = unit + 1
		parcels = append(parcels, pref)
	}
	r.dropToken(ref)
	for _, pref := range parcels {
		r.emit(of, r.tokens.at(pref).unit, a, from, at)
		r.move(pref, r.flow.actions[a].step, from, at)
	}
}

// move changes the token's stages after the activity has been told.
func (r *Run) move(ref int32, step process.Step, from int, at int64) {
	t, gen := r.tokens.at(ref), r.tokens.gen(ref)
	of := t.order
	starts := step.Starts &^ (t.open &^ step.Ends)
	t.open = t.open&^step.Ends | starts
	t.steps = min(t.steps, 254) + 1
	if step.Closes == process.Cancelled {
		r.dropAll(of)
		return
	}
	if step.Closes == process.Completed {
		starts &= r.flow.afterClose
		t.open &= r.flow.afterClose
		t.done = true
		r.complete(of, at)
	}
	for rest := starts; rest != 0 && r.tokens.gen(ref) == gen; rest &= rest - 1 {
		i := bits.TrailingZeros64(rest)
		t.visits[i] = min(t.visits[i], 254) + 1
		r.sideOnEntry(of, i, from, at)
		r.admit(i, ref, at)
	}
	switch remaining := t.open &^ r.flow.afterClose; {
	case r.tokens.gen(ref) != gen: // lost on entry
	case t.done && t.open == 0:
		r.dropToken(ref)
	case t.done:
	case t.waits != 0 && remaining == 1<<t.waitAt:
		a := t.waits - 1
		t.waits = 0
		r.act(ref, a, int(t.waitAt), at)
	case remaining == 0:
		r.goOn(ref, from, at)
	}
}

// goOn plans the activity that takes a token further which is in no stage.
func (r *Run) goOn(ref int32, from int, at int64) {
	t := r.tokens.at(ref)
	rng := r.draws.at(forGap, r.orders.at(t.order).seq, uint64(t.steps)<<8|uint64(t.unit))
	gap := ms(lognormal(rng, 2*time.Minute, 0.8))
	next := r.flow.completing
	switch {
	case t.reject && from >= 0:
		next = r.flow.again[from]
		gap *= 5
	case t.far < 0:
		next = r.flow.enter[0]
	default:
		if s := r.flow.successors[t.far]; len(s) > 0 {
			next = r.flow.enter[s[usual(rng.Float64(), len(s))]]
		}
	}
	t.reject = false
	r.agenda.push(item{at: at + gap, kind: onAction, ref: ref, gen: r.tokens.gen(ref), n: next})
}

// follow lets an activity happen that was planned.
func (r *Run) follow(it item) {
	if r.tokens.live(&it) {
		r.act(it.ref, it.n, -1, it.at)
	}
}

// key tells this visit of stage i from the order's others.
func (t *token) key(i int) uint64 {
	return uint64(i)<<16 | uint64(t.visits[i])<<8 | uint64(t.unit)
}
