// Package recordbatch decodes record batches of the Kafka log, version 2 (magic
// 2, since Kafka 0.11), as a Fetch response carries them.
//
// What it promises: the checksum of every batch is verified before anything else
// is believed; records come in the order of their offsets; batches that a
// transaction aborted, and control batches, yield no record; the offset to go on
// from follows from the batch and not from its last record, which compaction may
// have removed. No input makes it panic, or use more memory than the limit allows
// in proportion. Records are not copied: they alias the input or the Buffer.
//
// Specification: https://kafka.apache.org/documentation/#recordbatch
package recordbatch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Errors of a batch. None of them heals by reading further.
var (
	ErrCorrupt   = errors.New("corrupt")               // checksum or structure is wrong
	ErrTooLarge  = errors.New("larger than allowed")   // compressed or decompressed
	ErrOldFormat = errors.New("message format is old") // magic 0 or 1
)

// Sizes of the header, in bytes.
const (
	logOverhead = 12 // base offset and length: what precedes the part that the length counts
	magicEnd    = 17
	headerSize  = 61
)

// Bits of the attributes.
const (
	attrCodec         = 0x07
	attrLogAppendTime = 0x08
	attrTransactional = 0x10
	attrControl       = 0x20
)

// header is the head of a batch, its checksum verified.
type header struct {
	base       int64 // offset of the first record when it was written
	last       int64 // offset of its last, whether or not that still exists
	attributes int16
	baseTime   int64 // milliseconds
	maxTime    int64
	producer   int64
	count      int32
	body       []byte // the records, perhaps compressed
}

func (h *header) is(bit int16) bool { return h.attributes&bit != 0 }

// split cuts the first batch off set. It returns a nil rest and the number of
// bytes that the batch has when set holds only a part of it.
func split(set []byte) (batch, rest []byte, size int, err error) {
	if len(set) < magicEnd {
		return nil, nil, headerSize, nil
	}
	base := int64(binary.BigEndian.Uint64(set))
	if magic := set[16]; magic < 2 {
		return nil, nil, 0, fmt.Errorf("batch at offset %d has magic %d: %w: records written before Kafka 0.11 have to be written again",
			base, magic, ErrOldFormat)
	} else if magic > 2 {
		return nil, nil, 0, fmt.Errorf("batch at offset %d has unknown magic %d: %w", base, magic, ErrCorrupt)
	}
	length := int64(int32(binary.BigEndian.Uint32(set[8:])))
	if length < headerSize-logOverhead {
		return nil, nil, 0, fmt.Errorf("batch at offset %d has length %d: %w", base, length, ErrCorrupt)
	}
	if length+logOverhead > int64(len(set)) {
		return nil, nil, int(length + logOverhead), nil
	}
	size = int(length + logOverhead)
	return set[:size], set[size:], size, nil
}

// parse reads the header of a whole batch and verifies the checksum.
func parse(b []byte, castagnoli *crc32.Table) (header, error) {
	be := binary.BigEndian
	h := header{base: int64(be.Uint64(b))}
	if got, want := crc32.Checksum(b[21:], castagnoli), be.Uint32(b[17:]); got != want {
		return h, fmt.Errorf("batch at offset %d has crc %08x, its header says %08x: %w", h.base, got, want, ErrCorrupt)
	}
	h.attributes = int16(be.Uint16(b[21:]))
	delta := int32(be.Uint32(b[23:]))
	h.baseTime = int64(be.Uint64(b[27:]))
	h.maxTime = int64(be.Uint64(b[35:]))
	h.producer = int64(be.Uint64(b[43:]))
	h.count = int32(be.Uint32(b[57:]))
	h.body = b[headerSize:]
	if h.base < 0 || delta < 0 || h.count < 0 || int64(h.count) > int64(delta)+1 || h.base > math.MaxInt64-int64(delta)-1 {
		return h, fmt.Errorf("batch at offset %d has %d records up to offset +%d: %w", h.base, h.count, delta, ErrCorrupt)
	}
	h.last = h.base + int64(delta)
	return h, nil
}
