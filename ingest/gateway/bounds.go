package gateway

import (
	"math"
	"sync"
	"time"
)

// memory bounds the bytes that are held at one time.
type memory struct {
	mu    sync.Mutex
	limit int
	held  int
	tell  func(held int)
}

func newMemory(limit int, tell func(int)) *memory { return &memory{limit: limit, tell: tell} }

// perDelivery is what a delivery needs beside its body, in bytes: its goroutine,
// the buffers of its connection and what the log keeps of it.
const perDelivery = 16 << 10

// take reports whether there is room for a body of n bytes, and takes it.
func (m *memory) take(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	n += perDelivery
	if m.held+n > m.limit && m.held > 0 {
		return false
	}
	m.held += n
	m.tell(m.held)
	return true
}

func (m *memory) give(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held -= n + perDelivery
	m.tell(m.held)
}

// rate is a bucket of tokens, filled by so many a second up to as many.
type rate struct {
	mu     sync.Mutex
	second float64 // 0: any number passes
	tokens float64
	last   time.Time
}

func newRate(second float64) *rate { return &rate{second: second, tokens: math.Max(second, 1)} }

func (r *rate) take(now time.Time) bool {
	if r.second == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.last.IsZero() {
		r.tokens = min(math.Max(r.second, 1), r.tokens+max(now.Sub(r.last).Seconds(), 0)*r.second)
	}
	r.last = now
	if r.tokens < 1 {
		return false
	}
	r.tokens--
	return true
}
