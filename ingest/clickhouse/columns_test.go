package clickhouse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/takt-orders/takt/metrics/process"

	chproto "github.com/ClickHouse/ch-go/proto"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/google/go-cmp/cmp"
)

// sampleBlocks are the blocks of the sample flush.
func sampleBlocks() []*block {
	w := &Writer{processes: map[string]*process.Process{"proc": retail("proc")}, db: &DB{cfg: Config{Compression: "none"}}}
	f := sample("topic", "proc")
	f.to(w)
	bs := f.Rows.(*blocks)
	for i := range f.Dead {
		bs.dead.add(&f.Flush, &f.Dead[i])
	}
	bs.progress.add(&f.Flush, "w1")
	return append(bs.all(), &f.Flush.Events.(*eventRows).block)
}

func TestColumnTypesAreTheTables(t *testing.T) {
	db := open(t, nil)
	all := append(sampleBlocks(), &newProcessRows().block, &newStageRows().block, &newTeamRows().block, &newChangeRows().block, &newEscalationRows().block, &newCalendarRows().block, &newSpanRows().block, &newReconcileRunRows().block, &newReconcileDayRows().block, &newReconcileOrderRows().block)
	for _, b := range all {
		types := map[string]string{}
		for _, row := range table(t, db, "SELECT name, type FROM system.columns WHERE database = 'takt_store' AND table = '"+b.table+"' AND default_kind IN ('', 'DEFAULT') AND NOT startsWith(name, 'open_')") {
			if row["name"] != "deleted" || b.has("deleted") {
				types[row["name"].(string)] = row["type"].(string)
			}
		}
		got := map[string]string{}
		for i, n := range b.names {
			got[n] = b.types[i]
		}
		if d := cmp.Diff(types, got); d != "" {
			t.Errorf("columns of %s (-table +block):\n%s", b.table, d)
		}
	}
}

func (b *block) has(name string) bool {
	for _, n := range b.names {
		if n == name {
			return true
		}
	}
	return false
}

// The native protocol is proven as far as the driver's block: what it would send
// over TCP is what Takt sends over HTTP. A server has not seen it.
func TestNativeBlocksEqualHTTP(t *testing.T) {
	for _, b := range sampleBlocks() {
		want, err := b.encode(nil, newFramer("none"))
		if err != nil {
			t.Fatal(err)
		}
		theirs := proto.NewBlock()
		for i, n := range b.names {
			if err := theirs.AddColumn(n, chcolumn.Type(b.types[i])); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.fill(theirs.Columns); err != nil {
			t.Fatal(err)
		}
		var buffer chproto.Buffer
		if err := theirs.Encode(&buffer, 0); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(bodyOf(t, want), bodyOf(t, buffer.Buf)); d != "" {
			t.Errorf("block of %s (-HTTP +native):\n%s", b.table, d)
		}
	}
}

// bodyOf decodes a block and prints its rows; the key 0 of a dictionary may be
// absent from one of two equal encodings.
func bodyOf(t *testing.T, encoded []byte) []string {
	t.Helper()
	b := proto.NewBlock()
	if err := b.Decode(chproto.NewReader(bytes.NewReader(encoded)), 0); err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, c := range b.Columns {
		var line strings.Builder
		fmt.Fprintf(&line, "%s %s:", b.ColumnsNames()[i], c.Type())
		for row := range c.Rows() {
			value, err := json.Marshal(c.Row(row, false))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&line, " %s", value)
		}
		out = append(out, line.String())
	}
	return out
}

func TestDictionaryWidths(t *testing.T) {
	for _, n := range []int{0, 1, 254, 255, 256, 65_534, 65_535, 65_536} {
		d := newDictionary()
		var want []string
		for i := range n {
			d.add(fmt.Sprint("name ", i))
			d.add(fmt.Sprint("name ", i/2)) // a copy elsewhere in memory
			want = append(want, fmt.Sprint("name ", i), fmt.Sprint("name ", i/2))
		}
		d.add("")
		want = append(want, "")
		readers := []io.Reader{bytes.NewReader(d.state(nil))}
		for _, p := range d.parts(nil) {
			readers = append(readers, bytes.NewReader(p))
		}
		r := chproto.NewReader(io.MultiReader(readers...))
		col := new(chproto.ColStr).LowCardinality()
		if err := col.DecodeState(r); err != nil {
			t.Fatal(err)
		}
		if err := col.DecodeColumn(r, len(want)); err != nil {
			t.Fatalf("%d names: %v", n, err)
		}
		for i := range want {
			if got := col.Row(i); got != want[i] {
				t.Fatalf("%d names, row %d: got %q, want %q", n, i, got, want[i])
			}
		}
		d.reset()
		if d.add("x"); len(d.index) != 1 || len(d.keys) != 1 {
			t.Errorf("%d names: reset left something", n)
		}
	}
}

func TestFramesHoldWhatWasWritten(t *testing.T) {
	for _, method := range []string{"lz4", "zstd", "none"} {
		f := newFramer(method)
		var want []byte
		for i := range 40 {
			p := bytes.Repeat([]byte{byte(i)}, i*i*997)
			want = append(want, p...)
			if err := f.write(p, i%3 == 0); err != nil {
				t.Fatal(err)
			}
		}
		sent, err := f.close()
		if err != nil {
			t.Fatal(err)
		}
		got := sent
		if method != "none" {
			r := chproto.NewReader(bytes.NewReader(sent))
			r.EnableCompression()
			if got, err = r.ReadRaw(len(want)); err != nil {
				t.Fatalf("%s: %v", method, err)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: frames do not hold what was written", method)
		}
	}
}
