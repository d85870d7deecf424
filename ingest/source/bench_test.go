package source

import (
	"testing"

	"github.com/valyala/fastjson"

	"github.com/takt-orders/takt/ingest/order"
)

// benchRecord is an event of 14 fields in 0.57 kB, with members nobody maps.
const benchRecord = `{"order_id":"SO-2025-11-20-000123","line":"1","channel":"tmall","event":"paid",` +
	`"ts":"2025-11-20T10:12:13.123Z","rec":"2025-11-20T10:12:14.456Z","by":"u-10293","owner":"sales-ops",` +
	`"region":"Zhejiang","warehouse":"east-1","carrier":"SF","sku":"SKU-0099812","amount":1299.50,` +
	`"currency":"CNY","qty":3,"promise":"2025-11-25","address":{"street":"West Lake Road 18",` +
	`"city":"Hangzhou","zip":"310000"},"note":"please deliver after six, ring twice","tags":["vip","gift"],` +
	`"trace":"0af7651916cd43dd8448eb211c80319c","version":12,"flags":{"gift":true,"cod":false}}`

const benchMapping = `
zone: Asia/Shanghai
times: [rfc3339, date]
identity: content
fields:
  order_id: order_id
  unit: line
  channel: channel
  occurred_at: ts
  recorded_at: rec
  actor: by
  owner: owner
  region: region
  warehouse: warehouse
  carrier: carrier
  product: sku
  amount: amount
  currency: currency
  quantity: qty
  promised_at: promise
activity:
  from: event
  map: {placed: order.placed, paid: order.paid}
`

func benchDecode(b *testing.B, mapping, record string) {
	d := mustDecoder(b, parseMapping(b, mapping))
	value := []byte(record)
	arena := new(Arena)
	var events []order.Event
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	n := 0
	for b.Loop() {
		if n++; n%1000 == 0 {
			arena.Reset()
		}
		var inv *order.Invalid
		if events, inv = d.Decode(events[:0], value, now, arena); inv != nil || len(events) != 1 {
			b.Fatal(inv)
		}
	}
}

func BenchmarkDecode(b *testing.B) { benchDecode(b, benchMapping, benchRecord) }

func BenchmarkDecodeCustomer(b *testing.B) {
	benchDecode(b, benchMapping[:len(benchMapping)-len("activity:\n  from: event\n  map: {placed: order.placed, paid: order.paid}\n")]+
		"  customer: trace\nactivity: {from: event}\n", benchRecord)
}

func BenchmarkDecodeCanonical(b *testing.B) {
	d := mustDecoder(b, parseMapping(b, benchMapping))
	e := mustDecode(b, d, benchRecord)[0]
	e.Attributes = []order.Attribute{{Key: "note", Value: "ring twice"}, {Key: "trace", Value: "0af7651916cd"}}
	value := e.AppendJSON(nil, "d-1")
	c := mustDecoder(b, Canonical())
	arena := new(Arena)
	var events []order.Event
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		arena.Reset()
		var inv *order.Invalid
		if events, inv = c.Decode(events[:0], value, now, arena); inv != nil {
			b.Fatal(inv)
		}
	}
}

// BenchmarkScan is the scanner alone, BenchmarkFastjson what it replaces: parsing
// without a check of numbers, escapes and control characters, and 14 look-ups.
func BenchmarkScan(b *testing.B) {
	d := mustDecoder(b, parseMapping(b, benchMapping))
	value := []byte(benchRecord)
	b.ReportAllocs()
	for b.Loop() {
		if !d.scan.record(value, d.root) {
			b.Fatal("not taken")
		}
	}
}

func BenchmarkFastjson(b *testing.B) {
	var p fastjson.Parser
	value := []byte(benchRecord)
	b.ReportAllocs()
	for b.Loop() {
		v, err := p.ParseBytes(value)
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range [...]string{
			"order_id", "line", "channel", "event", "ts", "rec", "by", "owner", "region", "warehouse", "carrier",
			"sku", "currency", "promise",
		} {
			if len(v.GetStringBytes(name)) == 0 {
				b.Fatal(name)
			}
		}
	}
}
