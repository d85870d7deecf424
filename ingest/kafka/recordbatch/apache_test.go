package recordbatch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
	"github.com/takt-orders/takt/ingest/order"
)

// readLog decodes a log that Apache Kafka has written; see testdata/README.md.
func readLog(t *testing.T, name string, aborted ...recordbatch.Aborted) ([]ingest.Record, int64) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".batches"))
	if err != nil {
		t.Fatal(err)
	}
	d := recordbatch.NewDecoder(options())
	defer d.Close()
	got, next, err := decodeAll(t, d, b, 0, aborted, 1<<20)
	if err != nil || d.Short() != 0 {
		t.Fatalf("got error %v, %d bytes short", err, d.Short())
	}
	return got, next
}

func TestJavaProducer(t *testing.T) {
	for _, codec := range codecNames[:xerial] {
		t.Run(codec, func(t *testing.T) {
			var want []ingest.Record
			for i := range 60 {
				n := i % 7
				if i == 30 && (codec == "none" || codec == "snappy") {
					n = 1500
				} else if i == 30 {
					n = 6000
				}
				r := ingest.Record{
					Offset: int64(i), Append: order.Instant(1_700_000_000_000 + 1000*i), Key: fmt.Appendf(nil, "k%d", i), Value: []byte{}, History: i%5 == 0,
				}
				for j := range n {
					r.Value = fmt.Appendf(r.Value, `{"order":"SO-%d","n":%d}`, i, j)
				}
				switch i % 10 {
				case 8:
					r.Key = nil
				case 9:
					r.Value = nil
				}
				want = append(want, r)
			}
			got, next := readLog(t, codec)
			if diff := cmp.Diff(got, want, nilness); diff != "" || next != 60 {
				t.Errorf("next %d, got records -, want +:\n%.800s", next, diff)
			}
		})
	}
}

func TestJavaTransactions(t *testing.T) {
	all, next := readLog(t, "transactions")
	if len(all) != 18 || next != 24 {
		t.Fatalf("got %d records up to %d, want 18 and six markers", len(all), next)
	}
	b, err := os.ReadFile("testdata/transactions.batches")
	if err != nil {
		t.Fatal(err)
	}
	producer := int64(b[43])<<56 | int64(b[44])<<48 | int64(b[49])<<8 | int64(b[50])
	got, _ := readLog(t, "transactions", recordbatch.Aborted{Producer: producer, First: 4},
		recordbatch.Aborted{Producer: producer, First: 12}, recordbatch.Aborted{Producer: producer, First: 20})
	var values []string
	for _, r := range got {
		values = append(values, string(r.Value))
	}
	if want := "t0-0 t0-1 t0-2 t2-0 t2-1 t2-2 t4-0 t4-1 t4-2"; strings.Join(values, " ") != want {
		t.Errorf("got %v, want %s", values, want)
	}
}

func TestLogCleaner(t *testing.T) {
	latest := map[string]int64{}
	values := map[int64]string{160: "last"}
	for offset := range int64(160) {
		round, i := offset/40, offset%40
		latest[fmt.Sprintf("k%d", (i*i+round*13)%50)] = offset
		values[offset] = fmt.Sprintf("c%d-%d", round, i)
		if i%17 == 0 {
			values[offset] = "" // a tombstone, which the cleaner keeps for a while
		}
	}
	latest["last"] = 160
	got, next := readLog(t, "compacted")
	for _, r := range got {
		key := string(r.Key)
		if want, ok := latest[key]; !ok || r.Offset != want || string(r.Value) != values[r.Offset] {
			t.Errorf("got %s = %q at %d, want %q at %d", key, r.Value, r.Offset, values[want], want)
		}
		if at := r.Append.Time(); at.Year() != 2026 {
			t.Errorf("%s was written at %v", key, at)
		}
		delete(latest, key)
	}
	if len(latest) != 0 || next != 161 {
		t.Errorf("next %d, and these are missing: %v", next, latest)
	}
}
