package order

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// ID identifies an event. Its first eight bytes hash the process, the source and
// the source's own order number, so that an order's events lie together when sorted
// by ID and two processes share none; the last eight hash the source's identity. It
// is computed before any alias or key, so that a late alias repeats no event.
type ID [16]byte

// String returns the ID as 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Low returns the half of the ID that identifies the event within its order.
func (id ID) Low() uint64 { return binary.BigEndian.Uint64(id[8:]) }

// IdentityKind is the way a source's events are told apart.
type IdentityKind uint8

// The kinds of identity.
const (
	// IdentityContent: two events are one if they say the same, RecordedAt and
	// transport fields aside.
	IdentityContent IdentityKind = iota + 1
	// IdentityDelivery: the source numbers its deliveries.
	IdentityDelivery
	// IdentitySlot: the source keeps one date per step, order and unit; a new
	// date replaces the old one.
	IdentitySlot
)

// identityNames are the kinds' names, as mappings and columns have them.
var identityNames = [...]string{IdentityContent: "content", IdentityDelivery: "delivery", IdentitySlot: "slot"}

// String returns the kind's name.
func (k IdentityKind) String() string { return identityNames[k] }

// SetIdentity gives the event the identity that AppendIdentified wrote; false is a
// text that it never writes.
func (e *Event) SetIdentity(text string) bool {
	name, digits, _ := strings.Cut(text, ":")
	kind := slices.Index(identityNames[:], name)
	if kind < int(IdentityContent) || len(digits) != 2*len(e.ID) {
		return false
	}
	var id ID
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return false
	}
	e.ID, e.Identity = id, IdentityKind(kind)
	return true
}

// Hasher computes identities and content hashes. It reuses one buffer and is
// for one goroutine.
type Hasher struct{ buf []byte }

func (h *Hasher) str(s string) {
	h.buf = binary.AppendUvarint(h.buf, uint64(len(s)))
	h.buf = append(h.buf, s...)
}

func (h *Hasher) num(n int64) { h.buf = binary.AppendVarint(h.buf, n) }

func (h *Hasher) decimal(d Decimal) {
	if d.Valid {
		h.buf = append(h.buf, 1)
		h.num(d.Units)
	} else {
		h.buf = append(h.buf, 0)
	}
}

// SetContent sets e.Content, the hash of what e says: every field but ID,
// OrderID and Moves (which an alias may change), RecordedAt and Process.
func (h *Hasher) SetContent(e *Event) {
	h.buf = h.buf[:0]
	for _, s := range [...]string{
		e.Source, e.SourceOrder, e.Unit, e.Channel, e.Activity, e.Actor, e.Owner, e.Region, e.Warehouse,
		e.Carrier, e.Supplier, e.Product, e.CustomerKey, e.Currency, e.Reason,
	} {
		h.str(s)
	}
	h.num(int64(e.OccurredAt))
	h.decimal(e.Amount)
	h.decimal(e.Quantity)
	h.num(int64(e.PromisedAt))
	h.buf = append(h.buf, byte(e.PromiseKind))
	for i := range e.Attributes {
		h.str(e.Attributes[i].Key)
		h.str(e.Attributes[i].Value)
	}
	e.Content = xxhash.Sum64(h.buf)
}

// SetID sets e.ID by kind; SetContent comes first. delivery is the source's
// delivery number (IdentityDelivery), slot the activity or date column and n its
// occurrence (IdentitySlot). Content and the last half of ID know of no process.
func (h *Hasher) SetID(e *Event, kind IdentityKind, delivery, slot string, n int) {
	e.Identity = kind
	h.buf = h.buf[:0]
	h.str(e.Source)
	h.str(e.SourceOrder)
	own := len(h.buf)
	h.str(e.Process)
	binary.BigEndian.PutUint64(e.ID[:8], xxhash.Sum64(h.buf))
	h.buf = append(h.buf[:own], byte(kind))
	switch kind {
	case IdentityDelivery:
		h.str(delivery)
		h.str(slot)
	case IdentitySlot:
		h.str(e.Unit)
		h.str(slot)
		h.str(strconv.Itoa(n))
	default:
		h.buf = binary.BigEndian.AppendUint64(h.buf, e.Content)
	}
	binary.BigEndian.PutUint64(e.ID[8:], xxhash.Sum64(h.buf))
}
