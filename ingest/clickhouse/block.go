package clickhouse

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Bounds of one insert: below what the server would squash into a second block,
// since an insert is atomic as one block only.
const (
	MaxRows  = 1_000_000
	MaxBytes = 200_000_000
)

// block is the rows of one insert into one table, by columns.
type block struct {
	table string
	names []string
	types []string
	cols  []column
	raw   []bool // by column: its values do not compress
	rows  int

	scratch [][]byte
	head    []byte
}

const (
	typeInstant  = "DateTime64(3, 'UTC')"
	typeInstantN = "Nullable(DateTime64(3, 'UTC'))"
	typeName     = "LowCardinality(String)"
	typeMoney    = "Nullable(Decimal(18, 2))"
	typeSeconds  = "Nullable(Float64)"
	typeTri      = "Nullable(Bool)"
)

func (b *block) with(name, typ string, c column) {
	b.names = append(b.names, name)
	b.types = append(b.types, typ)
	b.cols = append(b.cols, c)
	b.raw = append(b.raw, false)
}

// incompressible marks the column added last: it holds hashes or packed bytes, which
// LZ4 would only walk through, or values of which each row has its own, which it makes
// half as long at ten times the price of sending them.
func (b *block) incompressible() { b.raw[len(b.raw)-1] = true }

func (b *block) fixed(name, typ string) *fixed {
	c := &fixed{}
	b.with(name, typ, c)
	return c
}

func (b *block) nullable(name, typ string) *nullable {
	c := &nullable{}
	b.with(name, typ, c)
	return c
}

func (b *block) text(name string) *text {
	c := &text{}
	b.with(name, "String", c)
	return c
}

func (b *block) name(name string) *dictionary {
	c := newDictionary()
	b.with(name, typeName, c)
	return c
}

func (b *block) array(name, inner string, c column) *array {
	a := &array{inner: c}
	b.with(name, "Array("+inner+")", a)
	return a
}

func (b *block) reset() {
	b.rows = 0
	for _, c := range b.cols {
		c.reset()
	}
}

func (b *block) size() int {
	n := 0
	for _, c := range b.cols {
		n += c.size()
	}
	return n
}

// insert returns the statement that takes the block.
func (b *block) insert() string {
	return "INSERT INTO takt_store." + b.table + " (" + strings.Join(b.names, ", ") + ")"
}

// fits reports why the block cannot be one insert, nil if it can.
func (b *block) fits() error {
	if b.rows > MaxRows || b.size() > MaxBytes {
		return &TooLargeError{Table: b.table, Rows: b.rows, Bytes: b.size()}
	}
	return nil
}

// TooLargeError is the error of a flush that cannot be written as one block a
// table: it would not be atomic. Whoever cuts flushes has to cut smaller ones.
type TooLargeError struct {
	Table string
	Rows  int
	Bytes int
}

// Error tells the size and the bounds.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("write flush: %d rows of %d bytes for table %s exceed one insert (%d rows, %d bytes)",
		e.Rows, e.Bytes, e.Table, MaxRows, MaxBytes)
}

// encode appends the block in Native format, in compressed frames, to dst.
func (b *block) encode(dst []byte, f *framer) ([]byte, error) {
	f.out = dst
	b.head = binary.AppendUvarint(b.head[:0], uint64(len(b.cols)))
	b.head = binary.AppendUvarint(b.head, uint64(b.rows))
	for i, c := range b.cols {
		b.head = appendText(appendText(b.head, b.names[i]), b.types[i])
		b.head = c.state(b.head)
		if err := f.write(b.head, false); err != nil {
			return nil, err
		}
		b.head = b.head[:0]
		b.scratch = c.parts(b.scratch[:0])
		for _, p := range b.scratch {
			if err := f.write(p, b.raw[i]); err != nil {
				return nil, err
			}
		}
	}
	clear(b.scratch)
	return f.close()
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
