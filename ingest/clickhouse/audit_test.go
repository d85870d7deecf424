package clickhouse

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest"
)

func TestAuditFindsGapsAndOverlaps(t *testing.T) {
	db := open(t, nil)
	w := NewWriter(db, retail("audit"))
	number := int64(0)
	write := func(partition int, first, next int64, counts ingest.Counts) {
		number++
		mustWrite(t, w, &filled{Flush: ingest.Flush{
			Source: "shop", Process: "audit", Topic: "audit", Partition: partition, Number: number, First: first, Next: next, Counts: counts,
			WrittenAt: at("2026-03-01 12:00:00.000"),
		}})
	}
	stored := func(n int64) ingest.Counts { return ingest.Counts{Records: n, Stored: n} }
	audit := func() *Audit {
		t.Helper()
		a, err := db.Audit(t.Context(), "audit", "audit")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	write(0, 10, 20, stored(10))
	write(0, 20, 20, ingest.Counts{}) // time alone
	write(0, 20, 50, ingest.Counts{Records: 25, Stored: 10, Duplicate: 5, Tombstone: 4, Ignored: 6})
	write(1, 0, 5, stored(5))
	if a := audit(); !a.Clean() || len(a.Partitions) != 2 || a.Partitions[0].First != 10 || a.Partitions[0].Next != 50 {
		t.Errorf("a whole log: got %+v", a)
	}
	write(1, 8, 20, stored(12))                             // 3 missing
	write(1, 15, 18, stored(3))                             // within the one before
	write(1, 18, 25, stored(7))                             // 2 overlap
	write(0, 50, 60, ingest.Counts{Records: 10, Stored: 9}) // one in no count
	write(0, 60, 61, ingest.Counts{Records: 1, Dead: 1})    // a dead letter that is not there
	a := audit()
	want := &Audit{Missing: 3, Overlapping: 5, Unbalanced: 1, DeadLetters: 1, Partitions: []AuditPartition{
		{
			Process: "audit", Topic: "audit", Partition: 0, First: 10, Next: 61, Flushes: 4, Records: 46, Stored: 29, Dead: 1,
			Duplicate: 5, Tombstone: 4, Ignored: 6, Unbalanced: 1,
		},
		{
			Process: "audit", Topic: "audit", Partition: 1, First: 0, Next: 25, Flushes: 4, Records: 27, Stored: 27,
			Missing: 3, Overlapping: 5,
		},
	}}
	if d := cmp.Diff(want, a); d != "" {
		t.Errorf("audit (-want +got):\n%s", d)
	}
}

func TestDeadLettersForReplay(t *testing.T) {
	db := open(t, nil)
	mustWrite(t, NewWriter(db, retail("dead")), sample("dead", "dead"))
	list := func(f DeadLetterFilter) []DeadLetter {
		t.Helper()
		var all []DeadLetter
		if err := db.DeadLetters(t.Context(), f, func(d DeadLetter) error { all = append(all, d); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := []DeadLetter{{
		Source: "shop", Process: "dead", Topic: "dead", Epoch: 2, Partition: 3, Offset: 102, Append: at("2026-02-28 08:00:02.000"),
		Reason: "bad_utf8", Field: "order_id", Key: []byte{0, 0xff}, Value: []byte("\x80\x00bad"), WrittenAt: at("2026-03-01 12:00:01.000"),
	}}
	if d := cmp.Diff(want, list(DeadLetterFilter{Topic: "dead", Source: "shop", Reason: "bad_utf8", Limit: 10})); d != "" {
		t.Errorf("dead letters (-want +got):\n%s", d)
	}
	if got := list(DeadLetterFilter{Topic: "dead", Reason: "not_json"}); got != nil {
		t.Errorf("of another reason: got %v", got)
	}
}
