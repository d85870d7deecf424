package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
)

func TestActivity(t *testing.T) {
	const one = "from: s, map: {P: order.paid, X: ignore}"
	const two = "from: [s, f], rows: [{when: [D, C], is: order.cancelled}, {when: [D, '*'], is: order.delivered}, {when: ['', N], is: order.noted}, {when: [I, '*'], is: ignore}]"
	tests := []struct{ name, mapping, record, want string }{
		{"as it is", "from: s", `"s":"whatever"`, "whatever"},
		{"constant", "from: {const: order.seen}", ``, "order.seen"},
		{"mapped", one, `"s":"P"`, "order.paid"},
		{"mapped number", "from: s, map: {7: order.paid}", `"s":7`, "order.paid"},
		{"mapped to ignore", one, `"s":"X"`, "-"},
		{"unknown", one, `"s":"Q"`, "unknown_activity: activity"},
		{"unknown, default", one + ", default: order.changed", `"s":"Q"`, "order.changed"},
		{"unknown, ignore", one + ", default: ignore", `"s":"Q"`, "-"},
		{"unknown, keep", one + ", default: keep", `"s":"Q"`, "Q"},
		{"none, keep", one + ", default: keep", ``, "no_activity: activity"},
		{"none, default", one + ", default: order.changed", ``, "no_activity: activity"},
		{"rows, both", two, `"s":"D","f":"C"`, "order.cancelled"},
		{"rows, any", two, `"s":"D","f":"E"`, "order.delivered"},
		{"rows, any is none", two, `"s":"D"`, "order.delivered"},
		{"rows, none", two, `"f":"N"`, "order.noted"},
		{"rows, ignore", two, `"s":"I"`, "-"},
		{"rows, unknown", two, `"s":"Z"`, "unknown_activity: activity"},
		{"rows, nothing", two, ``, "no_activity: activity"},
		{"ignored without order", one, `"s":"X","no":null`, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustDecoder(t, parseMapping(t, "fields: {order_id: no, occurred_at: at}\nactivity: {"+tt.mapping+"}\n"))
			record := `{"no":"1","at":"2025-01-01T00:00:00Z",` + tt.record + `}`
			record = strings.Replace(record, ",}", "}", 1)
			events, inv := d.Decode(nil, []byte(record), now, new(Arena))
			got := reason(inv)
			switch {
			case len(events) == 1:
				got = events[0].Activity
			case inv == nil:
				got = "-"
			}
			if got != tt.want {
				t.Errorf("Decode(%s) = %q, want %q", record, got, tt.want)
			}
		})
	}
}

const datesMapping = `
zone: Asia/Shanghai
times: ['2006-01-02 15:04:05', date]
identity: slot
cleared: retract
fields: {order_id: no, unit: line, recorded_at: {path: changed, times: [rfc3339]}, promised_at: due}
attributes: {by: by}
dates:
  - {from: made, activity: order.placed}
  - {from: [checked, audit.at], activity: order.approved}
  - {from: {path: sent, zone: UTC}, activity: order.shipped}
`

func TestDates(t *testing.T) {
	d := mustDecoder(t, parseMapping(t, datesMapping))
	type event struct {
		Activity, At string
		Retracted    bool
	}
	decode := func(record string) ([]order.Event, []event) {
		var list []event
		events := mustDecode(t, d, record)
		for i := range events {
			e := &events[i]
			list = append(list, event{e.Activity, e.OccurredAt.Time().Format("2006-01-02T15:04"), e.Retracted()})
		}
		return events, list
	}
	first, got := decode(`{"no":"1","line":"a","by":"u","due":"2025-02-01","changed":"2025-01-05T00:00:00Z",` +
		`"made":"2025-01-01","checked":"2025-01-02 10:00:00","sent":"2025-01-03 10:00:00"}`)
	want := []event{
		{"order.placed", "2024-12-31T16:00", false},
		{"order.approved", "2025-01-02T02:00", false},
		{"order.shipped", "2025-01-03T10:00", false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, e := range first {
		if e.Unit != "a" || e.Attr("by") != "u" || !e.PromisedAt.Known() || e.RecordedAt != instant(t, "2025-01-05T00:00:00Z") {
			t.Errorf("%s lacks what the row's events share: %+v", e.Activity, e)
		}
	}
	// One date moved, one was cleared, one is not named at all.
	second, got := decode(`{"no":"1","line":"a","by":"u","changed":"2025-01-06T00:00:00Z","made":"2025-01-01","checked":"","audit":{"at":null}}`)
	want = []event{{"order.placed", "2024-12-31T16:00", false}, {"order.approved", "2025-01-06T00:00", true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i := range second {
		if second[i].ID != first[i].ID || !first[i].Version().Less(second[i].Version()) {
			t.Errorf("%s: the later row does not replace the earlier", second[i].Activity)
		}
	}
	if second[1].Attr("by") != "u" || second[0].Retracted() {
		t.Error("the retraction changed the attributes of others or lost its own")
	}
	// Without dates there are no events; a bad one makes the whole row dead.
	if events, _ := decode(`{"no":"1","line":"a"}`); len(events) != 0 {
		t.Errorf("%d events of no date", len(events))
	}
	events, inv := d.Decode(nil, []byte(`{"no":"1","made":"2025-01-01","sent":"soon"}`), now, new(Arena))
	if len(events) != 0 || reason(inv) != "bad_time: sent" {
		t.Errorf("a row with a bad date gives %d events and %v", len(events), inv)
	}
}

func TestClearedIsIgnored(t *testing.T) {
	d := mustDecoder(t, parseMapping(t, strings.Replace(datesMapping, "cleared: retract", "cleared: ignore", 1)))
	if events := mustDecode(t, d, `{"no":"1","made":"2025-01-01","checked":null}`); len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
}

// TestSlot holds that a step's corrected time is the same event.
func TestSlot(t *testing.T) {
	d := mustDecoder(t, parseMapping(t, `
identity: slot
fields: {order_id: no, occurred_at: at}
activity: {from: s}
`))
	a := mustDecode(t, d, `{"no":"1","s":"paid","at":"2025-01-01T00:00:00Z"}`)[0]
	b := mustDecode(t, d, `{"no":"1","s":"paid","at":"2025-01-02T00:00:00Z"}`)[0]
	c := mustDecode(t, d, `{"no":"1","s":"sent","at":"2025-01-01T00:00:00Z"}`)[0]
	if a.ID != b.ID || a.ID == c.ID || a.Content == b.Content {
		t.Error("slots are told apart by their dates, or are not told apart")
	}
}
