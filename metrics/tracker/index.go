package tracker

// index finds an order's handle by the hash of its number: open addressing with
// linear probing, in 256 shards so that growing one never stalls the pipeline.
// A slot holds the upper half of the hash and the handle; equal maybes compares
// the number itself.
type index struct {
	shards [256]shard
	n      int
}

type shard struct {
	slots []uint64 // tag<<32 | handle+1; 0 is empty
	n     int
}

func tag(hash uint64) uint64 { return hash >> 32 << 32 }

// find returns the handle whose order is the one meant, by same(handle).
func (x *index) find(hash uint64, same func(uint32) bool) (uint32, bool) {
	s := &x.shards[hash&255]
	if len(s.slots) == 0 {
		return 0, false
	}
	mask := len(s.slots) - 1
	for i := int(hash>>8) & mask; s.slots[i] != 0; i = (i + 1) & mask {
		if s.slots[i]>>32<<32 == tag(hash) {
			if h := uint32(s.slots[i]) - 1; same(h) {
				return h, true
			}
		}
	}
	return 0, false
}

// add records handle, which must not be in the index; hashOf gives any handle's hash.
func (x *index) add(hash uint64, handle uint32, hashOf func(uint32) uint64) {
	s := &x.shards[hash&255]
	if (s.n+1)*4 > len(s.slots)*3 {
		old := s.slots
		s.slots = make([]uint64, max(16, len(old)*2))
		for _, v := range old {
			if v != 0 {
				s.place(hashOf(uint32(v)-1), v)
			}
		}
	}
	s.place(hash, tag(hash)|uint64(handle+1))
	s.n++
	x.n++
}

func (s *shard) place(hash, v uint64) {
	mask := len(s.slots) - 1
	i := int(hash>>8) & mask
	for s.slots[i] != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = v
}

// remove takes handle out, closing the gap it leaves.
func (x *index) remove(hash uint64, handle uint32, hashOf func(uint32) uint64) {
	s := &x.shards[hash&255]
	mask := len(s.slots) - 1
	i := int(hash>>8) & mask
	for uint32(s.slots[i]) != handle+1 {
		i = (i + 1) & mask
	}
	s.slots[i] = 0
	s.n--
	x.n--
	for j := (i + 1) & mask; s.slots[j] != 0; j = (j + 1) & mask {
		v := s.slots[j]
		s.slots[j] = 0
		s.place(hashOf(uint32(v)-1), v)
	}
}

func (x *index) bytes() int64 {
	var n int64
	for i := range x.shards {
		n += int64(len(x.shards[i].slots)) * 8
	}
	return n
}
