package order

import (
	"encoding/json"
	"math"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAppendJSON(t *testing.T) {
	full := Event{
		OrderID: "1", SourceOrder: "S1", Unit: "a", Source: "erp", Channel: "web", Activity: "order.paid",
		OccurredAt: At(time.Date(2025, 11, 20, 1, 2, 3, 4e6, time.UTC)), RecordedAt: At(time.Date(2025, 11, 20, 1, 2, 4, 0, time.UTC)),
		Actor: "u1", Owner: "team", Region: "华东", Warehouse: "w", Carrier: "c", Supplier: "s", Product: "p", CustomerKey: "k",
		Amount: Decimal{-1205, true}, Currency: "CNY", Quantity: Decimal{1500, true},
		PromisedAt: At(time.Date(2025, 11, 25, 0, 0, 0, 0, time.UTC)), PromiseKind: PromiseFirst, Reason: "a \"b\"\n\\",
		Attributes: []Attribute{{"k", "v"}, {"l", "\x01"}},
	}
	tests := []struct {
		name, delivery string
		event          Event
		want           string
	}{
		{"empty", "", Event{}, `{}`},
		{"same number", "", Event{OrderID: "1", SourceOrder: "1"}, `{"order_id":"1"}`},
		{"zero amount", "", Event{Amount: Decimal{0, true}}, `{"amount":0}`},
		{"greatest amount", "", Event{Amount: Decimal{maxUnits, true}}, `{"amount":9999999999999999.99}`},
		{"full", "d1", full, `{"id":"d1","order_id":"1","source_order":"S1","unit":"a","source":"erp","channel":"web",` +
			`"activity":"order.paid","occurred_at":"2025-11-20T01:02:03.004Z","recorded_at":"2025-11-20T01:02:04.000Z",` +
			`"actor":"u1","owner":"team","region":"华东","warehouse":"w","carrier":"c","supplier":"s","product":"p",` +
			`"customer_key":"k","amount":-12.05,"currency":"CNY","quantity":1.5,"promised_at":"2025-11-25T00:00:00.000Z",` +
			`"promise_kind":"first","reason":"a \"b\"\u000a\\","attributes":{"k":"v","l":"\u0001"}}`},
	}
	for _, tt := range tests {
		if got := string(tt.event.AppendJSON(nil, tt.delivery)); got != tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func FuzzAppendJSON(f *testing.F) {
	f.Add("1", "reason \x00 \xff \u2028", "k", "v", int64(-5))
	f.Add("", "", "", "", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, id, reason, key, value string, units int64) {
		e := Event{OrderID: id, Reason: reason, Amount: Decimal{units % maxUnits, true}, Attributes: []Attribute{{key, value}}}
		out := e.AppendJSON(nil, "")
		var got struct {
			OrderID    string `json:"order_id"`
			Reason     string
			Attributes map[string]string
		}
		if err := json.Unmarshal(out, &got); err != nil || !utf8.Valid(out) {
			t.Fatalf("%s: %v", out, err)
		}
		if utf8.ValidString(id) && got.OrderID != id || utf8.ValidString(reason) && got.Reason != reason ||
			utf8.ValidString(key+value) && utf8.ValidString(key) && got.Attributes[key] != value {
			t.Fatalf("%s does not say %q %q %q %q", out, id, reason, key, value)
		}
	})
}

func TestPromiseKind(t *testing.T) {
	for _, k := range []PromiseKind{PromiseRequested, PromiseFirst, PromiseCurrent} {
		if got := ParsePromiseKind(k.String()); got != k {
			t.Errorf("ParsePromiseKind(%q) = %d, want %d", k, got, k)
		}
	}
	if PromiseNone.String() != "" || ParsePromiseKind("unheard of") != PromiseCurrent {
		t.Error("no promise has a name, or an unknown kind is not current")
	}
}

func TestInZone(t *testing.T) {
	tests := []struct{ name, zone, local, want string }{
		{"utc", "UTC", "2018-02-17 23:30:00", "2018-02-17T23:30:00Z"},
		{"no change of clocks", "Asia/Shanghai", "2018-02-17 23:30:00", "2018-02-17T15:30:00Z"},
		{"before the hour twice", "America/Sao_Paulo", "2018-02-17 22:59:59", "2018-02-18T00:59:59Z"},
		{"twice: the earlier", "America/Sao_Paulo", "2018-02-17 23:00:00", "2018-02-18T01:00:00Z"},
		{"twice: its end", "America/Sao_Paulo", "2018-02-17 23:59:59", "2018-02-18T01:59:59Z"},
		{"after the hour twice", "America/Sao_Paulo", "2018-02-18 00:00:00", "2018-02-18T03:00:00Z"},
		{"before the gap", "America/Sao_Paulo", "2017-10-14 23:59:59", "2017-10-15T02:59:59Z"},
		{"gap's start", "America/Sao_Paulo", "2017-10-15 00:00:00", "2017-10-15T03:00:00Z"},
		{"in the gap", "America/Sao_Paulo", "2017-10-15 00:30:00", "2017-10-15T03:30:00Z"},
		{"after the gap", "America/Sao_Paulo", "2017-10-15 01:00:00", "2017-10-15T03:00:00Z"},
		{"north, twice", "Europe/Berlin", "2025-10-26 02:30:00", "2025-10-26T00:30:00Z"},
		{"north, gap", "Europe/Berlin", "2025-03-30 02:30:00", "2025-03-30T01:30:00Z"},
		{"half an hour, twice", "Australia/Lord_Howe", "2025-04-06 01:45:00", "2025-04-05T14:45:00Z"},
		{"half an hour, gap", "Australia/Lord_Howe", "2025-10-05 02:15:00", "2025-10-04T15:45:00Z"},
		{"a day that never was", "Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00Z"},
	}
	for _, tt := range tests {
		loc, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		w, err := time.Parse(time.DateTime, tt.local)
		if err != nil {
			t.Fatal(err)
		}
		got := InZone(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, loc)
		if s := got.Time().Format(time.RFC3339); s != tt.want {
			t.Errorf("%s: InZone(%s %s) = %s, want %s", tt.name, tt.local, tt.zone, s, tt.want)
		}
	}
}
