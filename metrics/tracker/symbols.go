package tracker

import "strings"

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

// symbols holds the dimensions' values once per tracker.
type symbols struct {
	ids   map[string]ref
	names []string
	bytes int64
	last  [8]struct {
		name string
		ref  ref
	}
}

func newSymbols() *symbols {
	return &symbols{ids: map[string]ref{"": 0}, names: []string{""}}
}

// find returns the ref of s, making one if there is room.
func (t *symbols) find(s string) (ref, bool) {
	if s == "" {
		return 0, true
	}
	// Neighbouring events share most dimensions: a tiny cache spares the map.
	slot := &t.last[(len(s)^int(s[len(s)-1]))&7]
	if slot.name == s {
		return slot.ref, true
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
	slot.name, slot.ref = t.names[r.index()], r
	return r, true
}
