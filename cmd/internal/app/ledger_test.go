package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

// A click takes all of a large group and nothing else. When its time is up it says
// how many are left, and the next click takes those.
func TestAcknowledgeLargeGroup(t *testing.T) {
	const group = 450
	db := openEmbedded(t)
	var rows []string
	for i := range group + 1 {
		team := "warehouse"
		if i == group {
			team = "another"
		}
		rows = append(rows, fmt.Sprintf("('retail', 'SO-%d', %d, 'picking', 'overdue', '%s', now64(3), now64(3))", i, i+1, team))
	}
	if err := db.Conn().Exec(t.Context(), "INSERT INTO takt_store.exceptions (process, order_id, id, stage, kind, owner_team, opened_at, detected_at) VALUES "+strings.Join(rows, ", ")); err != nil {
		t.Fatal(err)
	}
	k := acknowledger{&App{db: db, opt: Options{Now: time.Now}}}
	s := notify.Scope{Process: "retail", Stage: "picking", Kind: "overdue", Team: "warehouse"}
	taken, left, err := k.take(t.Context(), s, "", time.Nanosecond, byPage("li"))
	if err != nil || taken != 1 || left != group-1 {
		t.Fatalf("without time: %d taken, %d left, %v", taken, left, err)
	}
	for taken < group {
		n, still, err := k.Acknowledge(t.Context(), s, "li")
		if err != nil || n == 0 || still != left-n {
			t.Fatalf("of %d: %d taken, %d left, %v", left, n, still, err)
		}
		taken, left = taken+n, still
	}
	if n, left, err := k.Acknowledge(t.Context(), s, "wang"); n != 0 || left != 0 || err != nil {
		t.Errorf("once more: %d taken, %d left, %v", n, left, err)
	}
	list, err := clickhouse.NewLedger(db, time.Now).List(t.Context(), exception.Filter{Process: "retail"})
	if err != nil || len(list) != group+1 {
		t.Fatalf("got %d exceptions, %v", len(list), err)
	}
	for i := range list {
		e := &list[i]
		if want := map[string]string{"warehouse": "li"}[e.Team]; e.AcknowledgedBy != want {
			t.Errorf("%s of %s is taken by %q, want %q", e.OrderID, e.Team, e.AcknowledgedBy, want)
		}
	}
}

// openEmbedded starts a ClickHouse of the test's own.
func openEmbedded(t *testing.T) *clickhouse.DB {
	t.Helper()
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}
