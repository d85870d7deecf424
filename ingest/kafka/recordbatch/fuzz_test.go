package recordbatch_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
)

// FuzzDecode feeds the decoder what no broker sends. Every input is decoded as it
// is and with its checksum made right, which lets it reach what lies behind.
func FuzzDecode(f *testing.F) {
	for codec := range codecNames {
		f.Add(spec{base: 3, codec: codec, baseTime: 5, records: some(3, 4, 2)}.encode(f), int64(4), int64(9))
	}
	f.Add(spec{base: 1, last: 1, attrs: 0x30, producer: 9, key: []byte{0, 0, 0, 0}}.encode(f), int64(0), int64(9))
	f.Add(spec{base: 1, attrs: 0x10, producer: 9, records: some(1, 2, 1)}.encode(f), int64(0), int64(9))
	files, err := filepath.Glob("testdata/*.batches") // as real brokers keep them
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, int64(0), int64(0))
	}
	const most = 1 << 16
	opts := recordbatch.Options{Limit: most, Committed: true, Mark: mark}
	d := recordbatch.NewDecoder(opts)
	f.Fuzz(func(t *testing.T, in []byte, from, producer int64) {
		right := bytes.Clone(in)
		if len(right) >= 61 {
			fixCRC(right)
		}
		for _, b := range [][]byte{in, right} {
			var buf recordbatch.Buffer
			d.Reset(b, from, []recordbatch.Aborted{{Producer: producer, First: from}})
			more, _ := d.Decode(&buf, 1<<30)
			if more {
				t.Fatal("there is more, and the target was not reached")
			}
			if d.Next() < from {
				t.Fatalf("went back from %d to %d", from, d.Next())
			}
			// A batch of 61 bytes or more holds most bytes at the most.
			if bound := (len(b)/61 + 1) * (most + len(b)); buf.Size() > bound || len(buf.Records) > bound/7 {
				t.Fatalf("%d bytes gave %d bytes and %d records", len(b), buf.Size(), len(buf.Records))
			}
			last := from - 1
			for _, r := range buf.Records {
				if r.Offset <= last || r.Offset >= d.Next() {
					t.Fatalf("offset %d follows %d, next is %d", r.Offset, last, d.Next())
				}
				last = r.Offset
			}
		}
	})
}
