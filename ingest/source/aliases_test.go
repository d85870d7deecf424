package source

import (
	"testing"

	"github.com/takt-orders/takt/ingest/order"
)

// A record that gives its order further numbers tells of each that it is merged into
// the order: once a number, and what is told last holds.
func TestAliases(t *testing.T) {
	d := mustDecoder(t, parseMapping(t, `
identity: content
fields: {order_id: no, occurred_at: at}
activity: {from: status}
aliases: [erp_no, parcels.0.no]
`))
	got := mustDecode(t, d, `{"no":"S1","status":"order.paid","at":"2025-01-05T00:00:00Z","erp_no":"E1","parcels":[{"no":"P1"}]}`)
	if len(got) != 3 || got[0].OrderID != "S1" || got[0].MergedInto() != "" {
		t.Fatalf("got %+v", got)
	}
	for i, number := range []string{"E1", "P1"} {
		e := &got[1+i]
		if e.OrderID != number || e.SourceOrder != number || e.MergedInto() != "S1" || e.Identity != order.IdentitySlot || e.OccurredAt != got[0].OccurredAt {
			t.Errorf("got %+v", e)
		}
	}
	again := mustDecode(t, d, `{"no":"S2","status":"order.packed","at":"2025-01-06T00:00:00Z","erp_no":"E1"}`)
	if len(again) != 2 || again[1].ID != got[1].ID || again[1].Content == got[1].Content {
		t.Errorf("got %+v, want a new version of %+v", again, got[1])
	}
	for _, none := range []string{
		`{"no":"S1","status":"order.paid","at":"2025-01-05T00:00:00Z"}`,
		`{"no":"S1","status":"order.paid","at":"2025-01-05T00:00:00Z","erp_no":"S1","parcels":[]}`,
	} {
		if got := mustDecode(t, d, none); len(got) != 1 {
			t.Errorf("%s: got %+v", none, got)
		}
	}
}
