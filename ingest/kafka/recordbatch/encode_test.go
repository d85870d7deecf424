package recordbatch_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/takt-orders/takt/ingest"
)

const (
	none = iota
	gz
	snappy
	lz
	zs
	xerial // snappy in snappy-java's frame
)

var codecNames = []string{"none", "gzip", "snappy", "lz4", "zstd", "xerial"}

// spec is a batch to be written as the specification says, independently of the
// decoder.
type spec struct {
	base      int64
	last      int64 // default: offset of the last record
	codec     int
	attrs     int16 // besides the codec
	baseTime  int64
	maxTime   int64
	producer  int64
	records   []ingest.Record
	key       []byte // of a control batch's only record
	junk      []byte // after the last record
	count     int    // overrides the number of records
	keepCodec bool   // body is already compressed
	body      []byte
}

const mark = "takt-replay"

func (s spec) encode(t testing.TB) []byte {
	t.Helper()
	var body []byte
	for _, r := range s.records {
		body = appendRecord(body, r, s.base, s.baseTime)
	}
	if s.key != nil {
		s.records = []ingest.Record{{Offset: s.base, Key: s.key, Value: []byte{0, 0, 0, 0, 0, 0}}}
		body = appendRecord(nil, s.records[0], s.base, s.baseTime)
	}
	body = append(body, s.junk...)
	if s.keepCodec {
		body = s.body
	} else {
		body = compress(t, s.codec, body)
	}
	if s.last == 0 && len(s.records) > 0 {
		s.last = s.records[len(s.records)-1].Offset
	}
	if s.count == 0 {
		s.count = len(s.records)
	}
	be := binary.BigEndian
	b := be.AppendUint64(nil, uint64(s.base))
	b = be.AppendUint32(b, uint32(49+len(body)))
	b = be.AppendUint32(b, 7) // leader epoch
	b = append(b, 2, 0, 0, 0, 0)
	b = be.AppendUint16(b, uint16(s.attrs)|attrOf(s.codec))
	b = be.AppendUint32(b, uint32(s.last-s.base))
	b = be.AppendUint64(b, uint64(s.baseTime))
	b = be.AppendUint64(b, uint64(s.maxTime))
	b = be.AppendUint64(b, uint64(s.producer))
	b = be.AppendUint16(b, 0)
	b = be.AppendUint32(b, 0)
	b = be.AppendUint32(b, uint32(s.count))
	b = append(b, body...)
	fixCRC(b)
	return b
}

func attrOf(codec int) uint16 {
	if codec == xerial {
		return snappy
	}
	return uint16(codec)
}

func fixCRC(b []byte) {
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
}

func appendRecord(b []byte, r ingest.Record, base, baseTime int64) []byte {
	var rec []byte
	rec = append(rec, 0)
	rec = binary.AppendVarint(rec, int64(r.Append)-baseTime)
	rec = binary.AppendVarint(rec, r.Offset-base)
	rec = appendBytes(rec, r.Key)
	rec = appendBytes(rec, r.Value)
	if r.History {
		rec = binary.AppendVarint(rec, 2)
		rec = appendBytes(rec, []byte("other"))
		rec = appendBytes(rec, nil)
		rec = appendBytes(rec, []byte(mark))
		rec = appendBytes(rec, []byte("1"))
	} else {
		rec = binary.AppendVarint(rec, 1)
		rec = appendBytes(rec, []byte("other"))
		rec = appendBytes(rec, []byte(mark))
	}
	b = binary.AppendVarint(b, int64(len(rec)))
	return append(b, rec...)
}

func appendBytes(b, v []byte) []byte {
	if v == nil {
		return binary.AppendVarint(b, -1)
	}
	return append(binary.AppendVarint(b, int64(len(v))), v...)
}

func compress(t testing.TB, codec int, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	write := func(w interface {
		Write(p []byte) (int, error)
		Close() error
	},
	) {
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	switch codec {
	case none:
		return body
	case gz:
		write(gzip.NewWriter(&out))
	case snappy:
		return s2.EncodeSnappy(nil, body)
	case xerial:
		b := append([]byte("\x82SNAPPY\x00"), 0, 0, 0, 1, 0, 0, 0, 1)
		for len(body) > 0 {
			n := min(len(body), 32<<10)
			block := s2.EncodeSnappy(nil, body[:n])
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(block))), block...)
			body = body[n:]
		}
		return b
	case lz:
		w := lz4.NewWriter(&out)
		if err := w.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.BlockChecksumOption(true)); err != nil {
			t.Fatal(err)
		}
		write(w)
	case zs:
		w, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	return out.Bytes()
}
