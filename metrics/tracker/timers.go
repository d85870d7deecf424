package tracker

import "github.com/takt-orders/takt/ingest/order"

// timers is a heap of the next instants at which orders change by time alone, one
// for each order that has any. Orders know their place in it (handle.timer), so
// that another instant replaces the one before. Four children to a node: moving an
// entry touches its order, and a flat heap moves fewer.
type timers struct{ heap []timer }

// timer is kept in twelve bytes: there are millions.
type timer struct {
	high, low uint32 // the instant
	handle    uint32
}

func (t timer) at() order.Instant { return order.Instant(uint64(t.high)<<32 | uint64(t.low)) }

const fanOut = 4

// set gives the order of handle another instant; never takes its timer away.
func (t *timers) set(handles []handle, handle uint32, at order.Instant) {
	i := int(handles[handle].timer) - 1
	if at == never {
		if i >= 0 {
			t.remove(handles, i)
		}
		return
	}
	if i < 0 {
		i = len(t.heap)
		t.heap = append(t.heap, timer{})
	} else if t.heap[i].at() == at {
		return
	}
	t.settle(handles, i, timer{uint32(at >> 32), uint32(at), handle})
}

func (t *timers) remove(handles []handle, i int) {
	handles[t.heap[i].handle].timer = 0
	last := len(t.heap) - 1
	moved := t.heap[last]
	if t.heap = t.heap[:last]; i < last {
		t.settle(handles, i, moved)
	}
}

// settle puts v into the hole at i, moving it to where it belongs.
func (t *timers) settle(handles []handle, i int, v timer) {
	at := v.at()
	put := func(i int, v timer) {
		t.heap[i] = v
		handles[v.handle].timer = uint32(i + 1)
	}
	for i > 0 {
		parent := (i - 1) / fanOut
		if t.heap[parent].at() <= at {
			break
		}
		put(i, t.heap[parent])
		i = parent
	}
	for {
		least, first := -1, fanOut*i+1
		for c := first; c < min(first+fanOut, len(t.heap)); c++ {
			if least < 0 || t.heap[c].at() < t.heap[least].at() {
				least = c
			}
		}
		if least < 0 || at <= t.heap[least].at() {
			break
		}
		put(i, t.heap[least])
		i = least
	}
	put(i, v)
}

// first returns the earliest instant, and false if there is none.
func (t *timers) first() (order.Instant, bool) {
	if len(t.heap) == 0 {
		return 0, false
	}
	return t.heap[0].at(), true
}

// pop takes the earliest timer if it is due at now, and returns whose it was.
func (t *timers) pop(handles []handle, now order.Instant) (uint32, bool) {
	if at, ok := t.first(); !ok || at > now {
		return 0, false
	}
	h := t.heap[0].handle
	t.remove(handles, 0)
	return h, true
}
