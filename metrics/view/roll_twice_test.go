package view

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/ingest/order"
)

// Two processes roll up while a third stores: what they leave is what is stored.
func TestRollTwiceAtOnce(t *testing.T) {
	now := time.Date(2026, 3, 20, 3, 0, 0, 0, time.UTC)
	p := retail(t)
	p.Name = "twice"
	l := tell(t, p, now)
	h := &history{from: now.AddDate(0, 0, -12), clock: now, Rand: rand.New(rand.NewPCG(1, 0))}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var rolling sync.WaitGroup
	for range 2 {
		rolling.Go(func() {
			for ctx.Err() == nil {
				if _, err := Roll(ctx, l.db.Conn()); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 8 {
		for range 30 {
			e := h.next(p.Name)
			h.told = append(h.told, e)
			l.event(&e)
		}
		now = now.Add(time.Hour)
		l.flush(order.At(now))
		if i == 4 {
			exec(t, l.db, "OPTIMIZE TABLE takt_store.steps")
		}
	}
	stop()
	rolling.Wait()
	whole(t, l.db, "after all", p.Name)
	roll(t, l.db)
	whole(t, l.db, "rolled up", p.Name)
}

// While the statement of a roll-up runs, another process leaves the work to it; one that
// began in the same moment waits for it.
func TestRollLeavesTheWork(t *testing.T) {
	db := open(t, hand(t, "left"))
	put(t, db, "orders", orderColumns, `'left', 'A', 'completed', '2026-03-01 00:00:00', '2026-03-02 18:00:00', '', NULL, NULL, 5, 'CNY', ['review'], []`)
	named := driver.Context(t.Context(), driver.WithQueryID(rollQuery))
	ended := make(chan error, 1)
	go func() {
		ended <- db.Conn().Exec(named, "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1 FORMAT Null")
	}()
	running := "SELECT count() FROM system.processes WHERE query_id = '" + rollQuery + "'"
	for text(t, db, running) == "0" {
		time.Sleep(10 * time.Millisecond)
	}
	if n, err := Roll(t.Context(), db.Conn()); n != 0 || err != nil {
		t.Errorf("rolled up %d parts: %v", n, err)
	}
	if unrolled(t, db, "left") != "1" {
		t.Error("got the order told as rolled up")
	}
	if done, err := execAlone(t.Context(), db.Conn(), "SELECT 1"); !done || err != nil {
		t.Errorf("waited: %v, %v", done, err)
	}
	if text(t, db, running) != "0" {
		t.Error("got two at once")
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	roll(t, db)
	if unrolled(t, db, "left") != "0" {
		t.Error("got nothing rolled up")
	}
}

// What was stored before the clock went back would count as stored later than what is
// stored now: nothing counts as rolled up then.
func TestRollWithTheClockSetBack(t *testing.T) {
	db := open(t, hand(t, "setback"))
	defer exec(t, db, "TRUNCATE TABLE takt_store.rolled")
	put(t, db, "orders", orderColumns, `'setback', 'A', 'completed', '2026-03-01 00:00:00', '2026-03-02 18:00:00', '', NULL, NULL, 5, 'CNY', ['review'], []`)
	roll(t, db)
	exec(t, db, "INSERT INTO takt_store.rolled (name, until, written_at) SELECT 'steps', now64(3, 'UTC') + INTERVAL 1 HOUR, now64(3, 'UTC') + INTERVAL 1 HOUR")
	put(t, db, "visits", visitColumns, `'setback', 'A', 'review', 1, '2026-03-01 00:00:00', '2026-03-01 02:00:00', NULL, 3600, NULL, NULL, 'finished', 'ann', 'desk', 5, 'CNY'`)
	if _, err := Roll(t.Context(), db.Conn()); err == nil || !strings.Contains(err.Error(), "set back") {
		t.Errorf("got %v", err)
	}
	if unrolled(t, db, "setback") != "1" {
		t.Error("got the order told as rolled up")
	}
	whole(t, db, "set back", "setback")
}

// A version of Takt that defines steps otherwise rolls nothing up for this one's views.
func TestRollOfAnotherVersion(t *testing.T) {
	db := open(t, hand(t, "versions"))
	put(t, db, "orders", orderColumns, `'versions', 'A', 'completed', '2026-03-01 00:00:00', '2026-03-02 18:00:00', '', NULL, NULL, 5, 'CNY', ['review'], []`)
	another := func(definition string) {
		exec(t, db, fmt.Sprintf("INSERT INTO takt_store.views (name, definition, dropped, written_at) SETTINGS async_insert = 0"+
			" SELECT name, %s, dropped, written_at + INTERVAL 1 MILLISECOND FROM takt_store.views FINAL WHERE name = '%s'", definition, rolledName))
	}
	another("definition + 1")
	if n, err := Roll(t.Context(), db.Conn()); n != 0 || err != nil {
		t.Errorf("rolled up %d parts: %v", n, err)
	}
	if unrolled(t, db, "versions") != "1" {
		t.Error("got the order told as rolled up")
	}
	another("definition - 1")
	roll(t, db)
	if unrolled(t, db, "versions") != "0" {
		t.Error("got nothing rolled up")
	}
}
