package source

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
)

// events draws events as a decoder makes them: attributes by name, a promise with
// its kind, what was recorded known.
func drawEvent(t *rapid.T) order.Event {
	some := func(name string) string { return rapid.StringN(0, 20, 80).Draw(t, name) }
	must := func(name string) string { return rapid.StringN(1, 20, 80).Draw(t, name) }
	at := func(name string, years int) order.Instant {
		first := order.At(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
		return first + order.Instant(rapid.Int64Range(0, int64(years)*365*86_400_000).Draw(t, name))
	}
	decimal := func(name string) order.Decimal {
		const most = 999_999_999_999_999_999
		if !rapid.Bool().Draw(t, name+" given") {
			return order.Decimal{}
		}
		return order.Decimal{Units: rapid.Int64Range(-most, most).Draw(t, name), Valid: true}
	}
	e := order.Event{
		OrderID: must("order"), SourceOrder: must("source order"), Unit: some("unit"), Process: "retail",
		Source: must("source"), Channel: some("channel"), Activity: must("activity"), OccurredAt: at("occurred", 26),
		RecordedAt: at("recorded", 26), Actor: some("actor"), Owner: some("owner"), Region: some("region"),
		Warehouse: some("warehouse"), Carrier: some("carrier"), Supplier: some("supplier"), Product: some("product"),
		CustomerKey: some("customer"), Amount: decimal("amount"), Currency: some("currency"),
		Quantity: decimal("quantity"), Reason: some("reason"),
	}
	if rapid.Bool().Draw(t, "promise given") {
		e.PromisedAt = at("promised", 199)
		e.PromiseKind = order.PromiseKind(rapid.IntRange(1, 3).Draw(t, "kind"))
	}
	keys := rapid.SliceOfNDistinct(rapid.StringN(1, 10, 40), 0, 4, rapid.ID[string]).Draw(t, "keys")
	slices.Sort(keys)
	for _, k := range keys {
		e.Attributes = append(e.Attributes, order.Attribute{Key: k, Value: must("value")})
	}
	return e
}

// TestCanonicalRoundTrip: what AppendJSON writes, Canonical reads.
func TestCanonicalRoundTrip(t *testing.T) {
	d := mustDecoder(t, Canonical())
	var h order.Hasher
	rapid.Check(t, func(rt *rapid.T) {
		want := drawEvent(rt)
		delivery := rapid.StringN(0, 10, 40).Draw(rt, "delivery")
		kind := order.IdentityDelivery
		if delivery == "" {
			kind = order.IdentityContent
		}
		h.SetContent(&want)
		h.SetID(&want, kind, delivery, "", 0)
		record := want.AppendJSON(nil, delivery)
		got, inv := d.Decode(nil, record, now, new(Arena))
		if inv != nil {
			rt.Fatalf("Decode(%s) = %v", record, inv)
		}
		if diff := cmp.Diff([]order.Event{want}, got); diff != "" {
			rt.Fatalf("%s\n%s", record, diff)
		}
	})
}

func TestCanonicalCloudEvent(t *testing.T) {
	d := mustDecoder(t, Canonical())
	got := mustDecode(t, d, `{"specversion":"1.0","id":"d-1","source":"/erp/orders","type":"order.paid",`+
		`"time":"2025-11-20T10:12:13Z","datacontenttype":"application/json",`+
		`"data":{"order_id":"1","amount":"12.50","attributes":{"k":"v"}}}`)[0]
	if got.OrderID != "1" || got.Source != "/erp/orders" || got.Activity != "order.paid" || got.Amount.Units != 1250 ||
		got.OccurredAt != instant(t, "2025-11-20T10:12:13Z") || got.Attr("k") != "v" {
		t.Errorf("got %+v", got)
	}
	again := mustDecode(t, d, `{"id":"d-1","source":"/erp/orders","order_id":"1","activity":"order.paid","time":"2025-11-21T00:00:00Z"}`)[0]
	if again.ID != got.ID || again.Content == got.Content {
		t.Error("one delivery has two identities, or two contents are equal")
	}
}

// TestIdentifiedRoundTrip: an event keeps the identity that it was given, of whichever
// kind, also under another order number.
func TestIdentifiedRoundTrip(t *testing.T) {
	d := mustDecoder(t, Canonical())
	var h order.Hasher
	rapid.Check(t, func(rt *rapid.T) {
		want := drawEvent(rt)
		h.SetContent(&want)
		kind := order.IdentityKind(rapid.IntRange(1, 3).Draw(rt, "identity"))
		h.SetID(&want, kind, rapid.String().Draw(rt, "delivery"), rapid.String().Draw(rt, "slot"), rapid.IntRange(0, 3).Draw(rt, "n"))
		want.OrderID = rapid.StringN(1, 20, 80).Draw(rt, "unified")
		want.Moves = uint8(rapid.IntRange(0, order.MovesMost).Draw(rt, "moves"))
		record := want.AppendIdentified(nil)
		got, inv := d.Decode(nil, record, now, new(Arena))
		if inv != nil {
			rt.Fatalf("Decode(%s) = %v", record, inv)
		}
		if diff := cmp.Diff([]order.Event{want}, got); diff != "" {
			rt.Fatalf("%s\n%s", record, diff)
		}
	})
}
