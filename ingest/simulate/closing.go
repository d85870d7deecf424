package simulate

// newToken returns a token of the order, which keeps the order.
func (r *Run) newToken(of int32) (int32, *token) {
	ref, t := r.tokens.take()
	t.order = of
	o := r.orders.at(of)
	o.own[o.tokens] = ref
	o.tokens++
	o.uses++
	return ref, t
}

// dropToken takes a token out of the simulation.
func (r *Run) dropToken(ref int32) {
	of := r.tokens.at(ref).order
	o := r.orders.at(of)
	for i := range o.tokens {
		if o.own[i] == ref {
			o.tokens--
			o.own[i] = o.own[o.tokens]
			break
		}
	}
	r.tokens.give(ref)
	r.release(of)
}

// dropAll takes every token of a cancelled order out of the simulation.
func (r *Run) dropAll(of int32) {
	o := r.orders.at(of)
	o.closed = true
	o.uses++
	for o.tokens > 0 {
		r.dropToken(o.own[0])
	}
	r.release(of)
}

// complete closes the order if none of its parcels is under way.
func (r *Run) complete(of int32, at int64) {
	o := r.orders.at(of)
	for _, ref := range o.own[:o.tokens] {
		if !r.tokens.at(ref).done {
			return
		}
	}
	o.closed = true
	r.sideOnCompletion(of, at)
}

// cancel closes an order that its customer cancels, unless it is on its way.
func (r *Run) cancel(it item) {
	if o := r.orders.at(it.ref); !o.closed && o.tokens == 1 {
		t := r.tokens.at(o.own[0])
		if away := r.flow.split; t.unit == 0 && (away < 0 || t.open>>away == 0 && t.far < away) {
			r.emit(it.ref, 0, r.flow.cancelling, -1, it.at)
			r.dropAll(it.ref)
		}
	}
	r.release(it.ref)
}

// later puts something on the agenda that keeps the order until then.
func (r *Run) later(ref int32, at int64, k kind, n int32) {
	r.orders.at(ref).uses++
	r.agenda.push(item{at: at, kind: k, ref: ref, n: n})
}

// release gives up one use of the order.
func (r *Run) release(ref int32) {
	o := r.orders.at(ref)
	if o.uses--; o.uses == 0 {
		r.orders.give(ref)
	}
}
