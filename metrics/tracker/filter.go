package tracker

// filter remembers the numbers of closed orders, by hash, in about ten bits each:
// it answers "certainly new" without asking the store, wrongly "perhaps known" for
// a few numbers in a hundred. It grows by adding blooms of four times the size.
// Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 1970;
// Kirsch and Mitzenmacher, "Less hashing, same performance", 2006, for the probes.
type filter struct{ blooms []bloom }

type bloom struct {
	bits []uint64
	n    int // added
	room int
}

const (
	bitsPerKey  = 10
	probes      = 7
	firstBloom  = 1 << 16
	mixConstant = 0x9e3779b97f4a7c15
)

func (f *filter) add(hash uint64) {
	if len(f.blooms) == 0 || f.last().n == f.last().room {
		room := firstBloom
		if len(f.blooms) > 0 {
			room = f.last().room * 4
		}
		f.blooms = append(f.blooms, bloom{bits: make([]uint64, room*bitsPerKey/64), room: room})
	}
	b := f.last()
	b.n++
	h, step := hash, hash*mixConstant|1
	for range probes {
		i := h % uint64(len(b.bits)*64)
		b.bits[i/64] |= 1 << (i % 64)
		h += step
	}
}

func (f *filter) last() *bloom { return &f.blooms[len(f.blooms)-1] }

// has reports whether hash may have been added.
func (f *filter) has(hash uint64) bool {
	for i := len(f.blooms) - 1; i >= 0; i-- {
		if f.blooms[i].has(hash) {
			return true
		}
	}
	return false
}

func (b *bloom) has(hash uint64) bool {
	h, step := hash, hash*mixConstant|1
	for range probes {
		i := h % uint64(len(b.bits)*64)
		if b.bits[i/64]&(1<<(i%64)) == 0 {
			return false
		}
		h += step
	}
	return true
}

func (f *filter) bytes() int64 {
	var n int64
	for i := range f.blooms {
		n += int64(len(f.blooms[i].bits)) * 8
	}
	return n
}
