package recordbatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/pierrec/lz4/v4"

	"github.com/takt-orders/takt/ingest"
)

// Producer numbers the batches that one producer writes to one partition, so that
// the broker takes each of them once.
type Producer struct {
	ID       int64
	Epoch    int16
	Sequence int32 // of the batch's first record
}

// Encoder encodes batches of a transaction, compressed with LZ4. It is not safe for
// concurrent use.
type Encoder struct {
	castagnoli *crc32.Table
	mark       string
	body       []byte
	packed     bytes.Buffer
	lz4        *lz4.Writer
}

// NewEncoder returns an Encoder; a record that is History gets a header of the key mark.
func NewEncoder(mark string) *Encoder {
	e := &Encoder{castagnoli: crc32.MakeTable(crc32.Castagnoli), mark: mark, lz4: lz4.NewWriter(nil)}
	if err := e.lz4.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(false)); err != nil {
		panic("recordbatch: lz4 refuses a block size of its own: " + err.Error())
	}
	return e
}

// Append adds one batch of the records, of which there is at least one, to dst.
// Their offsets are the broker's to give.
func (e *Encoder) Append(dst []byte, p Producer, records []ingest.Record) ([]byte, error) {
	if len(records) == 0 || len(records) > math.MaxInt32 {
		return dst, errors.New("encode batch: it has no record, or too many")
	}
	first, latest := int64(records[0].Append), int64(records[0].Append)
	e.body = e.body[:0]
	for i := range records {
		latest = max(latest, int64(records[i].Append))
		e.body = e.record(e.body, &records[i], int64(records[i].Append)-first, i)
	}
	e.packed.Reset()
	e.lz4.Reset(&e.packed)
	if _, err := e.lz4.Write(e.body); err != nil {
		return dst, fmt.Errorf("encode batch: %w", err)
	}
	if err := e.lz4.Close(); err != nil {
		return dst, fmt.Errorf("encode batch: %w", err)
	}
	be := binary.BigEndian
	start := len(dst)
	dst = be.AppendUint64(dst, 0) // base offset
	dst = be.AppendUint32(dst, uint32(headerSize-logOverhead+e.packed.Len()))
	dst = be.AppendUint32(dst, ^uint32(0)) // leader epoch: the broker's
	dst = append(dst, 2, 0, 0, 0, 0)       // magic; the checksum follows below
	dst = be.AppendUint16(dst, codecLZ4|attrTransactional)
	dst = be.AppendUint32(dst, uint32(len(records)-1))
	dst = be.AppendUint64(dst, uint64(first))
	dst = be.AppendUint64(dst, uint64(latest))
	dst = be.AppendUint64(dst, uint64(p.ID))
	dst = be.AppendUint16(dst, uint16(p.Epoch))
	dst = be.AppendUint32(dst, uint32(p.Sequence))
	dst = be.AppendUint32(dst, uint32(len(records)))
	dst = append(dst, e.packed.Bytes()...)
	be.PutUint32(dst[start+17:], crc32.Checksum(dst[start+21:], e.castagnoli))
	return dst, nil
}

// record adds one record: its length, then what record reads.
func (e *Encoder) record(dst []byte, r *ingest.Record, delta int64, offset int) []byte {
	size := 1 + varintSize(delta) + varintSize(int64(offset)) + bytesSize(r.Key) + bytesSize(r.Value) + 1
	if r.History {
		size += bytesSize([]byte(e.mark)) + 1
	}
	dst = binary.AppendVarint(dst, int64(size))
	dst = append(dst, 0) // attributes
	dst = binary.AppendVarint(dst, delta)
	dst = binary.AppendVarint(dst, int64(offset))
	dst = appendBytes(dst, r.Key)
	dst = appendBytes(dst, r.Value)
	if !r.History {
		return binary.AppendVarint(dst, 0)
	}
	dst = binary.AppendVarint(dst, 1)
	dst = appendBytes(dst, []byte(e.mark))
	return binary.AppendVarint(dst, 0) // an empty value
}

func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return binary.AppendVarint(dst, -1)
	}
	return append(binary.AppendVarint(dst, int64(len(b))), b...)
}

func bytesSize(b []byte) int {
	if b == nil {
		return 1
	}
	return varintSize(int64(len(b))) + len(b)
}

func varintSize(v int64) int {
	n := 1
	for u := uint64(v)<<1 ^ uint64(v>>63); u >= 0x80; u >>= 7 {
		n++
	}
	return n
}
