package recordbatch

import (
	"unsafe"

	"github.com/takt-orders/takt/ingest"
)

// Buffer holds decoded records and the memory of those that were compressed. The
// zero Buffer is ready for use; used again after Reset it allocates nothing in
// the long run.
type Buffer struct {
	Records []ingest.Record

	slab    []byte // decompressed batches, one after another
	spilled int    // bytes that did not fit the slab and live in memory of their own
	size    int    // bytes of all batches, decompressed
	aliased bool   // a record aliases the record set
}

// Aliased reports whether a record aliases the set given to Decoder.Reset, which
// must then live as long as the records.
func (b *Buffer) Aliased() bool { return b.aliased }

// Size returns the bytes of the batches that were decoded, decompressed.
func (b *Buffer) Size() int { return b.size }

// Reset empties the buffer for use anew. Memory beyond keep bytes is given up.
func (b *Buffer) Reset(keep int) {
	clear(b.Records)
	b.Records = b.Records[:0]
	if want := len(b.slab) + b.spilled; b.spilled > 0 && want <= keep {
		b.slab = make([]byte, 0, min(want+want/4, keep)) // next time all fits
	}
	if cap(b.slab) > keep {
		b.slab = nil
	}
	const recordSize = int(unsafe.Sizeof(ingest.Record{}))
	if cap(b.Records)*recordSize > keep {
		b.Records = nil
	}
	b.slab = b.slab[:0]
	b.spilled, b.size, b.aliased = 0, 0, false
}

// tail returns the free part of the slab.
func (b *Buffer) tail() []byte { return b.slab[len(b.slab):] }

// keep takes over what was appended to tail: part of the slab, or memory of its
// own when the tail was too small.
func (b *Buffer) keep(tail, decompressed []byte) {
	n := len(decompressed)
	switch {
	case n == 0:
	case cap(tail) > 0 && &tail[:1][0] == &decompressed[0]:
		b.slab = b.slab[:len(b.slab)+n]
	case len(b.slab) == 0 && cap(decompressed) > cap(b.slab):
		b.slab = decompressed
	default:
		b.spilled += n
	}
}
