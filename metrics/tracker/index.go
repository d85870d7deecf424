package tracker

// index finds an order's handle by the hash of its number: open addressing with
// linear probing, in 256 shards so that growing one never stalls the pipeline.
// A slot holds the upper half of the hash, which also says where it belongs, and
// the handle; equal maybes compares the number itself.
type index struct {
	shards [256]shard
	n      int
}

type shard struct {
	slots []uint64 // tag<<32 | handle+1; 0 is empty
	n     int
}

func tag(hash uint64) uint64 { return hash >> 32 << 32 }

// home is where the search for a slot with v's tag begins: the tag's share of the
// slots, whose number is any.
func (s *shard) home(v uint64) int { return int(v >> 32 * uint64(len(s.slots)) >> 32) }

func (s *shard) after(i int) int {
	if i++; i < len(s.slots) {
		return i
	}
	return 0
}

// find returns the handle whose order is the one meant, by same(handle).
func (x *index) find(hash uint64, same func(uint32) bool) (uint32, bool) {
	s := &x.shards[hash&255]
	if len(s.slots) == 0 {
		return 0, false
	}
	for i := s.home(hash); s.slots[i] != 0; i = s.after(i) {
		if tag(s.slots[i]) == tag(hash) {
			if h := uint32(s.slots[i]) - 1; same(h) {
				return h, true
			}
		}
	}
	return 0, false
}

// add records handle, which must not be in the index.
func (x *index) add(hash uint64, handle uint32) {
	s := &x.shards[hash&255]
	if (s.n+1)*5 > len(s.slots)*4 {
		old := s.slots
		s.slots = make([]uint64, max(16, len(old)+len(old)/4))
		for _, v := range old {
			if v != 0 {
				s.place(v)
			}
		}
	}
	s.place(tag(hash) | uint64(handle+1))
	s.n++
	x.n++
}

func (s *shard) place(v uint64) {
	i := s.home(v)
	for s.slots[i] != 0 {
		i = s.after(i)
	}
	s.slots[i] = v
}

// remove takes handle out, closing the gap it leaves.
func (x *index) remove(hash uint64, handle uint32) {
	s := &x.shards[hash&255]
	i := s.home(hash)
	for uint32(s.slots[i]) != handle+1 {
		i = s.after(i)
	}
	s.slots[i] = 0
	s.n--
	x.n--
	for j := s.after(i); s.slots[j] != 0; j = s.after(j) {
		v := s.slots[j]
		s.slots[j] = 0
		s.place(v)
	}
}

func (x *index) bytes() int64 {
	var n int64
	for i := range x.shards {
		n += int64(len(x.shards[i].slots)) * 8
	}
	return n
}
