package recordbatch

import (
	"fmt"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
)

// appendRecords adds the records of a decompressed batch from offset from on.
// It returns dst as it was when the batch is corrupt.
func appendRecords(dst []ingest.Record, body []byte, h *header, from int64, mark string) ([]ingest.Record, error) {
	out := dst
	c := cursor{b: body}
	previous := h.base - 1
	for i := range h.count {
		length := c.varint()
		if c.bad || length < 0 || length > int64(len(c.b)-c.at) {
			return dst, c.corrupt(i, "length")
		}
		end := c.at + int(length)
		c.end = end
		c.skip(1) // attributes: unused
		delta := c.varint()
		r := ingest.Record{Offset: h.base + c.varint()}
		if c.bad || r.Offset <= previous || r.Offset > h.last {
			return dst, c.corrupt(i, "offset")
		}
		previous = r.Offset
		if r.Offset < from {
			c.at = end
			continue
		}
		r.Append = order.Instant(h.baseTime + delta)
		if h.is(attrLogAppendTime) {
			r.Append = order.Instant(h.maxTime)
		}
		r.Key = c.bytes()
		r.Value = c.bytes()
		for headers := c.varint(); headers > 0 && !c.bad; headers-- {
			if key := c.bytes(); mark != "" && string(key) == mark {
				r.History = true
			}
			c.bytes()
		}
		if c.bad || c.at != end {
			return dst, c.corrupt(i, "fields")
		}
		out = append(out, r)
	}
	if c.at != len(body) {
		return dst, fmt.Errorf("%d bytes after the last record: %w", len(body)-c.at, ErrCorrupt)
	}
	return out, nil
}

// controlKey returns the key of the only record of a control batch.
func controlKey(body []byte) ([]byte, error) {
	c := cursor{b: body, end: len(body)}
	c.varint() // length
	c.skip(1)
	c.varint() // time
	c.varint() // offset
	key := c.bytes()
	if c.bad {
		return nil, c.corrupt(0, "key")
	}
	return key, nil
}

// cursor reads the parts of a record. After a part that is not there it is bad
// and stays so.
type cursor struct {
	b   []byte
	at  int
	end int // of the record
	bad bool
}

func (c *cursor) corrupt(i int32, part string) error {
	return fmt.Errorf("%s of record %d: %w", part, i, ErrCorrupt)
}

func (c *cursor) skip(n int) {
	c.at += n
	c.bad = c.bad || c.at > len(c.b)
}

// varint reads a zigzag-encoded number of at most 64 bits.
func (c *cursor) varint() int64 {
	if c.at < len(c.b) && c.b[c.at] < 0x80 {
		v := c.b[c.at]
		c.at++
		return int64(v>>1) ^ -int64(v&1)
	}
	return c.longVarint()
}

func (c *cursor) longVarint() int64 {
	var v uint64
	for shift := 0; shift < 64 && c.at < len(c.b); shift += 7 {
		b := c.b[c.at]
		c.at++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return int64(v>>1) ^ -int64(v&1)
		}
	}
	c.bad = true
	return 0
}

// bytes reads a length and that many bytes of the record; nil if the length is -1.
func (c *cursor) bytes() []byte {
	n := c.varint()
	if n == -1 {
		return nil
	}
	if c.bad || n < 0 || n > int64(c.end-c.at) {
		c.bad = true
		return nil
	}
	from := c.at
	c.at += int(n)
	return c.b[from:c.at:c.at]
}
