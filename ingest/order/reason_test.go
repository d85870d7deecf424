package order

import (
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	appended := At(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	day := func(y, m, d int) Instant { return At(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)) }
	tests := []struct {
		name   string
		change func(*Event)
		want   string
	}{
		{"valid", func(*Event) {}, ""},
		{"no order", func(e *Event) { e.OrderID = "" }, "no_order: order_id"},
		{"no activity", func(e *Event) { e.Activity = "" }, "no_activity: activity"},
		{"no time", func(e *Event) { e.OccurredAt = 0 }, "bad_time: occurred_at"},
		{"first instant", func(e *Event) { e.OccurredAt = day(2000, 1, 1) }, ""},
		{"1948", func(e *Event) { e.OccurredAt = day(1948, 1, 26) }, "time_out_of_range: occurred_at"},
		{"1970", func(e *Event) { e.OccurredAt = -1 }, "time_out_of_range: occurred_at"},
		{"last instant", func(e *Event) { e.OccurredAt = day(2026, 1, 3) }, ""},
		{"past it", func(e *Event) { e.OccurredAt = day(2026, 1, 3) + 1 }, "time_out_of_range: occurred_at"},
		{"2099", func(e *Event) { e.OccurredAt = day(2099, 1, 1) }, "time_out_of_range: occurred_at"},
		{"recorded in 1999", func(e *Event) { e.RecordedAt = day(1999, 12, 31) }, "time_out_of_range: recorded_at"},
		{"recorded in 2099", func(e *Event) { e.RecordedAt = day(2099, 1, 1) }, "time_out_of_range: recorded_at"},
		{"promised for 2099", func(e *Event) { e.PromisedAt = day(2099, 1, 1) }, ""},
		{"promised for 9999", func(e *Event) { e.PromisedAt = day(9999, 12, 31) }, "time_out_of_range: promised_at"},
		{"greatest amount", func(e *Event) { e.Amount = Decimal{maxUnits, true} }, ""},
		{"greater amount", func(e *Event) { e.Amount = Decimal{maxUnits + 1, true} }, "number_out_of_range: amount"},
		{"less quantity", func(e *Event) { e.Quantity = Decimal{-maxUnits - 1, true} }, "number_out_of_range: quantity"},
		{"absent amount", func(e *Event) { e.Amount = Decimal{maxUnits + 1, false} }, ""},
		{"long name", func(e *Event) { e.Region = strings.Repeat("x", MaxName) }, ""},
		{"longer name", func(e *Event) { e.Region = strings.Repeat("x", MaxName+1) }, "too_large: region"},
		{"long reason", func(e *Event) { e.Reason = strings.Repeat("x", MaxText) }, ""},
		{"longer reason", func(e *Event) { e.Reason = strings.Repeat("x", MaxText+1) }, "too_large: reason"},
		{"long attribute", func(e *Event) { e.Attributes = []Attribute{{"k", strings.Repeat("x", MaxText+1)}} }, "too_large: attributes"},
		{"long key", func(e *Event) { e.Attributes = []Attribute{{strings.Repeat("x", MaxName+1), ""}} }, "too_large: attributes"},
		{"bad name", func(e *Event) { e.Unit = "\xff" }, "bad_utf8: unit"},
		{"bad reason", func(e *Event) { e.Reason = "a\xc3" }, "bad_utf8: reason"},
		{"Chinese", func(e *Event) { e.Unit = "包裹" }, ""},
		{"long customer key", func(e *Event) { e.CustomerKey = strings.Repeat("x", MaxName+1) }, "too_large: customer_key"},
		{"bad source", func(e *Event) { e.Source = "\xff" }, "bad_utf8: source"},
	}
	for _, tt := range []struct{ name, day, orders, want string }{
		{"a count", "2025-05-31", "1200", ""},
		{"a count of none", "2025-05-31", "0", ""},
		{"a count without a day", "", "1", "bad_time: day"},
		{"a count of no day", "2025-05-32", "1", "bad_time: day"},
		{"no count", "2025-05-31", "1.5", "number_out_of_range: orders"},
		{"less than none", "2025-05-31", "-1", "number_out_of_range: orders"},
	} {
		tests = append(tests, struct {
			name   string
			change func(*Event)
			want   string
		}{tt.name, func(e *Event) {
			e.Activity, e.Attributes = Counted, []Attribute{{AttrDay, tt.day}, {AttrOrders, tt.orders}}
		}, tt.want})
	}
	for _, tt := range tests {
		e := Event{OrderID: "1", Activity: "a", OccurredAt: day(2025, 6, 1)}
		tt.change(&e)
		got := ""
		if inv := e.Validate(appended); inv != nil {
			got = inv.Error()
		}
		if got != tt.want {
			t.Errorf("%s: Validate() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestReasons(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, r := range Reasons() {
		if seen[r.String()] || strings.Contains(r.String(), "(") {
			t.Errorf("reason %d is %q", r, r)
		}
		seen[r.String()] = true
	}
	if n := len(Reasons()); n != 12 || Reason(0).String() != "" {
		t.Errorf("%d reasons", n)
	}
}
