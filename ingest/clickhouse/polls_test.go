package clickhouse

import (
	"testing"
	"time"
)

func TestPolls(t *testing.T) {
	db := open(t, nil)
	if _, ok, err := db.Reached(t.Context(), "星空"); ok || err != nil {
		t.Errorf("before the first: got %v, %v", ok, err)
	}
	at := time.Date(2026, 11, 24, 2, 20, 0, 123e6, time.UTC)
	for i := range 3 {
		if err := db.Reach(t.Context(), "星空", at.Add(time.Duration(i)*time.Hour), 7); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond) // rows of one millisecond would be equal in revision
	}
	if got, ok, err := db.Reached(t.Context(), "星空"); !ok || err != nil || !got.Equal(at.Add(2*time.Hour)) {
		t.Errorf("got %v, %v, %v", got, ok, err)
	}
	if rows := table(t, db, "SELECT * FROM takt.polls WHERE source = '星空'"); len(rows) != 1 || rows[0]["reached"] != "2026-11-24 04:20:00.123" {
		t.Errorf("got %v", rows)
	}
}
