package source

import (
	"bytes"
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

// isOwn reports whether AppendOwn wrote the record.
func isOwn(record []byte) bool { return bytes.HasPrefix(record, []byte(ownMark)) }

// ownMapping reports whether the mapping reads Takt's own records anyway.
func ownMapping(m *Mapping) bool {
	canonical := Canonical()
	canonical.MaxBytes = m.MaxBytes
	return reflect.DeepEqual(*m, canonical)
}
