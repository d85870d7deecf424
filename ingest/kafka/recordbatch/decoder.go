package recordbatch

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
)

// Aborted is a transaction that was aborted: the batches of Producer from offset
// First on, up to the marker that ends the transaction.
type Aborted struct {
	Producer int64
	First    int64
}

// Options of a Decoder.
type Options struct {
	Limit     int    // bytes of one batch decompressed
	Committed bool   // leave out aborted transactions
	Mark      string // a record with a header of this key is History
}

// Decoder decodes one record set after another. It is not safe for concurrent
// use. Close frees what decompression holds.
type Decoder struct {
	opts       Options
	castagnoli *crc32.Table
	codecs     codecs

	set     []byte
	next    int64
	short   int
	aborted []Aborted      // to come, by First
	open    map[int64]bool // producers inside an aborted transaction
}

// NewDecoder returns a Decoder.
func NewDecoder(opts Options) *Decoder {
	return &Decoder{opts: opts, castagnoli: crc32.MakeTable(crc32.Castagnoli), open: map[int64]bool{}}
}

// Close frees what decompression holds. The Decoder may be used again.
func (d *Decoder) Close() { d.codecs.close() }

// Reset begins a record set that was fetched from offset next on. The set may
// begin earlier, at the start of a batch, and end within a batch. Aborted lists
// the transactions of the set that were aborted; it is sorted in place.
func (d *Decoder) Reset(set []byte, next int64, aborted []Aborted) {
	slices.SortFunc(aborted, func(a, b Aborted) int { return cmp.Compare(a.First, b.First) })
	d.set, d.next, d.aborted, d.short = set, next, aborted, 0
	if len(d.open) > 0 {
		clear(d.open)
	}
}

// Next returns the offset to go on from: one past all that was decoded.
func (d *Decoder) Next() int64 { return d.next }

// Short returns how many bytes the batch has at which the set ended, 0 if the set
// ended with a whole batch.
func (d *Decoder) Short() int { return d.short }

// Decode adds the records of the following batches to buf, until buf holds at
// least target bytes or the set ends, and reports whether there is more. Batches
// before an erroneous one are decoded.
func (d *Decoder) Decode(buf *Buffer, target int) (more bool, err error) {
	for buf.size < target && len(d.set) > 0 {
		batch, rest, size, err := split(d.set)
		if err != nil {
			return false, err
		}
		if batch == nil {
			d.short = size
			d.set = nil
			break
		}
		h, err := parse(batch, d.castagnoli)
		if err != nil {
			return false, err
		}
		if err := d.batch(&h, buf); err != nil {
			return false, fmt.Errorf("batch at offset %d: %w", h.base, err)
		}
		d.set = rest
		d.next = max(d.next, h.last+1)
	}
	return len(d.set) > 0, nil
}

// batch adds what a reader may see of a batch.
func (d *Decoder) batch(h *header, buf *Buffer) error {
	for len(d.aborted) > 0 && d.aborted[0].First <= h.last {
		d.open[d.aborted[0].Producer] = true
		d.aborted = d.aborted[1:]
	}
	switch {
	case h.is(attrControl):
		return d.control(h)
	case h.last < d.next:
		return nil // wholly before what was asked for
	case d.opts.Committed && h.is(attrTransactional) && d.open[h.producer]:
		return nil
	}
	body := h.body
	if codec := h.attributes & attrCodec; codec == codecNone {
		buf.aliased = true
	} else {
		tail := buf.tail()
		var err error
		if body, err = d.codecs.decompress(int(codec), tail, h.body, d.opts.Limit); err != nil {
			return err
		}
		buf.keep(tail, body)
	}
	buf.size += len(body)
	records, err := appendRecords(buf.Records, body, h, d.next, d.opts.Mark)
	if err != nil {
		return err
	}
	buf.Records = records
	return nil
}

// control ends the aborted transaction of a producer. A control batch holds one
// record, never compressed, whose key is its version and type.
func (d *Decoder) control(h *header) error {
	const abort = 0
	if h.count == 0 {
		return nil // compaction took the marker away, and with it the transaction
	}
	key, err := controlKey(h.body)
	if err != nil {
		return err
	}
	if len(key) < 4 {
		return fmt.Errorf("control record with a key of %d bytes: %w", len(key), ErrCorrupt)
	}
	if binary.BigEndian.Uint16(key[2:]) == abort {
		delete(d.open, h.producer)
	}
	return nil
}
