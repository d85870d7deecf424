package clickhouse

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
)

func TestDeliveries(t *testing.T) {
	db := open(t, nil)
	d := notify.Delivery{
		At: time.Date(2026, 11, 24, 2, 20, 0, 123e6, time.UTC), Key: "k'1", Receiver: "仓库", Channel: notify.WeCom, Status: notify.Firing,
		Process: "retail", Stage: "picking", Kind: "overdue", Team: "warehouse", Alerts: 2, Result: notify.Failed, Attempts: 4,
		Took: 1500 * time.Millisecond, Code: "45009", Error: "the robot answered: api freq out of limit (45009)",
	}
	sent := d
	sent.Key, sent.Result, sent.Code, sent.Error = "k2", notify.Sent, "", ""
	for range 2 { // a repeat is the same row
		if err := db.Record(t.Context(), []notify.Delivery{d, sent}); err != nil {
			t.Fatal(err)
		}
	}
	rows := table(t, db, "SELECT * FROM takt.deliveries WHERE receiver = '仓库' ORDER BY key")
	if len(rows) != 2 || rows[0]["key"] != "k'1" || rows[0]["at"] != "2026-11-24 02:20:00.123" || rows[0]["took_seconds"] != 1.5 || rows[0]["code"] != "45009" {
		t.Errorf("got %v", rows)
	}
	for key, want := range map[string]bool{"k'1": false, "k2": true, "k3": false} {
		if got, err := db.Delivered(t.Context(), "仓库", key); got != want || err != nil {
			t.Errorf("%s: got %v, %v", key, got, err)
		}
	}
	if err := db.Record(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
