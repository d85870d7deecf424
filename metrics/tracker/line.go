package tracker

import "math/bits"

// line is a set of numbers below a limit, in one cache line. Of each number the
// low bits are kept as they are, in ascending order; the high ones as a row of
// bits in which number i of high part h is the one at place i + h.
// Elias, "Efficient storage and retrieval by content and address of static files",
// Journal of the ACM 21, 1974.
type line [lineBits / 64]uint64

const lineBits = 512

// shape says how a line is divided.
type shape struct {
	room int // numbers that fit
	low  int // bits of a low part
	high int // where the row of high parts begins
}

// shapeOf returns the shape in which most numbers below limit fit.
func shapeOf(limit int) (best shape) {
	for low := range shardBits {
		// The row takes a bit for each number and one for each high part.
		if room := (lineBits - 1 - (limit-1)>>low) / (low + 1); room > best.room {
			best = shape{room: room, low: low, high: room * low}
		}
	}
	return best
}

// find returns the place in the row where v stands or would stand, its index
// among the numbers, and whether it stands there.
func (l *line) find(s shape, v uint32) (place, index int, found bool) {
	h, low := int(v>>s.low), uint64(v)&(1<<s.low-1)
	place = l.skip(s.high, h)
	for index = place - s.high - h; l[place/64]>>(place%64)&1 == 1; place, index = place+1, index+1 {
		if have := l.get(index*s.low, s.low); have >= low {
			return place, index, have == low
		}
	}
	return place, index, false
}

// skip returns the place after the n-th zero from place on.
func (l *line) skip(place, n int) int {
	if n == 0 {
		return place
	}
	w := place / 64
	zeros := ^l[w] >> (place % 64) << (place % 64)
	for c := bits.OnesCount64(zeros); c < n; c = bits.OnesCount64(zeros) {
		n -= c
		w++
		zeros = ^l[w]
	}
	for ; n > 1; n-- {
		zeros &= zeros - 1
	}
	return w*64 + bits.TrailingZeros64(zeros) + 1
}

func (l *line) count(s shape) int {
	w := s.high / 64
	n := bits.OnesCount64(l[w] >> (s.high % 64))
	for _, v := range l[w+1:] {
		n += bits.OnesCount64(v)
	}
	return n
}

// has reports whether v is in the line, and whether the line is full.
func (l *line) has(s shape, v uint32) (found, full bool) {
	if _, _, found = l.find(s, v); found {
		return true, false
	}
	return false, l.count(s) == s.room
}

// add reports whether v is in the line now; it is not if the line is full.
func (l *line) add(s shape, v uint32) bool {
	place, index, found := l.find(s, v)
	if found {
		return true
	}
	if l.count(s) == s.room {
		return false
	}
	l.insert(index*s.low, s.high, s.low, uint64(v)&(1<<s.low-1))
	l.insert(place, lineBits, 1, 1)
	return true
}

// push puts v behind the n numbers of the line, which are less and leave room.
func (l *line) push(s shape, n int, v uint32) {
	l.set(n*s.low, s.low, uint64(v)&(1<<s.low-1))
	l.set(s.high+n+int(v>>s.low), 1, 1)
}

// list appends the numbers of the line to dst, ascending.
func (l *line) list(s shape, dst []uint32) []uint32 {
	n := l.count(s)
	for index, place := 0, s.high; index < n; place++ {
		if l[place/64]>>(place%64)&1 == 1 {
			dst = append(dst, uint32(place-s.high-index)<<s.low|uint32(l.get(index*s.low, s.low)))
			index++
		}
	}
	return dst
}

func (l *line) get(at, width int) uint64 {
	w, off := at/64, at%64
	v := l[w] >> off
	if off+width > 64 {
		v |= l[w+1] << (64 - off)
	}
	return v & (1<<width - 1)
}

// insert moves the bits from at on up by width, until until, and puts v there.
func (l *line) insert(at, until, width int, v uint64) {
	if width == 0 {
		return
	}
	first, last := at/64, (until-1)/64
	for w := last; w >= first; w-- {
		moved := l[w] << width
		if w > first {
			moved |= l[w-1] >> (64 - width)
		}
		mask := ^uint64(0)
		if w == first {
			mask <<= at % 64
		}
		if w == last {
			mask &= ^uint64(0) >> (63 - (until-1)%64)
		}
		l[w] = l[w]&^mask | moved&mask
	}
	l.set(at, width, v)
}

// set puts v at at.
func (l *line) set(at, width int, v uint64) {
	w, off, mask := at/64, at%64, uint64(1)<<width-1
	l[w] = l[w]&^(mask<<off) | v<<off
	if off+width > 64 {
		l[w+1] = l[w+1]&^(mask>>(64-off)) | v>>(64-off)
	}
}
