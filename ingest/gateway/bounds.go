package gateway

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"time"
)

// perDelivery is what a delivery needs beside its body once it goes to the log, in
// bytes: its goroutine, the buffers of its connection and what the log keeps of it.
// What a connection needs before is bounded by how many there are.
const perDelivery = 16 << 10

// shareOf is what one address may take of a bound. A sender that is not known to be
// genuine, or does not even go on sending, so leaves room for those at others.
func shareOf(bound int) int { return max(bound/4, 1) }

// memory bounds the bytes that are held at one time: all, and those of one address
// that are not known to be genuine.
type memory struct {
	limit, share int
	tell         func(held int)

	mu      sync.Mutex
	held    int
	strange map[netip.Prefix]int // bytes not known to be genuine; no zeros
}

func newMemory(limit int, tell func(int)) *memory {
	return &memory{limit: limit, share: shareOf(limit), tell: tell, strange: map[netip.Prefix]int{}}
}

// lease is the memory that one delivery holds. It is for one goroutine at a time.
type lease struct {
	of      *memory
	address netip.Prefix
	genuine bool
	held    int
}

func (m *memory) lease(address netip.Prefix) *lease { return &lease{of: m, address: address} }

// take reports whether there is room for n more bytes, and takes it. A delivery that
// is alone always has it.
func (l *lease) take(n int) bool {
	m := l.of
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held+n > m.limit && m.held > l.held {
		return false
	}
	if !l.genuine {
		if s := m.strange[l.address]; s+n > m.share && s > l.held {
			return false
		}
		m.add(l.address, n)
	}
	l.held += n
	m.held += n
	m.tell(m.held)
	return true
}

// add changes what is held for an address that is not known to be genuine.
func (m *memory) add(address netip.Prefix, n int) {
	if m.strange[address] += n; m.strange[address] == 0 {
		delete(m.strange, address)
	}
}

// trust tells that the delivery is genuine: its address's share is free again.
func (l *lease) trust() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if !l.genuine {
		l.of.add(l.address, -l.held)
		l.genuine = true
	}
}

// give gives everything back.
func (l *lease) give() {
	m := l.of
	m.mu.Lock()
	defer m.mu.Unlock()
	if !l.genuine {
		m.add(l.address, -l.held)
	}
	m.held -= l.held
	l.held = 0
	m.tell(m.held)
}

// addressOf is whom a connection counts for: an address of IPv4, a network of 64 bits
// of IPv6, since that is what one subscriber has.
func addressOf(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{} // no network's: all count as one
	}
	address, bits := at.Addr().Unmap().WithZone(""), 64
	if address.Is4() {
		bits = 32
	}
	p, _ := address.Prefix(bits) // the bits are in range
	return p
}

// fair is a listener that closes connections of an address that has too many.
type fair struct {
	net.Listener

	most   int
	closed func()

	mu   sync.Mutex
	open map[netip.Prefix]int
}

// Accept returns the next connection that may stay.
func (f *fair) Accept() (net.Conn, error) {
	for {
		c, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := addressOf(c.RemoteAddr().String())
		f.mu.Lock()
		room := f.open[address] < f.most
		if room {
			f.open[address]++
		}
		f.mu.Unlock()
		if room {
			return &conn{Conn: c, end: sync.OnceFunc(func() { f.ended(address) })}, nil
		}
		c.Close() //nolint:errcheck // nothing was read
		f.closed()
	}
}

func (f *fair) ended(address netip.Prefix) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[address]--; f.open[address] == 0 {
		delete(f.open, address)
	}
}

type conn struct {
	net.Conn

	end func()
}

func (c *conn) Close() error {
	defer c.end()
	return c.Conn.Close()
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
