package simulate

// kind tells what an item of the agenda does.
type kind uint8

const (
	onArrival       kind = iota + 1 // the next order is placed
	onFinish                        // ref: token; its visit of stage is done
	onDelayedFinish                 // the same, after the carrier's delay
	onAction                        // ref: token; n: action that follows after a gap
	onWake                          // stage begins to work
	onRecovery                      // the incident ends
	onCancel                        // ref: order
	onSide                          // ref: order; n: sideKind
	onDelivery                      // ref: record that reaches the log now
)

// item is something that will happen.
type item struct {
	at    int64 // ms since 1970
	seq   uint64
	ref   int32
	gen   uint32 // of ref's slot: an item of a slot used anew is void
	n     int32
	kind  kind
	stage uint8
}

// agenda is a four-way heap of items by time; equal times keep the order in
// which they were pushed.
type agenda struct {
	items []item
	seq   uint64
}

func (a *agenda) empty() bool { return len(a.items) == 0 }
func (a *agenda) top() *item  { return &a.items[0] }

func before(x, y *item) bool { return x.at < y.at || x.at == y.at && x.seq < y.seq }

func (a *agenda) push(it item) {
	a.seq++
	it.seq = a.seq
	a.items = append(a.items, it)
	i := len(a.items) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !before(&it, &a.items[parent]) {
			break
		}
		a.items[i] = a.items[parent]
		i = parent
	}
	a.items[i] = it
}

func (a *agenda) pop() item {
	first := a.items[0]
	last := len(a.items) - 1
	it := a.items[last]
	a.items = a.items[:last]
	for i := 0; i < last; {
		child := 4*i + 1
		if child >= last {
			a.items[i] = it
			break
		}
		for c, end := child+1, min(child+4, last); c < end; c++ {
			if before(&a.items[c], &a.items[child]) {
				child = c
			}
		}
		if !before(&a.items[child], &it) {
			a.items[i] = it
			break
		}
		a.items[i] = a.items[child]
		i = child
	}
	return first
}

// pool keeps values in slots that are used again; a slot's generation tells its
// users apart.
type pool[T any] struct {
	slots []slot[T]
	free  []int32
}

type slot[T any] struct {
	value T
	gen   uint32
}

// take returns an unused slot, zeroed.
func (p *pool[T]) take() (ref int32, v *T) {
	if n := len(p.free); n > 0 {
		ref = p.free[n-1]
		p.free = p.free[:n-1]
	} else {
		ref = int32(len(p.slots))
		p.slots = append(p.slots, slot[T]{})
	}
	return ref, &p.slots[ref].value
}

// give makes the slot unused: items that refer to it become void.
func (p *pool[T]) give(ref int32) {
	var zero T
	p.slots[ref].value = zero
	p.slots[ref].gen++
	p.free = append(p.free, ref)
}

func (p *pool[T]) at(ref int32) *T      { return &p.slots[ref].value }
func (p *pool[T]) gen(ref int32) uint32 { return p.slots[ref].gen }
func (p *pool[T]) live(it *item) bool   { return p.slots[it.ref].gen == it.gen }
func (p *pool[T]) used() int            { return len(p.slots) - len(p.free) }
