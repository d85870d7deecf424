package view

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
)

// whole compares takt.steps with the steps of all orders put together anew.
func whole(t *testing.T, db *clickhouse.DB, when, process string) {
	t.Helper()
	body, err := stepsBody()
	if err != nil {
		t.Fatal(err)
	}
	of := " WHERE process = '" + process + "'"
	all := "SELECT process, order_id FROM takt_store.orders" + of + " UNION DISTINCT SELECT process, order_id FROM takt_store.visits" + of
	want := lines(t, db, "SELECT "+stepColumns+" FROM ("+strings.ReplaceAll(body, unrolledOrders, all)+") ORDER BY ALL")
	got := lines(t, db, "SELECT "+stepColumns+" FROM takt.steps"+of+" ORDER BY ALL")
	if d := gocmp.Diff(want, got); d != "" {
		t.Fatalf("%s: (-anew +view)\n%s", when, d[:min(len(d), 3000)])
	}
}

// history makes events up: late ones, repeats, corrections, retractions, orders merged,
// cancelled and split into parcels.
type history struct {
	*rand.Rand
	from   time.Time
	told   []order.Event
	clock  time.Time // of what is recorded
	hasher order.Hasher
}

func (h *history) order() string { return fmt.Sprintf("SO-%03d", len(h.told)/10+h.IntN(15)) }

func (h *history) next(process string) order.Event {
	h.clock = h.clock.Add(time.Second)
	e := order.Event{
		OrderID: h.order(), Process: process, Source: "sim", RecordedAt: order.At(h.clock),
		OccurredAt: order.At(h.from.Add(time.Duration(h.IntN(12*24*60)) * time.Minute)),
		Activity:   []string{"order.placed", "order.approved", "order.rejected", "order.resubmitted", "order.paid", "order.picked", "order.shipped", "order.delivered"}[h.IntN(8)],
	}
	if h.IntN(3) == 0 {
		e.Unit = []string{"a", "b"}[h.IntN(2)]
	}
	id := fmt.Sprint(len(h.told))
	switch n := h.IntN(20); {
	case n < 8 && len(h.told) > 0: // what was told before, in another way
		before := h.told[max(0, len(h.told)-h.IntN(200)-1)]
		recorded, occurred := e.RecordedAt, e.OccurredAt
		e = before
		if n > 1 { // or it is a repeat
			e.RecordedAt = recorded
		}
		if n > 2 {
			e.OccurredAt = occurred
		}
		if n > 6 {
			e.Attributes = []order.Attribute{{Key: order.AttrRetracted, Value: "true"}}
		}
		h.hasher.SetContent(&e)
		return e // its identity stays
	case n == 8:
		e.Activity = "order.cancelled"
	case n == 9:
		e.Activity, e.Unit = order.Merged, ""
		e.Attributes = []order.Attribute{{Key: order.AttrMergedInto, Value: h.order()}}
	}
	h.hasher.SetContent(&e)
	h.hasher.SetID(&e, order.IdentityDelivery, id, "", 0)
	return e
}

// Whatever is told in whatever order, told once more from the beginning, stored again by a
// writer that lost its partition, and rolled up wholly, in part or not at all: steps are
// those of what is stored.
func TestRollOfAnyHistory(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("TAKT_SEED"), 10, 64)
	if err != nil {
		seed = 1 // in its round 12 a half roll-up meets an older state that is merged away
	}
	rounds, _ := strconv.Atoi(os.Getenv("TAKT_ROUNDS"))
	now := time.Date(2026, 3, 20, 3, 0, 0, 0, time.UTC)
	p := retail(t)
	p.Name = "anyhistory"
	for i := range p.Stages {
		p.Stages[i].Owner.Team = []string{"desk", "cash", "east", "east", "road"}[i]
	}
	l := tell(t, p, now)
	db := l.db
	h := &history{Rand: rand.New(rand.NewPCG(seed, 0)), from: now.AddDate(0, 0, -12), clock: now}
	body, err := stepsBody()
	if err != nil {
		t.Fatal(err)
	}
	for round := range max(rounds, 13) {
		for range 5 + h.IntN(30) {
			e := h.next(p.Name)
			h.told = append(h.told, e)
			l.event(&e)
		}
		did := "told"
		switch h.IntN(6) {
		case 0:
			did = "told anew"
			l.flush(order.At(now)) // or visits stay that the new epoch does not have
			l.anew(l.epoch + 1)
			for _, e := range h.told {
				l.event(&e)
			}
		case 1:
			did = "an older state stored again"
			const columns = "process, order_id, unit, stage, visit, entered_at, left_at, outcome, deleted, epoch, applied_offset"
			exec(t, db, "INSERT INTO takt_store.visits ("+columns+", owner_team, as_of) SELECT "+columns+", 'zombie', if(as_of = 0, 0, as_of - 1)"+
				" FROM takt_store.visits FINAL WHERE process = 'anyhistory' AND as_of > 0 AND rand() % 3 = 0")
		case 2:
			did = "merged parts"
			exec(t, db, "OPTIMIZE TABLE takt_store.steps")
			exec(t, db, "OPTIMIZE TABLE takt_store.visits")
		}
		now = now.Add(time.Duration(h.IntN(20)) * time.Hour)
		l.flush(order.At(now))
		when := func(what string) string { return fmt.Sprintf("round %d, %s, %s", round, did, what) }
		whole(t, db, when("stored"), p.Name)
		switch h.IntN(4) {
		case 0: // cut off between blocks
			head, query, _ := strings.Cut(rollStatement(body, unrolledOrders+" WHERE process = 'anyhistory'"), " SELECT ")
			exec(t, db, fmt.Sprintf("%s SELECT * FROM (SELECT %s) ORDER BY cityHash64(toString(tuple(*)), %d) LIMIT %d", head, query, round, 1+h.IntN(40)))
			exec(t, db, "OPTIMIZE TABLE takt_store.visits FINAL") // what an older state told of is gone
			whole(t, db, when("half rolled up"), p.Name)
		case 1:
			if _, err := Roll(t.Context(), db.Conn()); err != nil {
				t.Fatal(err)
			}
		case 2:
			roll(t, db)
			if n := unrolled(t, db, p.Name); n != "0" {
				t.Fatalf("%s: got %s orders not rolled up", when("rolled up"), n)
			}
		}
		whole(t, db, when("rolled up"), p.Name)
		if round%8 == 7 {
			if n := same(t, db, when("rolled up"), p.Name); n < 20 {
				t.Fatalf("got %d rows to compare", n)
			}
		}
	}
}
