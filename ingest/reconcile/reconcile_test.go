package reconcile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/reconcile"
	"github.com/takt-orders/takt/ingest/source"
)

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// read reads a list that stands in a file of that name.
func read(t *testing.T, name, text string) (*reconcile.List, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return reconcile.Read(path, reconcile.ReadConfig{
		Config: source.Config{
			Mapping: source.Mapping{
				Times: []string{"date"}, Activity: source.Activity{From: source.Values{{Path: []string{"status"}}}, Map: map[string]string{"new": "order.placed", "done": "order.delivered"}},
				Fields: source.Fields{OrderID: source.Value{Path: []string{"no"}}, OccurredAt: source.Value{Path: []string{"at"}}},
			},
			Source: "shop", Process: "retail", Zone: shanghai(t),
		},
		Opens: []string{"order.placed"}, Now: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC),
	})
}

// at returns an instant of Shanghai.
func at(t testing.TB, text string) order.Instant {
	t.Helper()
	i, err := time.ParseInLocation("2006-01-02 15:04", text, shanghai(t))
	if err != nil {
		t.Fatal(err)
	}
	return order.At(i)
}

func money(cents int64) order.Decimal { return order.Decimal{Units: cents, Valid: true} }

// told writes differences as people say them.
func told(r *reconcile.Result) string {
	var all []string
	for _, d := range r.Differences {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", d.Order, d.Day, d.Kind, d.Detail)))
	}
	return strings.Join(all, ", ")
}

// TestCompare is the table of what may be wrong with one order.
func TestCompare(t *testing.T) {
	const heads = "order_id,unit,channel,occurred_at,amount,currency,quantity,address\n"
	right := func() reconcile.Order {
		return reconcile.Order{
			ID: "A", Source: "shop", Channel: "web", Placed: at(t, "2026-03-01 09:00"), Recorded: at(t, "2026-03-01 09:01"), Live: true,
			Amount: money(1050), Currency: "CNY", Quantity: order.Decimal{Units: 2000, Valid: true}, Address: reconcile.Fingerprint("12 Long Road, Flat 3"),
		}
	}
	const row = "A,,web,2026-03-01 09:00:00,10.5,CNY,2,12 long road flat 3\n"
	tests := []struct {
		name, list string
		held       func(*reconcile.Order) // nil: Takt has nothing
		want       string
	}{
		{"equal", row, func(*reconcile.Order) {}, ""},
		{"missing", row, nil, "A 2026-03-01 missing not_received"},
		{"extra", "B,,web,2026-02-28,1,CNY,1,\n", func(*reconcile.Order) {}, "A 2026-03-01 extra"},
		{"listed twice", row + row, func(*reconcile.Order) {}, "A 2026-03-01 duplicate list"},
		{"placed twice", row, func(o *reconcile.Order) { o.Repeats = 1 }, "A 2026-03-01 duplicate takt"},
		{"amount", row, func(o *reconcile.Order) { o.Amount.Units++ }, "A 2026-03-01 mismatch amount"},
		{"quantity and currency", row, func(o *reconcile.Order) { o.Quantity.Units++; o.Currency = "USD" }, "A 2026-03-01 mismatch currency, A 2026-03-01 mismatch quantity"},
		{"address", row, func(o *reconcile.Order) { o.Address = reconcile.Fingerprint("13 Long Road") }, "A 2026-03-01 mismatch address"},
		{"channel", row, func(o *reconcile.Order) { o.Channel = "store" }, "A 2026-03-01 mismatch channel"},
		{"day", row, func(o *reconcile.Order) { o.Placed, o.Recorded = at(t, "2026-03-02 00:01"), 0 }, "A 2026-03-01 mismatch day"},
		{"another source", row, func(o *reconcile.Order) { o.Source = "pos" }, "A 2026-03-01 mismatch source"},
		{"unknown is not compared", row, func(o *reconcile.Order) { o.Amount, o.Quantity, o.Address = order.Decimal{}, order.Decimal{}, 0 }, ""},
		{"late", row, func(o *reconcile.Order) { o.Recorded = at(t, "2026-03-02 09:01") }, "A 2026-03-01 late"},
		{"history is not late", row, func(o *reconcile.Order) { o.Recorded, o.Live = at(t, "2026-03-02 09:01"), false }, ""},
		{"later events only", row, func(o *reconcile.Order) { o.Placed = 0 }, "A 2026-03-01 missing not_placed"},
		{"lines add up", "A,1,web,2026-03-01,4.5,CNY,1,\nA,2,web,2026-03-01,6,CNY,1,\n", func(*reconcile.Order) {}, ""},
		{"a line twice", "A,1,web,2026-03-01,10.5,CNY,2,\nA,1,web,2026-03-01,10.5,CNY,2,\n", func(*reconcile.Order) {}, "A 2026-03-01 duplicate list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := read(t, "list.csv", heads+tt.list)
			if err != nil {
				t.Fatal(err)
			}
			day, err := reconcile.ParseDay("2026-03-01")
			if err != nil {
				t.Fatal(err)
			}
			c := reconcile.New(reconcile.Scope{Process: "retail", Source: "shop", From: day, To: day, Zone: shanghai(t), Late: 24 * time.Hour}, list)
			if tt.held != nil {
				o := right()
				tt.held(&o)
				c.Hold(&o)
			}
			if got := told(c.Result()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRead is the table of lists.
func TestRead(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"Chinese heads", "a.csv", "订单号,渠道,日期\nA,web,2026-03-01\nB,web,2026-03-02\n", "2 orders 2026-03-01 2026-03-02 false"},
		{"by the mapping", "a.jsonl", `{"no":"A","status":"new","at":"2026-03-01"}` + "\n" + `{"no":"A","status":"done","at":"2026-03-04"}` + "\n", "1 orders 2026-03-01 2026-03-01 false"},
		{"counts", "a.csv", "day,channel,orders,amount\n2026-03-01,web,1200000,10.50\n2026-03-02,web,0,\n", "0 orders 2026-03-01 2026-03-02 true"},
		{"counts in JSON", "a.jsonl", `{"day":"2026-03-01","orders":12000000}`, "0 orders 2026-03-01 2026-03-01 true"},
		{"bad count", "a.csv", "day,orders\n2026-03-01,many\n", "row 1: orders: is no count"},
		{"bad day", "a.csv", "day,orders\n2026-03-01,1\nsoon,1\n", `row 2: read day: "soon" is none`},
		{"bad time", "a.csv", "order_id,day\nA,2026-03-01\nB,soon\n", "row 2: bad_time"},
		{"unknown status", "a.jsonl", `{"no":"A","status":"odd","at":"2026-03-01"}`, "row 1: unknown_activity"},
		{"empty", "a.csv", "order_id,day\n", "0 orders 1970-01-01 1970-01-01 false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := read(t, tt.file, tt.text)
			got := fmt.Sprint(err)
			if err == nil {
				first, last := l.Days()
				got = fmt.Sprint(l.Len(), " orders ", first, " ", last, " ", l.Counted())
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCounts compares numbers alone.
func TestCounts(t *testing.T) {
	l, err := read(t, "counts.csv", "day,channel,orders,amount\n2026-03-01,web,2,30\n2026-03-01,store,1,5\n")
	if err != nil {
		t.Fatal(err)
	}
	first, last := l.Days()
	c := reconcile.New(reconcile.Scope{Source: "shop", From: first, To: last, Zone: shanghai(t)}, l)
	for i, channel := range []string{"web", "store", "store"} {
		c.Hold(&reconcile.Order{ID: fmt.Sprint(i), Source: "shop", Channel: channel, Placed: at(t, "2026-03-01 23:59"), Amount: money(500)})
	}
	r := c.Result()
	want := []reconcile.Tally{
		{Day: first, Channel: "store", Listed: 1, Held: 2, Extra: 1, ListedAmount: 500, HeldAmount: 1000},
		{Day: first, Channel: "web", Listed: 2, Held: 1, Missing: 1, ListedAmount: 3000, HeldAmount: 500},
	}
	if d := cmp.Diff(want, r.Tallies); d != "" || r.Agrees() || !r.Counted || len(r.Differences) != 0 {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestReports: what is new is raised, what is repaired resolved, what stands is left.
func TestReports(t *testing.T) {
	diff := func(id string, k reconcile.Kind, detail string) reconcile.Difference {
		return reconcile.Difference{Order: id, Kind: k, Detail: detail, Channel: "web"}
	}
	former := []reconcile.Difference{
		diff("A", reconcile.Missing, reconcile.NotReceived), diff("B", reconcile.Mismatch, "amount"), diff("C", reconcile.Extra, ""), diff("D", reconcile.Late, ""),
	}
	now := &reconcile.Result{Scope: reconcile.Scope{Process: "retail", Source: "shop"}, Differences: []reconcile.Difference{
		diff("A", reconcile.Missing, reconcile.DeadLetter), diff("E", reconcile.Mismatch, "quantity"), diff("E", reconcile.Mismatch, "amount"),
		diff("F", reconcile.Duplicate, reconcile.InList), diff("G", reconcile.Duplicate, reconcile.InTakt), diff("H", reconcile.Late, ""),
	}}
	raised, repaired := reconcile.Reports(now, former, 2000, 1000, "li")
	var got []string
	for _, r := range append(raised, repaired...) {
		e := &r.Event
		got = append(got, strings.Join([]string{e.OrderID, e.Activity, e.Owner, e.Reason, e.Actor, r.Delivery}, "|"))
	}
	want := []string{
		"E|exception.field_mismatch|li|differs: amount, quantity|takt/reconcile|reconcile/1000/exception.field_mismatch",
		"F|exception.duplicate|li|listed_twice|takt/reconcile|reconcile/1000/exception.duplicate",
		"B|exception.field_mismatch.resolved|||takt/reconcile|reconcile/1000/exception.field_mismatch.resolved",
		"C|exception.missing.resolved|||takt/reconcile|reconcile/1000/exception.missing.resolved",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	now.Counted = true
	if raised, repaired := reconcile.Reports(now, former, 2000, 1000, "li"); raised != nil || repaired != nil {
		t.Error("a list of counts opens or resolves exceptions of orders")
	}
}

// TestOrderDoesNotMatter: what is found does not depend on the order in which either
// side is told, and listed = held - extra + missing where no day differs.
func TestOrderDoesNotMatter(t *testing.T) {
	zone := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		placed := order.At(time.Date(2026, 3, 1, 10, 0, 0, 0, zone))
		var listed []order.Event
		var held []reconcile.Order
		for i := range rapid.IntRange(1, 20).Draw(t, "orders") {
			id, amount := fmt.Sprint("SO-", i), int64(i*100)
			if rapid.Bool().Draw(t, "listed") {
				listed = append(listed, order.Event{OrderID: id, Channel: "web", OccurredAt: placed, Amount: money(amount)})
			}
			if rapid.Bool().Draw(t, "held") {
				amount += int64(rapid.IntRange(0, 1).Draw(t, "off"))
				held = append(held, reconcile.Order{ID: id, Source: "shop", Channel: "web", Placed: placed, Amount: money(amount)})
			}
		}
		day := reconcile.DayOf(placed, zone)
		compare := func(listed []order.Event, held []reconcile.Order) *reconcile.Result {
			l := reconcile.NewList(zone)
			for i := range listed {
				l.Add(&listed[i])
			}
			c := reconcile.New(reconcile.Scope{Source: "shop", From: day, To: day, Zone: zone}, l)
			for i := range held {
				c.Hold(&held[i])
			}
			return c.Result()
		}
		one := compare(listed, held)
		other := compare(rapid.Permutation(listed).Draw(t, "list"), rapid.Permutation(held).Draw(t, "takt"))
		if d := cmp.Diff(told(one), told(other)); d != "" {
			t.Fatalf("-one +other:\n%s", d)
		}
		if sum := one.Total(); sum.Listed != sum.Held-sum.Extra+sum.Missing {
			t.Fatalf("%+v does not add up", sum)
		}
	})
}
