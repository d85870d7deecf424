package clickhouse

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
)

// A column holds the values of one block in the form in which ClickHouse's
// Native format sends them, so that sending copies nothing and appending
// allocates nothing once its buffers have grown.
// https://clickhouse.com/docs/interfaces/formats/Native
type column interface {
	reset()
	// state appends what precedes the values of a block, whatever its rows.
	state(dst []byte) []byte
	// parts appends the encoded values, in order; they stay valid until reset.
	parts(dst [][]byte) [][]byte
	// size is the number of bytes in parts, nearly.
	size() int
}

// fixed is a column of values of a fixed width: numbers, instants, decimals.
type fixed struct{ buf []byte }

func (c *fixed) reset()                      { c.buf = c.buf[:0] }
func (c *fixed) state(dst []byte) []byte     { return dst }
func (c *fixed) parts(dst [][]byte) [][]byte { return append(dst, c.buf) }
func (c *fixed) size() int                   { return len(c.buf) }

func (c *fixed) u8(v uint8)   { c.buf = append(c.buf, v) }
func (c *fixed) u16(v int)    { c.buf = binary.LittleEndian.AppendUint16(c.buf, uint16(v)) }
func (c *fixed) u32(v int)    { c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(v)) }
func (c *fixed) i64(v int64)  { c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(v)) }
func (c *fixed) u64(v uint64) { c.buf = binary.LittleEndian.AppendUint64(c.buf, v) }

func (c *fixed) bool(v bool) {
	if v {
		c.u8(1)
	} else {
		c.u8(0)
	}
}

// nullable is a fixed column whose values may be absent.
type nullable struct {
	nulls  []byte
	values fixed
}

func (c *nullable) reset()                      { c.nulls = c.nulls[:0]; c.values.reset() }
func (c *nullable) state(dst []byte) []byte     { return dst }
func (c *nullable) parts(dst [][]byte) [][]byte { return append(dst, c.nulls, c.values.buf) }
func (c *nullable) size() int                   { return len(c.nulls) + len(c.values.buf) }

func (c *nullable) null(is bool) {
	if is {
		c.nulls = append(c.nulls, 1)
	} else {
		c.nulls = append(c.nulls, 0)
	}
}

func (c *nullable) instant(v order.Instant) {
	c.null(!v.Known())
	c.values.i64(int64(v))
}

func (c *nullable) decimal(v order.Decimal) {
	c.null(!v.Valid)
	if !v.Valid {
		v.Units = 0
	}
	c.values.i64(v.Units)
}

// seconds appends milliseconds as seconds, NULL if absent.
func (c *nullable) seconds(ms int64, present bool) {
	c.null(!present)
	if !present {
		ms = 0
	}
	c.values.u64(math.Float64bits(float64(ms) / 1000))
}

func (c *nullable) float(v float64, present bool) {
	c.null(!present)
	c.values.u64(math.Float64bits(v))
}

// text is a column of strings.
type text struct{ buf []byte }

func (c *text) reset()                      { c.buf = c.buf[:0] }
func (c *text) state(dst []byte) []byte     { return dst }
func (c *text) parts(dst [][]byte) [][]byte { return append(dst, c.buf) }
func (c *text) size() int                   { return len(c.buf) }

func (c *text) add(v string) {
	c.buf = append(binary.AppendUvarint(c.buf, uint64(len(v))), v...)
}

func (c *text) bytes(v []byte) {
	c.buf = append(binary.AppendUvarint(c.buf, uint64(len(v))), v...)
}

// array is a column of arrays over an inner column: the caller appends the
// elements to the inner one and then closes the array.
type array struct {
	offsets []byte
	n       uint64
	inner   column
}

func (c *array) reset()                  { c.offsets, c.n = c.offsets[:0], 0; c.inner.reset() }
func (c *array) state(dst []byte) []byte { return c.inner.state(dst) }
func (c *array) size() int               { return len(c.offsets) + c.inner.size() }

func (c *array) parts(dst [][]byte) [][]byte {
	return c.inner.parts(append(dst, c.offsets))
}

// close ends the array of one row, which has n elements.
func (c *array) close(n int) {
	c.n += uint64(n)
	c.offsets = binary.LittleEndian.AppendUint64(c.offsets, c.n)
}

// tuple is a column of named tuples: its elements, one after the other.
type tuple struct {
	fields []string // "name Type"
	cols   []column
}

// with appends an element.
func (c *tuple) with(name, typ string, col column) *tuple {
	c.fields, c.cols = append(c.fields, name+" "+typ), append(c.cols, col)
	return c
}

func (c *tuple) typ() string { return "Tuple(" + strings.Join(c.fields, ", ") + ")" }

func (c *tuple) reset() {
	for _, e := range c.cols {
		e.reset()
	}
}

func (c *tuple) state(dst []byte) []byte {
	for _, e := range c.cols {
		dst = e.state(dst)
	}
	return dst
}

func (c *tuple) parts(dst [][]byte) [][]byte {
	for _, e := range c.cols {
		dst = e.parts(dst)
	}
	return dst
}

func (c *tuple) size() int {
	n := 0
	for _, e := range c.cols {
		n += e.size()
	}
	return n
}

// pairs is a Map(LowCardinality(String), String) column.
type pairs struct {
	array
	keys   *dictionary
	values text
}

func newPairs() *pairs {
	c := &pairs{keys: newDictionary()}
	c.inner = c.keys
	return c
}

func (c *pairs) reset()    { c.array.reset(); c.values.reset() }
func (c *pairs) size() int { return c.array.size() + c.values.size() }

func (c *pairs) parts(dst [][]byte) [][]byte {
	return append(c.array.parts(dst), c.values.buf)
}

func (c *pairs) add(attributes []order.Attribute) {
	for i := range attributes {
		c.keys.add(attributes[i].Key)
		c.values.add(attributes[i].Value)
	}
	c.close(len(attributes))
}
