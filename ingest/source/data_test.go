package source

import (
	"io"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
)

// tally is what a file of rows comes to.
type tally struct {
	rows, events int
	ids          map[order.ID]bool
	orders       map[string]bool
	activities   map[string]int
	invalid      map[string]int
	amounts      map[string]int64 // by activity
}

// count decodes a file of real data and calls each, if not nil, with every event.
func count(t *testing.T, d *Decoder, name string, each func(*order.Event)) tally {
	t.Helper()
	r, err := OpenRows(dataFile(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := tally{
		ids: map[order.ID]bool{}, orders: map[string]bool{}, activities: map[string]int{},
		invalid: map[string]int{}, amounts: map[string]int64{},
	}
	var events []order.Event
	arena := new(Arena)
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		arena.Reset()
		var inv *order.Invalid
		if events, inv = d.Decode(events[:0], row, now, arena); inv != nil {
			c.invalid[inv.Error()]++
		}
		for i := range events {
			e := &events[i]
			c.events++
			c.ids[e.ID] = true
			if !c.orders[e.OrderID] {
				c.orders[string([]byte(e.OrderID))] = true
			}
			c.activities[e.Activity]++ // interned or of the mapping
			c.amounts[e.Activity] += e.Amount.Units
			if each != nil {
				each(e)
			}
		}
	}
	c.rows = r.Row()
	if read, total := r.Progress(); read != total {
		t.Errorf("Progress() = %d of %d after the last row", read, total)
	}
	return c
}

func TestOlist(t *testing.T) {
	d := mustDecoder(t, readMapping(t, "../../deploy/examples/olist/sources/olist.yaml"))
	promises, scores := 0, 0
	got := count(t, d, "olist/events.csv.gz", func(e *order.Event) {
		if e.PromisedAt.Known() {
			promises++
		}
		if e.Attr("score") != "" {
			scores++
		}
	})
	if got.rows != 29746 || got.events != 29746 || len(got.ids) != 29741 || len(got.orders) != 5000 {
		t.Errorf("rows %d, events %d, identities %d, orders %d", got.rows, got.events, len(got.ids), len(got.orders))
	}
	if promises != 5000 || scores != 4988 || len(got.invalid) != 0 {
		t.Errorf("promises %d, scores %d, invalid %v", promises, scores, got.invalid)
	}
	want := map[string]int{
		"order.placed": 5000, "order.approved": 4990, "order.shipped": 4922, "order.delivered": 4857,
		"order.cancelled": 1, "review.requested": 4988, "satisfaction.scored": 4988,
	}
	if diff := cmp.Diff(want, got.activities); diff != "" {
		t.Error(diff)
	}
}

func TestTmall(t *testing.T) {
	d := mustDecoder(t, readMapping(t, "../../deploy/examples/tmall/sources/tmall.yaml"))
	refunds, refundSum := 0, int64(0)
	days := map[string]int{}
	shanghai, _ := time.LoadLocation("Asia/Shanghai")
	got := count(t, d, "tmall/events.csv.gz", func(e *order.Event) {
		if refund, ok := parseDecimal([]byte(e.Attr("refund")), 2); ok && refund.Units > 0 {
			refunds++
			refundSum += refund.Units
		}
		if e.Activity == "order.placed" {
			days[e.OccurredAt.Time().In(shanghai).Format(time.DateOnly)]++
		}
	})
	if diff := cmp.Diff(map[string]int{"order.placed": 28010, "order.paid": 24087}, got.activities); diff != "" {
		t.Error(diff)
	}
	if got.rows != 52097 || len(got.ids) != 52097 || len(got.orders) != 28010 || len(got.invalid) != 0 {
		t.Errorf("rows %d, identities %d, orders %d, invalid %v", got.rows, len(got.ids), len(got.orders), got.invalid)
	}
	want := map[string]int64{"order.placed": 299576061, "order.paid": 190248715}
	if !maps.Equal(want, got.amounts) || refunds != 5646 || refundSum != 57233592 {
		t.Errorf("amounts %v, %d refunds of %d", got.amounts, refunds, refundSum)
	}
	if days["2020-02-12"] != 1 || days["2020-02-25"] != 3416 || len(days) != 27 {
		t.Errorf("orders per day: %v", days)
	}
}

// TestBPIC2019 reads the dirty log in both of its formats: the same events, the
// repeats found by identity alone, dates of 1948 refused.
func TestBPIC2019(t *testing.T) {
	const refused = "time_out_of_range: occurred_at"
	sums := map[string]uint64{}
	for name, mapping := range map[string]string{
		"bpic2019/events.csv.gz": `
fields: {order_id: case, occurred_at: timestamp}
activity: {from: activity}
`,
		"bpic2019/log.xes.gz": `
fields: {order_id: 'case:concept:name', occurred_at: 'time:timestamp'}
activity: {from: 'concept:name'}
`,
	} {
		d := mustDecoder(t, parseMapping(t, mapping))
		var sum uint64
		got := count(t, d, name, func(e *order.Event) { sum += e.ID.Low() })
		sums[name] = sum
		if got.rows != 338247 || got.events != 338245 || got.invalid[refused] != 2 || len(got.invalid) != 1 {
			t.Errorf("%s: rows %d, events %d, invalid %v", name, got.rows, got.events, got.invalid)
		}
		// Of the two rows of 1948 neither repeats the other.
		if repeats := got.events - len(got.ids); repeats != 173895 {
			t.Errorf("%s: %d repeats", name, repeats)
		}
		if len(got.activities) != 42 || len(got.orders) != 11973 {
			t.Errorf("%s: %d activities, %d orders", name, len(got.activities), len(got.orders))
		}
	}
	if sums["bpic2019/events.csv.gz"] != sums["bpic2019/log.xes.gz"] {
		t.Error("the two formats make different events")
	}
}
