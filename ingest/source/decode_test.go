package source

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
)

func instant(t testing.TB, s string) order.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return order.At(at)
}

func TestDecodeEveryField(t *testing.T) {
	d := mustDecoder(t, parseMapping(t, benchMapping+`
attributes: {note: note, street: address.street, second: tags.1, tags: tags, gift: flags.gift, absent: nowhere}
`))
	got := mustDecode(t, d, benchRecord)[0]
	want := order.Event{
		ID: got.ID, Identity: order.IdentityContent, Content: got.Content, OrderID: "SO-2025-11-20-000123", SourceOrder: "SO-2025-11-20-000123", Unit: "1",
		Process: "retail", Source: "test", Channel: "tmall", Activity: "order.paid",
		OccurredAt: instant(t, "2025-11-20T10:12:13.123Z"), RecordedAt: instant(t, "2025-11-20T10:12:14.456Z"),
		Actor: "u-10293", Owner: "sales-ops", Region: "Zhejiang", Warehouse: "east-1", Carrier: "SF",
		Product: "SKU-0099812", Amount: order.Decimal{Units: 129950, Valid: true}, Currency: "CNY",
		Quantity:   order.Decimal{Units: 3000, Valid: true},
		PromisedAt: instant(t, "2025-11-25T00:00:00+08:00"), PromiseKind: order.PromiseCurrent,
		Attributes: []order.Attribute{
			{Key: "gift", Value: "true"},
			{Key: "note", Value: "please deliver after six, ring twice"},
			{Key: "second", Value: "gift"},
			{Key: "street", Value: "West Lake Road 18"},
			{Key: "tags", Value: `["vip","gift"]`},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.ID == (order.ID{}) || got.Content == 0 {
		t.Error("the event has no identity")
	}
}

// TestRecords is the table of single records, good and bad.
func TestRecords(t *testing.T) {
	const mapping = `
identity: content
times: [rfc3339, epoch_ms]
max_bytes: 2000
pairs: [{field: x, sep: ';', eq: '='}]
fields:
  order_id: [no, x.no]
  source_order: theirs
  channel: {path: [shop, meta.shop], const: web}
  occurred_at: at
  recorded_at: seen
  amount: sum
  promised_at: due
  promise_kind: {path: kind, const: first}
  reason: why
attributes: {'*': more, why: why}
activity: {from: what}
`
	d := mustDecoder(t, parseMapping(t, mapping))
	const good = `"no":"1","what":"a","at":"2025-01-01T00:00:00Z"`
	tests := []struct{ name, record, want string }{
		{"least", `{` + good + `}`, `order 1/1 web a 2025-01-01T00:00:00Z`},
		{"number for a name", `{"no":12,"what":"a","at":1735689600000}`, `order 12/12 web a 2025-01-01T00:00:00Z`},
		{"alternative path", `{` + good + `,"shop":"","meta":{"shop":"pos"}}`, `order 1/1 pos a 2025-01-01T00:00:00Z`},
		{"null is absent", `{` + good + `,"shop":null,"sum":null,"due":null,"more":null}`, `order 1/1 web a 2025-01-01T00:00:00Z`},
		{"pairs", `{"x":"a=1; no = 7 ;;b","what":"a","at":"2025-01-01T00:00:00Z"}`, `order 7/7 web a 2025-01-01T00:00:00Z`},
		{"escaped pairs", `{"x":"n\u006f=7;","what":"a","at":"2025-01-01T00:00:00Z"}`, `order 7/7 web a 2025-01-01T00:00:00Z`},
		{"last member counts", `{` + good + `,"no":"2"}`, `order 2/2 web a 2025-01-01T00:00:00Z`},
		{"last member null", `{` + good + `,"no":null}`, `no_order: order_id`},
		{"source's number", `{` + good + `,"theirs":"T"}`, `order 1/T web a 2025-01-01T00:00:00Z`},
		{"number as text", `{` + good + `,"sum":"12.50"}`, `order 1/1 web a 2025-01-01T00:00:00Z amount 1250`},
		{"exponent", `{` + good + `,"sum":1.25e1}`, `order 1/1 web a 2025-01-01T00:00:00Z amount 1250`},
		{"promise", `{` + good + `,"due":"2025-02-01T00:00:00Z"}`, `order 1/1 web a 2025-01-01T00:00:00Z first`},
		{"kind of promise", `{` + good + `,"due":"2025-02-01T00:00:00Z","kind":"requested"}`, `order 1/1 web a 2025-01-01T00:00:00Z requested`},
		{"escapes", `{` + good + `,"shop":"\u4e2d\"\ud83d\ude00"}`, `order 1/1 中"😀 a 2025-01-01T00:00:00Z`},
		{"escaped NUL is a character", `{` + good + `,"shop":"a\u0000b"}`, "order 1/1 a\x00b a 2025-01-01T00:00:00Z"},
		{
			"attributes", `{` + good + `,"why":"w","more":{"b":"2","a":1,"why":"hidden","b":"3","c":"","d":[ 1 ]}}`,
			`order 1/1 web a 2025-01-01T00:00:00Z a=1 b=3 d=[ 1 ] why=w`,
		},
		{"attributes from no object", `{` + good + `,"more":"x"}`, `order 1/1 web a 2025-01-01T00:00:00Z`},

		{"nothing", ``, `not_json`},
		{"null", `null`, `not_json`},
		{"text", `"x"`, `not_json`},
		{"array", `[{` + good + `}]`, `not_json`},
		{"cut off", `{` + good, `not_json`},
		{"two records", `{` + good + `}{}`, `not_json`},
		{"raw NUL", "{" + good + ",\"shop\":\"\x00\"}", `not_json`},
		{"NUL behind", "{" + good + "}\x00", `not_json`},
		{"not a number", `{` + good + `,"sum":NaN}`, `not_json`},
		{"CSV", `1,a,2025-01-01`, `not_json`},
		{"unmapped part is bad", `{` + good + `,"zz":[1,}`, `not_json`},
		{"too deep", `{` + good + `,"zz":` + strings.Repeat("[", 256) + strings.Repeat("]", 256) + `}`, `not_json`},
		{"too large", `{` + good + `,"zz":"` + strings.Repeat("x", 2000) + `"}`, `too_large`},
		{"bad UTF-8", "{" + good + ",\"shop\":\"\xff\xfe\"}", `bad_utf8`},
		{"bad UTF-8, unmapped", "{" + good + ",\"zz\":\"\xc0\x80\"}", `bad_utf8`},
		{"GBK", "{" + good + ",\"shop\":\"\xd6\xd0\"}", `bad_utf8`},
		{"long name", `{` + good + `,"shop":"` + strings.Repeat("x", 513) + `"}`, `too_large: channel`},
		{"no order", `{"what":"a","at":"2025-01-01T00:00:00Z"}`, `no_order: order_id`},
		{"empty order", `{"no":"","what":"a","at":"2025-01-01T00:00:00Z"}`, `no_order: order_id`},
		{"order became an object", `{"no":{"id":1},"what":"a","at":"2025-01-01T00:00:00Z"}`, `no_order: order_id`},
		{"no activity", `{"no":"1","at":"2025-01-01T00:00:00Z"}`, `no_activity: activity`},
		{"activity became an array", `{"no":"1","what":["a"],"at":"2025-01-01T00:00:00Z"}`, `no_activity: activity`},
		{"no time", `{"no":"1","what":"a"}`, `bad_time: occurred_at`},
		{"time became an object", `{"no":"1","what":"a","at":{}}`, `bad_time: occurred_at`},
		{"time is true", `{"no":"1","what":"a","at":true}`, `bad_time: occurred_at`},
		{"time in another format", `{"no":"1","what":"a","at":"01.02.2025"}`, `bad_time: occurred_at`},
		{"bad time recorded", `{` + good + `,"seen":"soon"}`, `bad_time: recorded_at`},
		{"bad promise", `{` + good + `,"due":"soon"}`, `bad_time: promised_at`},
		{"1948", `{"no":"1","what":"a","at":"1948-01-26T22:59:00Z"}`, `time_out_of_range: occurred_at`},
		{"1970", `{"no":"1","what":"a","at":0}`, `time_out_of_range: occurred_at`},
		{"2099", `{"no":"1","what":"a","at":"2099-01-01T00:00:00Z"}`, `time_out_of_range: occurred_at`},
		{"promise of 9999", `{` + good + `,"due":"9999-12-31T00:00:00Z"}`, `time_out_of_range: promised_at`},
		{"amount in words", `{` + good + `,"sum":"twelve"}`, `number_out_of_range: amount`},
		{"amount is true", `{` + good + `,"sum":true}`, `number_out_of_range: amount`},
		{"amount became an object", `{` + good + `,"sum":{"v":1}}`, `number_out_of_range: amount`},
		{"huge amount", `{` + good + `,"sum":1e20}`, `number_out_of_range: amount`},
	}
	arena := new(Arena)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := []order.Event{{OrderID: "kept"}}
			events, inv := d.Decode(before, []byte(tt.record), now, arena)
			if inv != nil && (len(events) != 1 || events[0].OrderID != "kept") {
				t.Errorf("a dead record changed the events: %v", events)
			}
			got := reason(inv)
			if inv == nil {
				got = brief(&events[1])
			}
			if got != tt.want {
				t.Errorf("Decode(%.200s)\ngot  %s\nwant %s", tt.record, got, tt.want)
			}
		})
	}
}

// brief writes what the tables look at.
func brief(e *order.Event) string {
	s := "order " + e.OrderID + "/" + e.SourceOrder + " " + e.Channel + " " + e.Activity + " " +
		e.OccurredAt.Time().Format(time.RFC3339Nano)
	if e.Amount.Valid {
		s += " amount " + time.Duration(e.Amount.Units).String()
		s = strings.TrimSuffix(s, "ns")
		s = strings.Replace(s, "1.25µs", "1250", 1)
	}
	if e.PromiseKind != order.PromiseNone {
		s += " " + e.PromiseKind.String()
	}
	for _, a := range e.Attributes {
		s += " " + a.Key + "=" + a.Value
	}
	return s
}

func TestTooLargeByDefault(t *testing.T) {
	d := mustDecoder(t, Canonical())
	record := []byte(`{"order_id":"1","activity":"a","time":"2025-01-01T00:00:00Z","reason":"` + strings.Repeat("x", 16<<20) + `"}`)
	if _, inv := d.Decode(nil, record, now, new(Arena)); reason(inv) != "too_large" {
		t.Errorf("16 MB are %v", inv)
	}
	if _, inv := d.Decode(nil, record[:DefaultMaxBytes], now, new(Arena)); reason(inv) != "not_json" {
		t.Errorf("1 MiB, cut off, is %v", inv)
	}
}

// TestRecordedAt holds that a source that keeps no such time has the log's.
func TestRecordedAt(t *testing.T) {
	d := mustDecoder(t, Canonical())
	e := mustDecode(t, d, `{"order_id":"1","activity":"a","time":"2025-01-01T00:00:00Z"}`)[0]
	if e.RecordedAt != now {
		t.Errorf("RecordedAt = %v, want %v", e.RecordedAt.Time(), now.Time())
	}
}

// TestStringsOutliveTheRecord holds that events keep nothing of the record's buffer.
func TestStringsOutliveTheRecord(t *testing.T) {
	d := mustDecoder(t, parseMapping(t, benchMapping+"attributes: {'*': address}\n"))
	record := []byte(benchRecord)
	events, inv := d.Decode(nil, record, now, new(Arena))
	if inv != nil {
		t.Fatal(inv)
	}
	want := events[0].AppendJSON(nil, "")
	for i := range record {
		record[i] = 'X'
	}
	if got := events[0].AppendJSON(nil, ""); string(got) != string(want) {
		t.Errorf("the event became %s", got)
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	for name, mapping := range map[string]string{
		"fields":     benchMapping,
		"attributes": benchMapping + "attributes: {'*': address, note: note}\n",
		"unknown":    strings.Replace(benchMapping, "paid: order.paid}", "x: order.paid}\n  default: keep", 1),
		"looked up":  strings.Replace(benchMapping, "owner: owner", "owner: {path: owner, lookup: {file: t.csv, key: k, value: v, missing: keep}}", 1),
		"customer":   strings.Replace(benchMapping, "fields:", "fields:\n  customer: trace", 1),
	} {
		d := mustDecoder(t, withProgram(parseMapping(t, mapping), nil, nil))
		arena := new(Arena)
		var events []order.Event
		record := []byte(benchRecord)
		if n := testing.AllocsPerRun(1000, func() {
			arena.Reset()
			events, _ = d.Decode(events[:0], record, now, arena)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
