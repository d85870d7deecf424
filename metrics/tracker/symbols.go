package tracker

import (
	"strings"
	"unsafe"
)

// ref names a string of a record: an even ref is a symbol of the tracker's
// table, an odd one a string kept in the record itself. 0 is the empty string.
type ref uint32

func symbolRef(i int) ref { return ref(i << 1) }
func localRef(i int) ref  { return ref(i<<1 | 1) }

func (r ref) local() bool { return r&1 == 1 }
func (r ref) index() int  { return int(r >> 1) }

// maxSymbols bounds the table: dimensions are few, and a source that puts free
// text into one must not grow a tracker for ever. Beyond it strings stay local.
const maxSymbols = 1 << 20

// seenBits is log2 of the slots of the cache before the map.
const seenBits = 12

// symbols holds the dimensions' values once per tracker.
type symbols struct {
	ids   map[string]ref
	names []string
	bytes int64
	seen  [1 << seenBits]ref // by address
}

func newSymbols() *symbols {
	return &symbols{ids: map[string]ref{"": 0}, names: []string{""}}
}

// find returns the ref of s, making one if there is room.
func (t *symbols) find(s string) (ref, bool) {
	if s == "" {
		return 0, true
	}
	// Names come interned, so that most have been seen at their address: looking
	// there first spares hashing them.
	at := uintptr(unsafe.Pointer(unsafe.StringData(s)))
	slot := &t.seen[(uint64(at)+uint64(len(s)))*mixConstant>>(64-seenBits)]
	if t.names[slot.index()] == s {
		return *slot, true
	}
	r, ok := t.ids[s]
	if !ok {
		if len(t.names) >= maxSymbols {
			return 0, false
		}
		s = strings.Clone(s)
		r = symbolRef(len(t.names))
		t.names = append(t.names, s)
		t.ids[s] = r
		t.bytes += int64(len(s)) + 48
	}
	*slot = r
	return r, true
}
