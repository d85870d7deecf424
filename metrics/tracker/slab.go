package tracker

import "encoding/binary"

// slab keeps variable-length blobs in large pointer-free chunks, so that millions
// of orders cost the garbage collector nothing. A blob is named by its place; a
// freed one is used again by a blob of the same size class.
type slab struct {
	chunks [][]byte
	free   map[int][]place // by class
	tail   int             // used bytes of the last chunk
}

// place is a blob's chunk and offset, in grains.
type place uint32

const (
	grain      = 8
	chunkBytes = 1 << 20
	chunkBits  = 17 // grains of one chunk: places reach over 32 GiB
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

// A blob follows its length: in two bytes, or in four of which the first has the
// flag.
const longBlob = 1 << 15

// size returns the bytes that n bytes take with their length.
func size(n int) int {
	if n < longBlob {
		return class(n + 2)
	}
	return class(n + 4)
}

// put stores b and returns its place.
func (s *slab) put(b []byte) place {
	size := size(len(b))
	var p place
	if list := s.free[size]; len(list) > 0 {
		p, s.free[size] = list[len(list)-1], list[:len(list)-1]
	} else {
		p = s.grow(size)
	}
	at := s.at(p)
	if n := uint32(len(b)); n < longBlob {
		binary.LittleEndian.PutUint16(at, uint16(n))
		copy(at[2:], b)
	} else {
		binary.LittleEndian.PutUint32(at, n&(longBlob-1)|longBlob|n/longBlob<<16)
		copy(at[4:], b)
	}
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
	n := uint32(binary.LittleEndian.Uint16(at))
	if n < longBlob {
		return at[2 : 2+n : 2+n]
	}
	n = n&(longBlob-1) | binary.LittleEndian.Uint32(at)>>16*longBlob
	return at[4 : 4+n : 4+n]
}

func (s *slab) release(p place) {
	size := size(len(s.get(p)))
	s.free[size] = append(s.free[size], p)
}
