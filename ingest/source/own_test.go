package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
)

// TestOwn reads Takt's own report from the topic of a source, whatever its mapping.
func TestOwn(t *testing.T) {
	const mapping = `
identity: content
times: [rfc3339]
fields: {order_id: no, occurred_at: at}
activity: {from: status, map: {new: order.placed}}
`
	canonical := Canonical()
	canonical.MaxBytes = 1 << 20 // as the configuration sets it
	e := order.Event{
		OrderID: "SO-1", Source: "shop", Channel: "网店", Activity: "exception.missing", OccurredAt: instant(t, "2025-11-20T02:00:00Z"),
		RecordedAt: instant(t, "2025-11-20T02:00:00Z"), Actor: order.Reconciler, Owner: "li", Reason: "not_in_takt",
	}
	record := AppendOwn([]byte("kept"), &e, "run-1")[len("kept"):]
	var ids []order.ID
	for name, m := range map[string]Mapping{"mapped": parseMapping(t, mapping), "canonical": canonical} {
		d := mustDecoder(t, m)
		var a Arena
		events, inv := d.Decode(nil, record, instant(t, "2025-11-21T00:00:00Z"), &a)
		if inv != nil || len(events) != 1 {
			t.Fatalf("%s: got %d events, %v of %s", name, len(events), inv, record)
		}
		got := events[0]
		ids = append(ids, got.ID)
		want := e
		want.SourceOrder, want.Process = "SO-1", got.Process
		want.ID, want.Identity, want.Content = got.ID, order.IdentityDelivery, got.Content
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if ids[0] != ids[1] {
		t.Error("one report is two events under two mappings")
	}
	var a Arena
	if _, inv := mustDecoder(t, parseMapping(t, mapping)).Decode(nil, record[:len(record)-1], instant(t, "2025-11-21T00:00:00Z"), &a); inv == nil || inv.Reason != order.NotJSON {
		t.Errorf("a torn report: got %v", inv)
	}
}
