package gateway

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Remembered is how many deliveries of a source are remembered at least, however
// fast they come.
const Remembered = 100_000

// digest names a delivery or a seal in 16 bytes: to find two of one digest takes
// 2^64 attempts, each of which needs the source's secret.
type digest [16]byte

func digestOf(kind byte, text string) digest {
	sum := sha256.Sum256(append([]byte{kind}, text...))
	return digest(sum[:16])
}

// seen remembers deliveries in two generations. A generation ends after twice the
// window, since a time in the future lasts as long, or when it is full; the one
// before is forgotten then.
type seen struct {
	mu       sync.Mutex
	last     time.Duration
	began    time.Time
	now, old map[digest]struct{} // of deliveries and seals
}

func newSeen(window time.Duration) *seen {
	return &seen{last: 2 * window, now: map[digest]struct{}{}}
}

// names returns what claim is remembered by. A delivery without an id is its seal.
func names(claim *Claim) (id, seal digest, any bool) {
	switch {
	case claim.Delivery != "":
		id = digestOf('d', claim.Delivery)
	case claim.Seal != "":
		id = digestOf('s', claim.Seal)
	default:
		return id, seal, false
	}
	if claim.Seal != "" {
		seal = digestOf('s', claim.Seal)
	}
	return id, seal, true
}

// look reports whether the delivery was taken before, or its seal by another.
func (s *seen) look(claim *Claim, now time.Time) (repeated, replayed bool) {
	id, seal, any := names(claim)
	if !any {
		return false, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	if s.has(id) {
		return true, false
	}
	return false, claim.Seal != "" && s.has(seal)
}

func (s *seen) has(d digest) bool {
	_, known := s.now[d]
	if !known {
		_, known = s.old[d]
	}
	return known
}

// add remembers a delivery that was taken.
func (s *seen) add(claim *Claim, now time.Time) {
	id, seal, any := names(claim)
	if !any {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	s.now[id] = struct{}{}
	if claim.Seal != "" {
		s.now[seal] = struct{}{}
	}
}

func (s *seen) turn(now time.Time) {
	if s.began.IsZero() {
		s.began = now
	}
	if now.Sub(s.began) < s.last && len(s.now) < 2*Remembered {
		return
	}
	s.now, s.old, s.began = map[digest]struct{}{}, s.now, now
}
