package tracker

import "encoding/binary"

// slab keeps variable-length blobs in large pointer-free chunks, so that millions
// of orders cost the garbage collector nothing. A blob is named by its place; a
// freed one is used again by a blob of the same size class.
type slab struct {
	chunks [][]byte
	free   map[int][]place // by class
	tail   int             // used bytes of the last chunk
	used   int64           // bytes of live blobs, their rounding included
}

// place is a blob's chunk and offset, in grains.
type place uint32

const (
	grain      = 16
	chunkBytes = 1 << 20
	chunkBits  = 16 // grains of one chunk
)

const nowhere = ^place(0)

func newSlab() *slab { return &slab{free: map[int][]place{}, tail: chunkBytes} }

// class returns the bytes a blob of n bytes takes: sixteenths of its magnitude,
// so that rounding wastes little and freed blobs fit again.
func class(n int) int {
	step := grain
	for n > step*32 {
		step *= 2
	}
	return (n + step - 1) / step * step
}

// put stores b and returns its place.
func (s *slab) put(b []byte) place {
	size := class(len(b) + 4)
	var p place
	if list := s.free[size]; len(list) > 0 {
		p, s.free[size] = list[len(list)-1], list[:len(list)-1]
	} else {
		p = s.grow(size)
	}
	s.used += int64(size)
	at := s.at(p)
	binary.LittleEndian.PutUint32(at, uint32(len(b)))
	copy(at[4:], b)
	return p
}

func (s *slab) grow(size int) place {
	if s.tail+size > chunkBytes {
		s.chunks = append(s.chunks, make([]byte, max(size, chunkBytes)))
		s.tail = 0
	}
	p := place((len(s.chunks)-1)<<chunkBits | s.tail/grain)
	s.tail += size
	return p
}

func (s *slab) at(p place) []byte {
	return s.chunks[p>>chunkBits][int(p&(1<<chunkBits-1))*grain:]
}

// get returns the blob at p. It is valid until p is released.
func (s *slab) get(p place) []byte {
	at := s.at(p)
	n := binary.LittleEndian.Uint32(at)
	return at[4 : 4+n : 4+n]
}

func (s *slab) release(p place) {
	at := s.at(p)
	size := class(int(binary.LittleEndian.Uint32(at)) + 4)
	s.used -= int64(size)
	s.free[size] = append(s.free[size], p)
}
