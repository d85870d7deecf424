package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/reconcile"
)

// TestUntil: of the day on which a list was written both sides are cut at one instant,
// and nothing at the edge is taken for a difference.
func TestUntil(t *testing.T) {
	const rows = "order_id,occurred_at\nBEFORE,2026-03-01 23:59:00\nIN,2026-03-02 11:49:59\nAT,2026-03-02 11:50:00\nNEW,2026-03-02 11:59:00\n"
	list, err := read(t, "list.csv", rows+"LOST,2026-03-02 10:00:00\nAHEAD,2026-03-02 11:49:58\nBEHIND,2026-03-02 11:50:02\n")
	if err != nil {
		t.Fatal(err)
	}
	to, until := list.Until(at(t, "2026-03-02 12:00"), 10*time.Minute)
	if to.String() != "2026-03-02" || until != at(t, "2026-03-02 11:50") {
		t.Fatalf("compared to %v, until %v", to, until.Time())
	}
	from, _ := list.Days()
	c := reconcile.New(reconcile.Scope{Process: "retail", Source: "shop", From: from, To: to, Until: until, Zone: shanghai(t)}, list)
	held := map[string]string{
		"BEFORE": "2026-03-01 23:59", "IN": "2026-03-02 11:49", "GHOST": "2026-03-02 11:49", "UNLISTED": "2026-03-02 11:50",
		// The clocks differ: what the list says decides.
		"AHEAD": "2026-03-02 11:51", "BEHIND": "2026-03-02 11:49",
	}
	for id, placed := range held {
		c.Hold(&reconcile.Order{ID: id, Source: "shop", Placed: at(t, placed)})
	}
	r := c.Result()
	if got := told(r); got != "GHOST 2026-03-02 extra, LOST 2026-03-02 missing not_received" {
		t.Errorf("got %s", got)
	}
	if sum := r.Total(); sum.Listed != 4 || sum.Held != 4 {
		t.Errorf("listed %d, held %d, want 4 of each: BEFORE, IN, AHEAD and LOST; BEFORE, IN, AHEAD and GHOST", sum.Listed, sum.Held)
	}
}

// TestUntilIsFinished is the table of lists and how far they are compared.
func TestUntilIsFinished(t *testing.T) {
	const times, days, counts = "order_id,occurred_at\n", "order_id,day\n", "day,orders\n"
	for _, tt := range []struct{ name, list, written, want string }{
		{"running", times + "A,2026-03-01 09:00:00\nB,2026-03-02 10:00:00\n", "2026-03-02 12:00", "2026-03-02 11:50"},
		{"days instead of instants", days + "A,2026-03-01\nB,2026-03-02\n", "2026-03-02 12:00", "2026-03-01 whole"},
		{"counts", counts + "2026-03-01,1\n2026-03-02,1\n", "2026-03-02 12:00", "2026-03-01 whole"},
		{"nothing of the day", times + "A,2026-03-01 09:00:00\nB,2026-03-01 10:00:00\n", "2026-03-02 12:00", "2026-03-01 whole"},
		{"after midnight", times + "A,2026-03-01 09:00:00\nB,2026-03-01 10:00:00\n", "2026-03-02 00:05", "2026-03-01 23:55"},
		{"days after midnight", days + "A,2026-03-01\nB,2026-03-02\n", "2026-03-02 00:05", "2026-03-01 whole"},
		{"empty", times, "2026-03-02 12:00", "2026-03-01 whole"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := read(t, "list.csv", tt.list)
			if err != nil {
				t.Fatal(err)
			}
			to, until := list.Until(at(t, tt.written), 10*time.Minute)
			got := fmt.Sprint(to, " whole")
			if until.Known() {
				got = fmt.Sprint(to, until.Time().In(shanghai(t)).Format(" 15:04"))
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestCountsOfDays: what counts days alone is compared with what Takt has of all channels.
func TestCountsOfDays(t *testing.T) {
	const days, channels = "day,orders,amount\n2026-03-01,3,30\n", "day,channel,orders,amount\n2026-03-01,web,2,20\n2026-03-01,store,1,10\n"
	for _, tt := range []struct{ name, list, channel, want string }{
		{"days", days, "", " 3 2 1 0 3000 2000"},
		{"channels", channels, "", "store 1 1 0 0 1000 1000, web 2 1 1 0 2000 1000"},
		{"days of one channel", days, "web", "web 3 1 2 0 3000 1000"},
		{"one channel of several", channels, "web", "web 2 1 1 0 2000 1000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := read(t, "list.csv", tt.list)
			if err != nil {
				t.Fatal(err)
			}
			day, _ := list.Days()
			c := reconcile.New(reconcile.Scope{Process: "retail", Source: "shop", Channel: tt.channel, From: day, To: day, Zone: shanghai(t)}, list)
			for id, channel := range map[string]string{"A": "web", "B": "store"} {
				c.Hold(&reconcile.Order{ID: id, Source: "shop", Channel: channel, Placed: at(t, "2026-03-01 09:00"), Amount: money(1000)})
			}
			var got []string
			for _, s := range c.Result().Tallies {
				got = append(got, fmt.Sprint(s.Channel, " ", s.Listed, " ", s.Held, " ", s.Missing, " ", s.Extra, " ", s.ListedAmount, " ", s.HeldAmount))
			}
			if all := strings.Join(got, ", "); all != tt.want {
				t.Errorf("got %q, want %q", all, tt.want)
			}
		})
	}
}
