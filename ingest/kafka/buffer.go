package kafka

import (
	"sync"
	"sync/atomic"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
	"github.com/takt-orders/takt/ingest/order"
)

// pool keeps the buffers of a Source for use again. What it holds is no more
// than what its readers had in use at once, and the garbage collector empties it.
type pool struct {
	keep    int // bytes of a buffer worth keeping
	raws    sync.Pool
	buffers sync.Pool
}

func newPool(cfg *Config) *pool { return &pool{keep: 8 * cfg.MaxBytes} }

// raw is the answer to a fetch. Who made it and every buffer with a record that
// aliases it hold a reference.
type raw struct {
	buf  []byte
	refs atomic.Int32
}

func (p *pool) raw() *raw {
	r, _ := p.raws.Get().(*raw)
	if r == nil {
		r = &raw{}
	}
	r.refs.Store(1)
	return r
}

func (p *pool) dropRaw(r *raw) {
	if r.refs.Add(-1) == 0 && cap(r.buf) <= p.keep {
		p.raws.Put(r)
	}
}

// buffer is the memory of a batch.
type buffer struct {
	decoded recordbatch.Buffer
	raw     *raw
	pool    *pool
	free    func()
}

func (p *pool) buffer() *buffer {
	b, _ := p.buffers.Get().(*buffer)
	if b == nil {
		b = &buffer{pool: p}
		b.free = b.release
	}
	return b
}

// seal makes the batch of what was decoded. The Batch itself is not used again:
// its Release still writes to it after it has given the buffer back.
func (b *buffer) seal(partition int, first, next, end int64, from *raw, at order.Instant) *ingest.Batch {
	if b.decoded.Aliased() {
		b.raw = from
		from.refs.Add(1)
	}
	return &ingest.Batch{
		Partition: partition, Records: b.decoded.Records,
		First: first, Next: next, End: end, Fetched: at, Free: b.free,
	}
}

func (b *buffer) release() {
	if b.raw != nil {
		b.pool.dropRaw(b.raw)
		b.raw = nil
	}
	b.decoded.Reset(b.pool.keep)
	b.pool.buffers.Put(b)
}
