package recordbatch_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
)

func TestDecompressionIsBounded(t *testing.T) {
	for codec, name := range codecNames {
		if codec == none {
			continue
		}
		t.Run(name, func(t *testing.T) {
			value := bytes.Repeat([]byte("0123456789abcdef"), limit/16)
			bomb := spec{codec: codec, records: []ingest.Record{{Value: value}}}.encode(t)
			_, _, err := decodeAll(t, recordbatch.NewDecoder(options()), bomb, 0, nil, 1)
			if !errors.Is(err, recordbatch.ErrTooLarge) {
				t.Errorf("got error %v, want %v", err, recordbatch.ErrTooLarge)
			}
			fits := spec{codec: codec, records: []ingest.Record{{Value: value[:limit-100]}}}.encode(t)
			got, _, err := decodeAll(t, recordbatch.NewDecoder(options()), fits, 0, nil, 1)
			if err != nil || len(got) != 1 || !bytes.Equal(got[0].Value, value[:limit-100]) {
				t.Errorf("got %d records and error %v, want one just below the limit", len(got), err)
			}
		})
	}
}

// A block of a frame whose blocks are linked copies from the one before it:
// librdkafka may write such frames, and no Go library does.
func TestLinkedLZ4Blocks(t *testing.T) {
	rec := appendRecord(nil, ingest.Record{Value: []byte("abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz")}, 0, 0)
	at := bytes.Index(rec, []byte("abc"))
	first, second := rec[:at+27], rec[at+27:]
	tail := second[26:]

	frame := binary.LittleEndian.AppendUint32(nil, 0x184D2204)
	frame = append(frame, 0x40, 0x40, 0) // version 1, blocks linked, of 64 KiB; the checksum of the head is not looked at
	frame = binary.LittleEndian.AppendUint32(frame, uint32(len(first))|1<<31)
	frame = append(frame, first...)
	// No literals, then 20 bytes from 27 back; then the rest as literals.
	block := []byte{0x0f, 27, 0, 20 - 4 - 15}
	rest := append([]byte("uvwxyz"), tail...)
	block = append(block, 0xf0, byte(len(rest)-15))
	block = append(block, rest...)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(len(block)))
	frame = append(frame, block...)
	frame = append(frame, 0, 0, 0, 0)
	// A frame to be skipped, and an empty one, follow.
	frame = append(binary.LittleEndian.AppendUint32(frame, 0x184D2A53), 2, 0, 0, 0, 9, 9)
	frame = append(binary.LittleEndian.AppendUint32(frame, 0x184D2204), 0x60, 0x40, 0, 0, 0, 0, 0)

	set := spec{codec: lz, keepCodec: true, body: frame, count: 1}.encode(t)
	got, _, err := decodeAll(t, recordbatch.NewDecoder(options()), set, 0, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := "abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz"; len(got) != 1 || string(got[0].Value) != want {
		t.Errorf("got %v, want one of %q", got, want)
	}
}

// set is a record set of several batches as a busy topic has them.
func set(t testing.TB, codec int) []byte {
	var out []byte
	for i := range 8 {
		base := int64(i * 500)
		out = append(out, spec{base: base, codec: codec, baseTime: 1_700_000_000_000, records: some(base, 500, 1)}.encode(t)...)
	}
	return out
}

func TestDecodeAllocatesNothing(t *testing.T) {
	for codec, name := range codecNames {
		t.Run(name, func(t *testing.T) {
			b, d := set(t, codec), recordbatch.NewDecoder(options())
			defer d.Close()
			var buf recordbatch.Buffer
			allocs := testing.AllocsPerRun(20, func() {
				buf.Reset(1 << 24)
				d.Reset(b, 0, nil)
				if _, err := d.Decode(&buf, 1<<24); err != nil || len(buf.Records) != 4000 {
					t.Fatalf("got %d records and error %v", len(buf.Records), err)
				}
			})
			if allocs > 100 { // none, but that the race detector empties pools at random
				t.Errorf("got %v allocations for 4,000 records, want none of them", allocs)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for codec, name := range codecNames {
		b.Run(name, func(b *testing.B) {
			s, d := set(b, codec), recordbatch.NewDecoder(options())
			defer d.Close()
			var buf recordbatch.Buffer
			b.ReportAllocs()
			for b.Loop() {
				buf.Reset(1 << 24)
				d.Reset(s, 0, nil)
				if _, err := d.Decode(&buf, 1<<24); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*4000/b.Elapsed().Seconds(), "records/s")
		})
	}
}
