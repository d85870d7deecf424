package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// mask is a compiled set of personal paths.
type mask struct {
	root *masked
}

// masked is a place in the tree of personal paths.
type masked struct {
	hide     bool
	children map[string]*masked
}

// newMask returns nil if nothing is personal.
func newMask(m *Mapping) *mask {
	paths := append([]string(nil), m.Personal...)
	paths = append(paths, m.Fields.Customer.Path...)
	if program := m.Fields.Customer.Program; program != nil {
		paths = append(paths, program.Reads...)
	}
	if len(paths) == 0 {
		return nil
	}
	root := &masked{}
	for _, path := range paths {
		names, _ := splitPath(path)
		n := root
		for _, name := range names {
			child := n.children[name]
			if child == nil {
				child = &masked{}
				if n.children == nil {
					n.children = make(map[string]*masked)
				}
				n.children[name] = child
			}
			n = child
		}
		n.hide = true
	}
	return &mask{root}
}

// Mask returns the record as it may be kept in a dead letter: personal values are
// "***". Where the record departs from the shape that a personal path expects,
// what stands there is masked whole. A record that is too long, no JSON or not
// UTF-8 cannot be searched: if anything is personal, only its length is kept and, where
// the installation has a key, its keyed hash, by which two of them can be compared.
// The result may be value itself.
func (d *Decoder) Mask(value []byte) []byte {
	if d.personal == nil || len(value) == 0 {
		return value
	}
	if len(value) > d.max || !d.scan.record(value, nil) || !d.scan.utf8() {
		out := append([]byte(`{"unreadable_bytes":`), strconv.Itoa(len(value))...)
		if sum := d.keyed(value); sum != "" {
			out = append(append(append(out, `,"hmac_sha256":"`...), sum...), '"')
		}
		return append(out, '}')
	}
	w := masker{scan: &scanner{buf: value}, out: make([]byte, 0, len(value))}
	w.scan.space()
	w.value([]*masked{d.personal.root}, 0)
	return append(w.out, value[w.kept:]...)
}

// keyed is the record's keyed hash, empty where the installation has no key.
func (d *Decoder) keyed(value []byte) string {
	if len(d.key) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, d.key)
	mac.Write(value)
	return hex.EncodeToString(mac.Sum(nil))
}

// masker copies a valid record but for what is to be hidden.
type masker struct {
	scan *scanner
	out  []byte
	kept int // everything before it is in out
}

// value goes over the value at the scanner's place, to which the places of all
// paths at lead.
func (w *masker) value(at []*masked, depth int) {
	s := w.scan
	start, c := s.pos, s.buf[s.pos]
	hide := false
	for _, n := range at {
		hide = hide || n.hide || !n.expects(c)
	}
	if len(at) == 0 || hide || c != '{' && c != '[' {
		s.value(nil, depth)
		if hide && s.last.kind != null {
			w.out = append(append(w.out, s.buf[w.kept:start]...), `"***"`...)
			w.kept = s.pos
		}
		return
	}
	s.pos++
	s.space()
	for i := 0; s.buf[s.pos] != '}' && s.buf[s.pos] != ']'; i++ {
		name := strconv.Itoa(i)
		if c == '{' {
			raw, esc, _ := s.str()
			if name = string(raw); esc {
				name = string(unescape(nil, raw))
			}
			s.space()
			s.pos++ // the colon
			s.space()
		}
		var below []*masked
		for _, n := range at {
			for _, key := range [...]string{name, anyValue} {
				if child := n.children[key]; child != nil {
					below = append(below, child)
				}
			}
		}
		w.value(below, depth+1)
		s.space()
		if s.buf[s.pos] == ',' {
			s.pos++
			s.space()
		}
	}
	s.pos++
}

// expects reports whether the value that begins with c may hold what is personal
// below n in the shape that the paths have.
func (n *masked) expects(c byte) bool {
	if c == 'n' {
		return true // null
	}
	for name := range n.children {
		_, err := strconv.Atoi(name)
		switch {
		case name == anyValue && (c == '{' || c == '['):
		case err == nil && c == '[', err != nil && name != anyValue && c == '{':
		default:
			return false
		}
	}
	return true
}
