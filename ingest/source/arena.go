package source

import (
	"unsafe"

	"github.com/takt-orders/takt/ingest/order"
)

const (
	textChunk = 64 << 10
	attrChunk = 1024
)

// Arena holds the strings and attributes of a batch's events. They are valid
// until Reset; who keeps one longer copies it. The zero Arena is ready; it is for
// one goroutine at a time.
type Arena struct {
	text chunks[byte]
	attr chunks[order.Attribute]
}

// Reset makes everything the arena handed out invalid and its memory free for
// the next batch. What the last batch did not need goes back to the runtime.
func (a *Arena) Reset() {
	a.text.reset()
	a.attr.reset()
}

// Bytes returns the size of the memory the arena holds.
func (a *Arena) Bytes() int {
	return a.text.size() + a.attr.size()*int(unsafe.Sizeof(order.Attribute{}))
}

// copy returns b as a string of the arena.
func (a *Arena) copy(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	dst := a.text.take(len(b), textChunk)
	copy(dst, b)
	return unsafe.String(&dst[0], len(dst))
}

// unescape returns raw without its escapes as a string of the arena.
func (a *Arena) unescape(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	dst := a.text.take(len(raw), textChunk)
	dst = unescape(dst[:0], raw)
	return unsafe.String(unsafe.SliceData(dst), len(dst))
}

// attributes returns room for n attributes.
func (a *Arena) attributes(n int) []order.Attribute {
	return a.attr.take(n, attrChunk)[:0]
}

// chunks hands out parts of memory chunk by chunk.
type chunks[T any] struct {
	list [][]T
	now  int // index of the chunk in use
	used int // of that chunk
}

func (c *chunks[T]) take(n, size int) []T {
	for {
		if c.now < len(c.list) {
			chunk := c.list[c.now]
			if len(chunk)-c.used >= n {
				c.used += n
				return chunk[c.used-n : c.used : c.used]
			}
			if c.used > 0 || len(chunk) >= n {
				c.now, c.used = c.now+1, 0
				continue
			}
		}
		// The chunk at now is fresh but too short, or there is none.
		c.list = append(c.list, nil)
		copy(c.list[c.now+1:], c.list[c.now:])
		c.list[c.now] = make([]T, max(n, size))
	}
}

func (c *chunks[T]) reset() {
	last := min(c.now+1, len(c.list))
	clear(c.list[last:])
	c.list = c.list[:last]
	c.now, c.used = 0, 0
}

func (c *chunks[T]) size() int {
	n := 0
	for _, chunk := range c.list {
		n += len(chunk)
	}
	return n
}
