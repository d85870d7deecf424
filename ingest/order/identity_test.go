package order

import (
	"reflect"
	"testing"
)

func identified(e Event, kind IdentityKind, delivery, slot string, n int) Event {
	var h Hasher
	h.SetContent(&e)
	h.SetID(&e, kind, delivery, slot, n)
	return e
}

// TestContentCoversEveryField changes each field of an event in turn: the content
// changes with all but those that are not part of what the event says.
func TestContentCoversEveryField(t *testing.T) {
	outside := map[string]bool{"ID": true, "Content": true, "OrderID": true, "Process": true, "RecordedAt": true, "Moves": true}
	base := identified(Event{}, IdentityContent, "", "", 0)
	typ := reflect.TypeFor[Event]()
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		var e Event
		switch f := reflect.ValueOf(&e).Elem().Field(i); v := f.Addr().Interface().(type) {
		case *string:
			*v = "x"
		case *Instant:
			*v = 1
		case *Decimal:
			v.Valid = true
		case *PromiseKind:
			*v = PromiseFirst
		case *uint8:
			*v = 1
		case *[]Attribute:
			*v = []Attribute{{"k", "v"}}
		case *ID, *IdentityKind, *uint64:
			continue
		default:
			t.Fatalf("%s: a kind of field this test does not know", name)
		}
		if changed := identified(e, IdentityContent, "", "", 0).Content != base.Content; changed == outside[name] {
			t.Errorf("%s: content changed = %v", name, changed)
		}
	}
}

// TestContentKeepsFieldsApart holds that text does not move between fields.
func TestContentKeepsFieldsApart(t *testing.T) {
	seen := map[uint64]int{}
	for i, e := range []Event{
		{Unit: "ab"},
		{Channel: "ab"},
		{Unit: "a", Channel: "b"},
		{Unit: "a", Activity: "b"},
		{Attributes: []Attribute{{"a", "b"}}},
		{Attributes: []Attribute{{"ab", ""}}},
		{Attributes: []Attribute{{"", "ab"}}},
		{Amount: Decimal{1, true}},
		{Quantity: Decimal{1, true}},
		{OccurredAt: 1},
		{PromisedAt: 1},
	} {
		content := identified(e, IdentityContent, "", "", 0).Content
		if j, ok := seen[content]; ok {
			t.Errorf("events %d and %d have one content", j, i)
		}
		seen[content] = i
	}
}

func TestIdentity(t *testing.T) {
	e := Event{Source: "erp", SourceOrder: "1", OrderID: "1", Activity: "order.paid", OccurredAt: 5}
	aliased, later, other, elsewhere := e, e, e, e
	aliased.OrderID = "T-1"
	later.OccurredAt = 6
	other.SourceOrder = "2"
	elsewhere.Process = "returns"
	tests := []struct {
		name string
		a, b Event
		same bool
	}{
		{"content, alias", identified(e, IdentityContent, "", "", 0), identified(aliased, IdentityContent, "", "", 0), true},
		{"content, changed", identified(e, IdentityContent, "", "", 0), identified(later, IdentityContent, "", "", 0), false},
		{"slot, changed", identified(e, IdentitySlot, "", "paid", 0), identified(later, IdentitySlot, "", "paid", 0), true},
		{"slot, another", identified(e, IdentitySlot, "", "paid", 0), identified(e, IdentitySlot, "", "sent", 0), false},
		{"slot, again", identified(e, IdentitySlot, "", "paid", 0), identified(e, IdentitySlot, "", "paid", 1), false},
		{"slot, another order", identified(e, IdentitySlot, "", "paid", 0), identified(other, IdentitySlot, "", "paid", 0), false},
		{"delivery, changed", identified(e, IdentityDelivery, "d", "", 0), identified(later, IdentityDelivery, "d", "", 0), true},
		{"delivery, another", identified(e, IdentityDelivery, "d", "", 0), identified(e, IdentityDelivery, "f", "", 0), false},
		{"delivery, parts", identified(e, IdentityDelivery, "d", "x", 0), identified(e, IdentityDelivery, "d", "y", 0), false},
		{"delivery, another process", identified(e, IdentityDelivery, "d", "", 0), identified(elsewhere, IdentityDelivery, "d", "", 0), false},
		{"delivery and slot", identified(e, IdentityDelivery, "d", "", 0), identified(e, IdentitySlot, "", "d", 0), false},
	}
	for _, tt := range tests {
		if same := tt.a.ID == tt.b.ID; same != tt.same {
			t.Errorf("%s: same identity = %v, want %v", tt.name, same, tt.same)
		}
	}
	a, b := identified(e, IdentitySlot, "", "paid", 0).ID, identified(e, IdentitySlot, "", "sent", 0).ID
	if [8]byte(a[:8]) != [8]byte(b[:8]) || a.Low() == b.Low() {
		t.Error("events of one order do not lie together")
	}
	if got := identified(e, IdentitySlot, "", "paid", 0).ID.String(); got != goldenID {
		t.Errorf("the identity is %s: stored events would no longer be recognised, want %s", got, goldenID)
	}
}

// goldenID pins the form of identities: they are stored.
const goldenID = "8008e291e37678f06025f5312c601474"

func TestVersion(t *testing.T) {
	for _, tt := range []struct {
		a, b Version
		want bool
	}{
		{Version{1, 9}, Version{2, 1}, true},
		{Version{2, 1}, Version{1, 9}, false},
		{Version{1, 1}, Version{1, 2}, true},
		{Version{1, 1}, Version{1, 1}, false},
	} {
		if got := tt.a.Less(tt.b); got != tt.want {
			t.Errorf("%v.Less(%v) = %v", tt.a, tt.b, got)
		}
	}
}
