package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
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

// TestShorten reads what stands for a record that was too long as a dead letter that
// tells its length, its order and, unless something in it is personal, its beginning.
func TestShorten(t *testing.T) {
	const mapping = `
identity: content
times: [rfc3339]
max_bytes: 1000
fields: {order_id: no, occurred_at: at}
activity: {from: status, map: {new: order.placed}}
`
	long := []byte(`{"no":"SO-1","note":"` + strings.Repeat("长", 1000) + `","name":"王芳"}`)
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write(long)
	whole := fmt.Sprintf(`{"takt":"too_large","bytes":%d,"order_id":"SO-1",`, len(long))
	for name, c := range map[string]struct{ mapping, value, want string }{
		"whole":     {mapping, string(long), whole + `"begins":"{\"no\":\"SO-1\",\"note\":\"` + strings.Repeat("长", 334) + `"}`},
		"personal":  {mapping + "personal: [name]\n", string(long), whole + `"hmac_sha256":"` + hex.EncodeToString(mac.Sum(nil)) + `"}`},
		"no number": {mapping, `{"name":"x"}`, `{"takt":"too_large","bytes":12,"begins":"{\"name\":\"x\"}"}`},
		"no JSON":   {mapping, `{"no":`, `{"takt":"too_large","bytes":6,"begins":"{\"no\":"}`},
	} {
		d := mustDecoder(t, parseMapping(t, c.mapping))
		short := d.Shorten([]byte(c.value))
		if diff := cmp.Diff(c.want, string(short)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, m := range []Mapping{parseMapping(t, c.mapping), Canonical()} {
			var a Arena
			events, inv := mustDecoder(t, m).Decode(nil, short, instant(t, "2025-11-21T00:00:00Z"), &a)
			if inv == nil || *inv != (order.Invalid{Reason: order.TooLarge, Field: "max.message.bytes"}) || len(events) > 0 {
				t.Errorf("%s: got %v, %v", name, events, inv)
			}
		}
		if kept := d.Mask(short); string(kept) != string(short) {
			t.Errorf("%s: masked to %s", name, kept)
		}
	}
}
