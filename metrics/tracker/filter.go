package tracker

import "slices"

// filter remembers the numbers of closed orders, by hash: it answers "certainly
// new" without asking the store, wrongly "perhaps known" for a few numbers in a
// hundred. It keeps a set of 32-bit fingerprints, so a new number is taken for
// known with a chance of n in 2^32: 2.3 % with a hundred million, then in about
// nine bits each; with fewer, fewer are wrong and each takes more.
// Carter, Floyd, Gill, Markowsky and Wegman, "Exact and approximate membership
// testers", STOC 1978. Unlike a Bloom filter a set of fingerprints can grow.
//
// The fingerprints' high byte chooses one of 256 shards, so that growing one never
// stalls the pipeline. A shard cuts its range into equal parts, a line of 64 bytes
// each; see line. What finds its line full goes to a sorted list.
type filter struct{ shards [256]filterShard }

type filterShard struct {
	lines []line
	shape shape
	over  []uint32
}

// shardBits is the width of a fingerprint within its shard.
const shardBits = 24

func split(hash uint64) (shard int, v uint32) {
	return int(hash >> 56), uint32(hash>>32) & (1<<shardBits - 1)
}

func (f *filter) add(hash uint64) {
	shard, v := split(hash)
	f.shards[shard].add(v)
}

// has reports whether hash may have been added.
func (f *filter) has(hash uint64) bool {
	shard, v := split(hash)
	s := &f.shards[shard]
	if len(s.lines) == 0 {
		return false
	}
	l, rest := s.line(v)
	found, full := l.has(s.shape, rest)
	if found || !full {
		return found
	}
	_, found = slices.BinarySearch(s.over, v)
	return found
}

// line returns the line that v belongs to, and v less the first of that line.
func (s *filterShard) line(v uint32) (*line, uint32) {
	n := uint64(len(s.lines))
	i := uint64(v) * n >> shardBits
	return &s.lines[i], v - s.first(i)
}

// first returns the least fingerprint of line i.
func (s *filterShard) first(i uint64) uint32 {
	n := uint64(len(s.lines))
	return uint32((i<<shardBits + n - 1) / n)
}

func (s *filterShard) add(v uint32) {
	if len(s.lines) == 0 {
		s.resize(1)
	}
	if l, rest := s.line(v); l.add(s.shape, rest) {
		return
	}
	i, known := slices.BinarySearch(s.over, v)
	if known {
		return
	}
	s.over = slices.Insert(s.over, i, v)
	// One in two lines then has one too many: they are nine tenths full.
	if len(s.over) > len(s.lines)/2 {
		s.grow()
	}
}

// grow gives the shard a quarter more lines. The fingerprints come out ascending,
// so that each goes to the end of its line.
func (s *filterShard) grow() {
	old := *s
	s.resize(len(old.lines) + len(old.lines)/4 + 1)
	var rests []uint32
	at, n := uint64(0), 0 // the line that is filled, and what it has
	for i := range old.lines {
		rests = old.lines[i].list(old.shape, rests[:0])
		first := old.first(uint64(i))
		for _, rest := range rests {
			v := first + rest
			to := uint64(v) * uint64(len(s.lines)) >> shardBits
			if to > at {
				at, n = to, 0
			}
			if n == s.shape.room {
				s.over = append(s.over, v)
				continue
			}
			s.lines[at].push(s.shape, n, v-s.first(at))
			n++
		}
	}
	for _, v := range old.over {
		s.add(v)
	}
}

func (s *filterShard) resize(lines int) {
	*s = filterShard{lines: make([]line, lines), shape: shapeOf(1<<shardBits/lines + 1)}
}

func (f *filter) bytes() int64 {
	var n int64
	for i := range f.shards {
		n += int64(cap(f.shards[i].lines))*lineBits/8 + int64(cap(f.shards[i].over))*4
	}
	return n
}
