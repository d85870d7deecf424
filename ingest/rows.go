package ingest

import (
	"iter"

	"github.com/takt-orders/takt/ingest/order"
)

// Row is one event to be stored.
type Row struct {
	Event  order.Event
	Offset int64 // of its record
	Live   bool  // it came live, not as history
}

// Rows are the events of one flush. They grow by chunks, so that growing copies
// nothing, and a pool hands the chunks from flush to flush.
type Rows struct {
	chunks [][]Row
	n      int
	spare  chunkPool
}

const (
	chunkBits = 9
	chunkRows = 1 << chunkBits // 200 KiB
)

// chunkPool holds chunks that no flush uses; beyond its capacity they are the
// garbage collector's.
type chunkPool chan []Row

// Len returns the number of rows.
func (r *Rows) Len() int { return r.n }

// At returns row i, which is valid until the flush is acknowledged.
func (r *Rows) At(i int) *Row { return &r.chunks[i>>chunkBits][i&(chunkRows-1)] }

// Events yields the events, in order; each is valid until the flush is acknowledged.
func (r *Rows) Events() iter.Seq[*order.Event] {
	return func(yield func(*order.Event) bool) {
		for i := range r.n {
			if !yield(&r.At(i).Event) {
				return
			}
		}
	}
}

// Add appends one event.
func (r *Rows) Add(e *order.Event, offset int64, live bool) {
	if r.n>>chunkBits == len(r.chunks) {
		r.chunks = append(r.chunks, r.spare.take())
	}
	to := r.At(r.n)
	to.Event, to.Offset, to.Live = *e, offset, live
	r.n++
}

// Reset empties r and gives its chunks back.
func (r *Rows) Reset() {
	for i := range r.chunks {
		r.spare.give(r.chunks[i])
		r.chunks[i] = nil
	}
	r.chunks, r.n = r.chunks[:0], 0
}

func (p chunkPool) take() []Row {
	select {
	case chunk := <-p:
		return chunk
	default:
		return make([]Row, chunkRows)
	}
}

func (p chunkPool) give(chunk []Row) {
	select {
	case p <- chunk:
	default:
	}
}
