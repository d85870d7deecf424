package recordbatch_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
	"github.com/takt-orders/takt/ingest/order"
)

// What is encoded is decoded again, batch after batch.
func TestEncoderRoundTrip(t *testing.T) {
	e, d := recordbatch.NewEncoder(mark), recordbatch.NewDecoder(options())
	defer d.Close()
	text := rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOfN(rapid.Byte(), 0, 300))
	rapid.Check(t, func(rt *rapid.T) {
		var set []byte
		var want []ingest.Record
		for i := range rapid.IntRange(1, 3).Draw(rt, "batches") {
			records := make([]ingest.Record, rapid.IntRange(1, 40).Draw(rt, "records"))
			for j := range records {
				records[j] = ingest.Record{
					Append: order.Instant(rapid.Int64Range(0, 1<<45).Draw(rt, "append")),
					Key:    text.Draw(rt, "key"), Value: text.Draw(rt, "value"), History: rapid.Bool().Draw(rt, "history"),
				}
			}
			from := len(set)
			var err error
			if set, err = e.Append(set, recordbatch.Producer{ID: 7, Epoch: 1, Sequence: int32(i)}, records); err != nil {
				rt.Fatal(err)
			}
			set[from+7] = byte(len(want)) // the broker gives the base offset
			for j := range records {
				records[j].Offset = int64(len(want))
				want = append(want, records[j])
			}
		}
		got, next, err := decodeAll(t, d, set, 0, nil, 1)
		if err != nil || next != int64(len(want)) {
			rt.Fatalf("next %d, %v", next, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatalf("(-want +got)\n%s", d)
		}
	})
}

func TestEncoderWantsRecords(t *testing.T) {
	if _, err := recordbatch.NewEncoder(mark).Append(nil, recordbatch.Producer{}, nil); err == nil {
		t.Error("a batch without a record was encoded")
	}
}
