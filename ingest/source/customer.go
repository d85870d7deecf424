package source

import (
	"encoding/hex"

	"github.com/cespare/xxhash/v2"
)

const (
	customerBytes = 16   // of the HMAC are kept
	customerSlots = 1024 // of the cache
	customerLong  = 64   // a longer name is not cached
)

// keyCache remembers the keys of recent customers: an order's events come close
// together.
type keyCache [customerSlots]struct{ customer, key string }

// customer returns the key of the record's customer: the first 16 bytes of
// HMAC-SHA256 under the installation's key, in hexadecimal.
func (d *Decoder) customer(a *Arena) string {
	t := d.first(&d.plan.customer)
	if t == nil {
		return ""
	}
	name := d.plain(t)
	slot := &d.keys[xxhash.Sum64(name)%customerSlots]
	if slot.customer == string(name) {
		return slot.key
	}
	d.mac.Reset()
	d.mac.Write(name)
	var key [2 * customerBytes]byte
	hex.Encode(key[:], d.mac.Sum(d.sum[:0])[:customerBytes])
	if len(name) <= customerLong {
		slot.customer, slot.key = string(name), string(key[:])
	}
	return a.copy(key[:])
}
