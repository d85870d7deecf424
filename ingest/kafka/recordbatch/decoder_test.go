package recordbatch_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
	"github.com/takt-orders/takt/ingest/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 1 << 20

func options() recordbatch.Options {
	return recordbatch.Options{Limit: limit, Committed: true, Mark: mark}
}

// decodeAll decodes a set with buffers of the given target and returns the
// records and the offset to go on from.
func decodeAll(t testing.TB, d *recordbatch.Decoder, set []byte, from int64, aborted []recordbatch.Aborted, target int) ([]ingest.Record, int64, error) {
	t.Helper()
	d.Reset(set, from, aborted)
	var out []ingest.Record
	var bufs []*recordbatch.Buffer // their records must not step on one another
	for more := true; more; {
		b := &recordbatch.Buffer{}
		var err error
		if more, err = d.Decode(b, target); err != nil {
			return append(out, b.Records...), d.Next(), err
		}
		bufs = append(bufs, b)
	}
	for _, b := range bufs {
		out = append(out, b.Records...)
	}
	return out, d.Next(), nil
}

// some returns n records from offset base on, each step offsets apart.
func some(base int64, n, step int) []ingest.Record {
	out := make([]ingest.Record, n)
	for i := range out {
		out[i] = ingest.Record{
			Offset: base + int64(i*step), Append: order.Instant(1_700_000_000_000 + int64(i)),
			Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "value %d %s", i, strings.Repeat("x", i%50)), History: i%3 == 0,
		}
	}
	return out
}

func TestDecode(t *testing.T) {
	marker := func(base, producer int64, kind byte) spec {
		return spec{base: base, last: base, attrs: 0x30, producer: producer, key: []byte{0, 0, 0, kind}}
	}
	txn := func(base, producer int64) spec {
		return spec{base: base, attrs: 0x10, producer: producer, records: some(base, 3, 1)}
	}
	logAppend := some(5, 4, 1)
	for i := range logAppend {
		logAppend[i].Append = 1_800_000_000_000
	}
	null := []ingest.Record{{Offset: 0, Append: 1}, {Offset: 1, Append: 1, Key: []byte{}, Value: []byte{}}}

	tests := []struct {
		name    string
		set     []spec
		cut     int // bytes missing at the end
		from    int64
		aborted []recordbatch.Aborted
		want    []ingest.Record
		next    int64
		short   bool
	}{
		{name: "empty", from: 9, next: 9},
		{name: "null and empty", set: []spec{{records: null}}, want: null, next: 2},
		{name: "begins before the wanted offset", set: []spec{{base: 10, records: some(10, 5, 1)}}, from: 13, want: some(10, 5, 1)[3:], next: 15},
		{name: "wholly before the wanted offset", set: []spec{{base: 1, records: some(1, 3, 1)}, {base: 4, records: some(4, 1, 1)}}, from: 4, want: some(4, 1, 1), next: 5},
		{name: "compacted inside and at the end", set: []spec{{base: 10, last: 40, records: some(12, 3, 5)}}, from: 10, want: some(12, 3, 5), next: 41},
		{name: "compacted to nothing", set: []spec{{base: 10, last: 19}, {base: 25, records: some(25, 1, 1)}}, from: 10, want: some(25, 1, 1), next: 26},
		{name: "truncated second", set: []spec{{base: 0, records: some(0, 2, 1)}, {base: 2, records: some(2, 2, 1)}}, cut: 1, want: some(0, 2, 1), next: 2, short: true},
		{name: "truncated in the head", set: []spec{{base: 0, records: some(0, 2, 1)}}, cut: 120, next: 0, short: true},
		{name: "log append time", set: []spec{{base: 5, attrs: 8, maxTime: 1_800_000_000_000, records: some(5, 4, 1)}}, from: 5, want: logAppend, next: 9},
		{
			name: "aborted and committed interleave",
			set: []spec{
				txn(0, 1), txn(3, 2), marker(6, 1, 0), txn(7, 1), marker(10, 2, 1), marker(11, 1, 1),
				{base: 12, producer: 1, records: some(12, 1, 1)},
			},
			aborted: []recordbatch.Aborted{{Producer: 1, First: 0}},
			want:    append(append(some(3, 3, 1), some(7, 3, 1)...), some(12, 1, 1)...), next: 13,
		},
		{
			name:    "one producer aborts twice, listed backwards",
			set:     []spec{txn(0, 1), marker(3, 1, 0), txn(4, 1), marker(7, 1, 1), txn(8, 1), marker(11, 1, 0), txn(12, 1)},
			aborted: []recordbatch.Aborted{{Producer: 1, First: 8}, {Producer: 1, First: 0}},
			want:    append(some(4, 3, 1), some(12, 3, 1)...), next: 15,
		},
		{
			name:    "fetched from within an aborted transaction",
			set:     []spec{txn(4, 1), marker(7, 1, 0), txn(8, 1)},
			from:    5,
			aborted: []recordbatch.Aborted{{Producer: 1, First: 0}},
			want:    some(8, 3, 1), next: 11,
		},
		{name: "marker alone", set: []spec{marker(7, 1, 0)}, from: 7, next: 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var set []byte
			for _, s := range tt.set {
				if s.baseTime == 0 {
					s.baseTime = 1_700_000_000_000
				}
				set = append(set, s.encode(t)...)
			}
			set = set[:max(0, len(set)-tt.cut)]
			for _, target := range []int{1, 1 << 20} {
				d := recordbatch.NewDecoder(options())
				got, next, err := decodeAll(t, d, set, tt.from, tt.aborted, target)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(got, tt.want, nilness, emptiness); diff != "" {
					t.Errorf("got records -, want +:\n%s", diff)
				}
				if next != tt.next || (d.Short() > 0) != tt.short {
					t.Errorf("got next %d and short %d, want %d and %t", next, d.Short(), tt.next, tt.short)
				}
			}
		})
	}
}

// emptiness takes no records for none, however they are written.
var emptiness = cmp.FilterValues(func(a, b []ingest.Record) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())

// nilness keeps a missing key or value apart from an empty one.
var nilness = cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) })

func TestDecodeUncommitted(t *testing.T) {
	set := spec{base: 0, attrs: 0x10, producer: 1, records: some(0, 3, 1)}.encode(t)
	opts := options()
	opts.Committed = false
	got, _, err := decodeAll(t, recordbatch.NewDecoder(opts), set, 0, []recordbatch.Aborted{{Producer: 1}}, 1)
	if err != nil || len(got) != 3 {
		t.Errorf("got %d records and error %v, want 3", len(got), err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := spec{base: 100, baseTime: 1_700_000_000_000, records: some(100, 5, 1)}
	change := func(at int, v byte) func([]byte) { return func(b []byte) { b[at] = v } }
	tests := []struct {
		name   string
		spec   spec
		change func([]byte) // after the checksum was made
		fix    bool         // make the checksum anew
		want   error
		text   string
	}{
		{name: "checksum", spec: good, change: func(b []byte) { b[80] ^= 1 }, want: recordbatch.ErrCorrupt, text: "crc"},
		{name: "magic 1", spec: good, change: change(16, 1), want: recordbatch.ErrOldFormat, text: "magic 1"},
		{name: "magic 0", spec: good, change: change(16, 0), want: recordbatch.ErrOldFormat, text: "Kafka 0.11"},
		{name: "magic 3", spec: good, change: change(16, 3), want: recordbatch.ErrCorrupt},
		{name: "length too small", spec: good, change: func(b []byte) { binary.BigEndian.PutUint32(b[8:], 48) }, want: recordbatch.ErrCorrupt},
		{name: "negative length", spec: good, change: change(8, 0xff), want: recordbatch.ErrCorrupt},
		{name: "negative offset delta", spec: good, change: change(23, 0xff), fix: true, want: recordbatch.ErrCorrupt},
		{name: "more records than offsets", spec: good, change: change(60, 6), fix: true, want: recordbatch.ErrCorrupt},
		{name: "fewer records than bytes", spec: good, change: change(60, 4), fix: true, want: recordbatch.ErrCorrupt, text: "after the last record"},
		{name: "unknown codec", spec: good, change: change(22, 5), fix: true, want: recordbatch.ErrCorrupt, text: "codec 5"},
		{name: "wrong codec", spec: good, change: change(22, lz), fix: true, want: recordbatch.ErrCorrupt, text: "decompress"},
		{name: "offsets not ascending", spec: spec{base: 100, records: some(103, 2, 0), last: 109}, want: recordbatch.ErrCorrupt, text: "offset of record 1"},
		{name: "offset beyond the last", spec: spec{base: 100, records: some(103, 2, 1), last: 103}, want: recordbatch.ErrCorrupt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := spec{base: 90, baseTime: 1_700_000_000_000, records: some(90, 2, 1)}.encode(t)
			bad := tt.spec.encode(t)
			if tt.change != nil {
				tt.change(bad)
			}
			if tt.fix {
				fixCRC(bad)
			}
			got, next, err := decodeAll(t, recordbatch.NewDecoder(options()), append(before, bad...), 0, nil, 1<<20)
			if !errors.Is(err, tt.want) || !strings.Contains(fmt.Sprint(err), tt.text) {
				t.Errorf("got error %v, want %v with %q", err, tt.want, tt.text)
			}
			if len(got) != 2 || next != 92 {
				t.Errorf("got %d records and next %d, want those before the error: 2 and 92", len(got), next)
			}
		})
	}
}

// Whatever is written is read, in any codec, from any offset, cut anywhere.
func TestDecodeEqualsEncode(t *testing.T) {
	decoders := recordbatch.NewDecoder(options()) // one for all: nothing may stick
	defer decoders.Close()
	blob := rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOfN(rapid.Byte(), 0, 40),
		rapid.Map(rapid.IntRange(0, 70_000), func(n int) []byte { return bytes.Repeat([]byte("takt "), n/5) }))
	rapid.Check(t, func(rt *rapid.T) {
		var set []byte
		var want []ingest.Record
		offset := rapid.Int64Range(0, 1<<40).Draw(rt, "offset")
		first := offset
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			s := spec{base: offset, codec: rapid.IntRange(none, xerial).Draw(rt, "codec"), baseTime: rapid.Int64Range(0, 1<<43).Draw(rt, "time")}
			for range rapid.IntRange(0, 5).Draw(rt, "records") {
				r := ingest.Record{
					Offset: offset + rapid.Int64Range(0, 300).Draw(rt, "gap"), Append: order.Instant(s.baseTime + rapid.Int64Range(-1e12, 1e12).Draw(rt, "delta")),
					Key: blob.Draw(rt, "key"), Value: blob.Draw(rt, "value"), History: rapid.Bool().Draw(rt, "history"),
				}
				s.records = append(s.records, r)
				offset = r.Offset + 1
			}
			s.last = offset + rapid.Int64Range(0, 3).Draw(rt, "removed")
			offset = s.last + 1
			set = append(set, s.encode(t)...)
			want = append(want, s.records...)
		}
		from := rapid.Int64Range(first, offset).Draw(rt, "from")
		for len(want) > 0 && want[0].Offset < from {
			want = want[1:]
		}
		got, next, err := decodeAll(t, decoders, set, from, nil, rapid.SampledFrom([]int{1, 5000, 1 << 20}).Draw(rt, "target"))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(got, want, nilness, emptiness); diff != "" {
			rt.Fatalf("got records -, want +:\n%s", diff)
		}
		if next != max(offset, from) {
			rt.Fatalf("got next %d, want %d", next, offset)
		}
		cut := rapid.IntRange(0, len(set)-1).Draw(rt, "cut")
		got, _, err = decodeAll(t, decoders, set[:cut], from, nil, 1)
		if err != nil {
			rt.Fatalf("cut at %d: %v", cut, err)
		}
		if diff := cmp.Diff(got, want[:min(len(got), len(want))], nilness, emptiness); diff != "" {
			rt.Fatalf("cut at %d: got records -, want +:\n%s", cut, diff)
		}
	})
}
