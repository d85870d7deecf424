package tracker

import "github.com/takt-orders/takt/ingest/order"

// ages counts a stage's open visits by the minute they were entered in, so that
// the oldest is known without a search through the orders.
type ages struct {
	counts map[int32]int32
	oldest int32
	stale  bool // oldest has to be looked for again
}

const minute = 60_000

func (a *ages) add(entered order.Instant) {
	m := int32(entered / minute)
	if a.counts == nil {
		a.counts = map[int32]int32{}
	}
	if len(a.counts) == 0 || m < a.oldest && !a.stale {
		a.oldest, a.stale = m, false
	}
	a.counts[m]++
}

func (a *ages) remove(entered order.Instant) {
	m := int32(entered / minute)
	if a.counts[m]--; a.counts[m] == 0 {
		delete(a.counts, m)
		a.stale = a.stale || m == a.oldest
	}
}

// first returns the entry of the oldest, to the minute; unknown if there is none.
func (a *ages) first() order.Instant {
	if len(a.counts) == 0 {
		return 0
	}
	if a.stale {
		a.oldest, a.stale = 1<<31-1, false
		for m := range a.counts {
			a.oldest = min(a.oldest, m)
		}
	}
	return order.Instant(a.oldest) * minute
}
