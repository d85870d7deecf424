package kafka

import (
	"context"
	"net"
	"sync"
	"time"
)

// conns remembers open connections, so that closing a client also ends the
// requests under way: kafka-go's Transport would let them run out.
type conns struct {
	dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

	mu     sync.Mutex
	closed bool
	open   map[*conn]struct{}
}

type conn struct {
	net.Conn
	owner *conns
}

func newConns(dial func(ctx context.Context, network, address string) (net.Conn, error)) *conns {
	if dial == nil {
		dial = (&net.Dialer{Timeout: 3 * time.Second}).DialContext
	}
	return &conns{dialFunc: dial, open: map[*conn]struct{}{}}
}

func (c *conns) dial(ctx context.Context, network, address string) (net.Conn, error) {
	inner, err := c.dialFunc(ctx, network, address)
	if err != nil {
		return nil, err
	}
	n := &conn{Conn: inner, owner: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = inner.Close() // nobody has used it
		return nil, ErrClosed
	}
	c.open[n] = struct{}{}
	return n, nil
}

// Close forgets and closes the connection.
func (n *conn) Close() error {
	n.owner.mu.Lock()
	delete(n.owner.open, n)
	n.owner.mu.Unlock()
	return n.Conn.Close()
}

func (c *conns) close() {
	c.mu.Lock()
	c.closed = true
	open := c.open
	c.open = map[*conn]struct{}{}
	c.mu.Unlock()
	for n := range open {
		_ = n.Conn.Close() // whoever uses it is told by its own call
	}
}
