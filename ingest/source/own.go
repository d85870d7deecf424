package source

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/takt-orders/takt/ingest/order"
)

// ownMark begins every record that Takt itself adds to the topic of a source.
const ownMark = `{"takt":"report",`

// AppendOwn appends a record by which Takt reports an event about an order of a source
// to the source's own topic. delivery identifies it.
func AppendOwn(dst []byte, e *order.Event, delivery string) []byte {
	n := len(dst) + len(ownMark) - 1
	dst = e.AppendJSON(append(dst, ownMark[:len(ownMark)-1]...), delivery)
	dst[n] = ',' // instead of the brace that opened the event
	return dst
}

// shortMark begins every record that Shorten wrote.
const shortMark = `{"takt":"too_large",`

// shortened is a record that Shorten wrote.
type shortened struct {
	Takt   string `json:"takt"` // first: shortMark
	Bytes  int    `json:"bytes"`
	Order  string `json:"order_id,omitempty"`
	Begins string `json:"begins,omitempty"`
	HMAC   string `json:"hmac_sha256,omitempty"`
}

const (
	shortBegins = 1 << 10             // bytes
	shortField  = "max.message.bytes" // of the topic: what was at fault
)

// Shorten returns a record that stands in a topic for one that is longer than the topic
// takes, and that every mapping reads as a dead letter. It tells how many bytes the
// record had, the number of its order and how it began; where anything in it is
// personal its keyed hash stands for its beginning, as in Mask.
func (d *Decoder) Shorten(value []byte) []byte {
	s := shortened{Takt: order.TooLarge.String(), Bytes: len(value)}
	if d.scan.record(value, d.root) && d.scan.utf8() && d.compute(d.plan.numbered) == nil {
		var a Arena
		s.Order = d.number(&d.plan.order, &a)
	}
	if d.personal != nil {
		s.HMAC = d.keyed(value)
	} else {
		s.Begins = string(bytes.ToValidUTF8(value[:min(len(value), shortBegins)], nil)) // a rune that is cut goes
	}
	out, _ := json.Marshal(s) // numbers and texts always have a JSON form
	return out
}

// isShort reports whether Shorten wrote the record.
func isShort(record []byte) bool { return bytes.HasPrefix(record, []byte(shortMark)) }

// isOwn reports whether AppendOwn wrote the record.
func isOwn(record []byte) bool { return bytes.HasPrefix(record, []byte(ownMark)) }

// ownMapping reports whether the mapping reads Takt's own records anyway.
func ownMapping(m *Mapping) bool {
	canonical := Canonical()
	canonical.MaxBytes = m.MaxBytes
	return reflect.DeepEqual(*m, canonical)
}
