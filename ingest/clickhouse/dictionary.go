package clickhouse

import (
	"encoding/binary"
	"slices"
	"unsafe"
)

// dictionary is a LowCardinality(String) column. Most values repeat, and most
// repeats share their memory (interned names), so the address is looked at first.
// Nothing says how long that memory keeps the value: what is found is compared.
type dictionary struct {
	index map[string]uint32
	names text   // in order of their keys; key 0 is the empty string
	keys  []byte // of the rows, each in 1<<width bytes
	width uint
	head  []byte
	rows  [8]byte                // how many, as it is sent
	list  []string               // names by key, less one
	own   []byte                 // backs list
	cache [1 << cacheBits]uint32 // keys by address
}

const (
	cacheBits = 11                 // log2 of the slots of a dictionary's cache
	spread    = 0x9e3779b97f4a7c15 // spreads what is multiplied by it over the high bits
)

func newDictionary() *dictionary {
	c := &dictionary{index: map[string]uint32{}}
	c.reset()
	return c
}

func (c *dictionary) reset() {
	clear(c.index)
	c.names.reset()
	c.names.add("")
	c.keys, c.width = c.keys[:0], 0
	clear(c.cache[:])
	c.list, c.own = c.list[:0], c.own[:0]
}

// copy returns v in the dictionary's own memory.
func (c *dictionary) copy(v string) string {
	if cap(c.own)-len(c.own) < len(v) {
		c.own = make([]byte, 0, max(2*cap(c.own), len(v), 1<<10)) // list keeps what it needs of the old
	}
	from := len(c.own)
	c.own = append(c.own, v...)
	return unsafe.String(&c.own[from], len(v))
}

func (c *dictionary) add(v string) { c.put(c.key(v)) }

// key returns the key of v, which it gives one if it has none.
func (c *dictionary) key(v string) uint32 {
	if v == "" {
		return 0
	}
	at := uintptr(unsafe.Pointer(unsafe.StringData(v)))
	slot := &c.cache[(uint64(at)+uint64(len(v)))*spread>>(64-cacheBits)]
	if *slot != 0 && c.list[*slot-1] == v {
		return *slot
	}
	key, known := c.index[v]
	if !known {
		v = c.copy(v)
		key = uint32(len(c.index) + 1)
		c.index[v] = key
		c.list = append(c.list, v)
		c.names.add(v)
	}
	*slot = key
	return key
}

// put appends the key of a row. Keys are kept as they are sent, in as few bytes as
// the greatest of them takes.
func (c *dictionary) put(key uint32) {
	for c.width < 2 && key>>(8<<c.width) != 0 {
		c.widen()
	}
	switch c.width {
	case 0:
		c.keys = append(c.keys, uint8(key))
	case 1:
		c.keys = binary.LittleEndian.AppendUint16(c.keys, uint16(key))
	default:
		c.keys = binary.LittleEndian.AppendUint32(c.keys, key)
	}
}

// widen gives every key twice the bytes, from the last one on.
func (c *dictionary) widen() {
	n, size := len(c.keys), 1<<c.width
	c.keys = slices.Grow(c.keys, n)[:2*n]
	for at := n - size; at >= 0; at -= size {
		copy(c.keys[2*at:2*at+size], c.keys[at:at+size])
		clear(c.keys[2*at+size : 2*at+2*size])
	}
	c.width++
}

// state is the version of the serialization: shared dictionaries with additional keys.
func (c *dictionary) state(dst []byte) []byte { return binary.LittleEndian.AppendUint64(dst, 1) }

func (c *dictionary) size() int { return len(c.names.buf) + len(c.keys) }

func (c *dictionary) parts(dst [][]byte) [][]byte {
	if len(c.keys) == 0 {
		return dst
	}
	const additionalKeysAndUpdate = 1<<9 | 1<<10
	c.head = binary.LittleEndian.AppendUint64(c.head[:0], additionalKeysAndUpdate|uint64(c.width))
	c.head = binary.LittleEndian.AppendUint64(c.head, uint64(len(c.index)+1))
	binary.LittleEndian.PutUint64(c.rows[:], uint64(len(c.keys)>>c.width))
	return append(dst, c.head, c.names.buf, c.rows[:], c.keys)
}
