package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
)

// TestActivityAndDates is the table of records with a status and date columns.
func TestActivityAndDates(t *testing.T) {
	const mapping = `
identity: content
times: [rfc3339]
fields: {order_id: no, occurred_at: at}
activity:
  from: [status, op]
  was: old
  rows:
    - {when: ['*', d], is: ignore}
    - {when: [sent, '+'], is: order.shipped}
    - {when: [sent, ''], is: order.sent}
    - {when: [new, '*'], is: dates}
dates:
  - {from: placed, activity: order.placed}
`
	tests := []struct{ name, record, want string }{
		{"both", `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"2025-11-19T02:00:00Z","status":"sent","op":"u"}`, "order.shipped 2025-11-20, order.placed 2025-11-19"},
		{"nothing beside", `{"no":"1","at":"2025-11-20T02:00:00Z","placed":null,"status":"sent"}`, "order.sent 2025-11-20"},
		{"date alone", `{"no":"1","placed":"2025-11-19T02:00:00Z"}`, "order.placed 2025-11-19"},
		{"status as it was", `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"2025-11-19T02:00:00Z","status":"sent","old":"sent","op":"u"}`, "order.placed 2025-11-19"},
		{"another status before", `{"no":"1","at":"2025-11-20T02:00:00Z","status":"sent","old":"made","op":"u"}`, "order.shipped 2025-11-20"},
		{"status without an event", `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"2025-11-19T02:00:00Z","status":"new"}`, "order.placed 2025-11-19"},
		{"left out whole", `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"2025-11-19T02:00:00Z","status":"sent","op":"d"}`, ""},
		{"unknown status", `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"2025-11-19T02:00:00Z","status":"lost"}`, "unknown_activity"},
		{"bad date", `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"soon","status":"sent"}`, "bad_time"},
		{"no order", `{"placed":"2025-11-19T02:00:00Z"}`, "no_order"},
	}
	d := mustDecoder(t, parseMapping(t, mapping))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var a Arena
			events, inv := d.Decode(nil, []byte(tt.record), instant(t, "2025-11-21T00:00:00Z"), &a)
			var got []string
			if inv != nil {
				got = append(got, inv.Reason.String())
			}
			for i := range events {
				got = append(got, events[i].Activity+" "+events[i].OccurredAt.Time().Format("2006-01-02"))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDatesAreSlots tells a date again beside another status: it is one event still.
func TestDatesAreSlots(t *testing.T) {
	d := mustDecoder(t, parseMapping(t, `
times: [rfc3339]
fields: {order_id: no, occurred_at: at, owner: owner}
activity: {from: status}
dates: [{from: placed, activity: order.placed}]
`))
	before := mustDecode(t, d, `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"2025-11-19T02:00:00Z","status":"a","owner":"x"}`)
	after := mustDecode(t, d, `{"no":"1","at":"2025-11-20T02:00:00Z","placed":"2025-11-19T02:00:00Z","status":"a","owner":"y"}`)
	if before[0].ID == after[0].ID || before[1].ID != after[1].ID {
		t.Error("the status is told apart by content, its date by slot")
	}
}

// TestCounts reads instants that are counted, as databases tell them.
func TestCounts(t *testing.T) {
	tests := []struct{ format, text, want string }{
		{"epoch_us", "1763604000123456", "2025-11-20T02:00:00.123Z"},
		{"epoch_ns", "1763604000123456789", "2025-11-20T02:00:00.123Z"},
		{"epoch_us", "soon", ""},
		{"wall_ms", "1763604000123", "2025-11-19T18:00:00.123Z"},
		{"wall_us", "1763604000123456", "2025-11-19T18:00:00.123Z"},
		{"wall_ns", "1763604000123000000", "2025-11-19T18:00:00.123Z"},
		{"wall_days", "20412", "2025-11-19T16:00:00Z"},
		{"wall_days", "999999999999", ""},
	}
	for _, tt := range tests {
		d := mustDecoder(t, parseMapping(t, "zone: Asia/Shanghai\ntimes: ["+tt.format+"]\nfields: {order_id: no, occurred_at: at}\nactivity: {from: {const: x}}"))
		var a Arena
		events, inv := d.Decode(nil, []byte(`{"no":"1","at":"`+tt.text+`"}`), instant(t, "2025-12-01T00:00:00Z"), &a)
		switch {
		case tt.want == "" && (inv == nil || inv.Reason != order.BadTime):
			t.Errorf("%s %q: %v", tt.format, tt.text, events)
		case tt.want != "" && (inv != nil || events[0].OccurredAt != instant(t, tt.want)):
			t.Errorf("%s %q: %v %v, want %s", tt.format, tt.text, inv, events, tt.want)
		}
	}
}
