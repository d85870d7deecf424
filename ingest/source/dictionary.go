package source

import "encoding/binary"

const (
	dictionaryNames = 64 << 10 // names a dictionary holds at most
	dictionaryBytes = 64       // a longer one is never held
	frontBits       = 12       // log2 of the slots of the cache before the map
)

// dictionary interns names of which a source has few. What it returns lives as
// long as it does.
type dictionary struct {
	front [1 << frontBits]string
	all   map[string]string
}

// get returns b as a string; ok is false if it is not held and cannot be.
func (d *dictionary) get(b []byte) (s string, ok bool) {
	n := len(b)
	if n == 0 {
		return "", true
	}
	if n > dictionaryBytes {
		return "", false
	}
	slot := frontSlot(b)
	if s = d.front[slot]; s == string(b) {
		return s, true
	}
	if s, ok = d.all[string(b)]; !ok {
		if len(d.all) >= dictionaryNames {
			return "", false
		}
		if d.all == nil {
			d.all = make(map[string]string)
		}
		s = string(b)
		d.all[s] = s
	}
	d.front[slot] = s
	return s, true
}

// frontSlot tells names by their length and the bytes at both ends, where they differ.
func frontSlot(b []byte) uint64 {
	var head, tail uint64
	if n := len(b); n >= 8 {
		head, tail = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	} else {
		for _, c := range b {
			head = head<<8 | uint64(c)
		}
	}
	const spread = 0x9e3779b97f4a7c15
	return ((head*spread ^ tail + uint64(len(b))) * spread) >> (64 - frontBits)
}
