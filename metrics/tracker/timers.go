package tracker

import "github.com/takt-orders/takt/ingest/order"

// timers is a heap of the next instants at which orders change by time alone.
// An order that needs an earlier one gets a second entry; the owner tells a
// stale entry by the instant it keeps itself.
type timers struct{ heap []timer }

type timer struct {
	at     order.Instant
	handle uint32
}

func (t *timers) push(at order.Instant, handle uint32) {
	t.heap = append(t.heap, timer{at, handle})
	i := len(t.heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if t.heap[parent].at <= t.heap[i].at {
			break
		}
		t.heap[parent], t.heap[i] = t.heap[i], t.heap[parent]
		i = parent
	}
}

// pop takes the earliest timer if it is due at now.
func (t *timers) pop(now order.Instant) (timer, bool) {
	if len(t.heap) == 0 || t.heap[0].at > now {
		return timer{}, false
	}
	top := t.heap[0]
	last := len(t.heap) - 1
	t.heap[0] = t.heap[last]
	t.heap = t.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && t.heap[child+1].at < t.heap[child].at {
			child++
		}
		if t.heap[i].at <= t.heap[child].at {
			break
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
	return top, true
}
