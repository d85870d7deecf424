package source

import "unicode/utf8"

// kind is what a token is.
type kind uint8

const (
	absent kind = iota
	null
	boolean
	number
	text
	composite // an object or an array
)

// token is one value as it stands in the record.
type token struct {
	raw  []byte // of a text without its quotes; aliases the record or the scratch buffer
	kind kind
	esc  bool // raw holds escapes
}

// empty reports whether the token says nothing.
func (t *token) empty() bool { return t.kind <= null || len(t.raw) == 0 }

// member is a named token of a wildcard.
type member struct{ name, value token }

// scanner checks a record and takes the tokens that a tree of paths asks for.
type scanner struct {
	buf     []byte
	pos     int
	high    bool // bytes beyond ASCII were seen
	last    token
	tokens  []token
	members [][]member // by wildcard
	scratch []byte     // unescaped names and pairs of the record under way
}

// record scans one whole record. ok is false if it is not a JSON object.
func (s *scanner) record(buf []byte, root *node) (ok bool) {
	s.buf, s.pos, s.high = buf, 0, false
	clear(s.tokens)
	for i := range s.members {
		s.members[i] = s.members[i][:0]
	}
	s.scratch = s.scratch[:0]
	s.space()
	if s.pos >= len(buf) || buf[s.pos] != '{' || !s.value(root, 0) {
		return false
	}
	s.space()
	return s.pos == len(buf)
}

// utf8 reports whether the record scanned last is valid UTF-8.
func (s *scanner) utf8() bool { return !s.high || utf8.Valid(s.buf) }

func (s *scanner) space() {
	for s.pos < len(s.buf) && s.buf[s.pos] <= ' ' {
		if c := s.buf[s.pos]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return
		}
		s.pos++
	}
}

// value scans the value at pos, which is mapped by n (nil: not mapped), and
// leaves it in last.
func (s *scanner) value(n *node, depth int) bool {
	if s.pos >= len(s.buf) {
		return false
	}
	start := s.pos
	switch c := s.buf[s.pos]; c {
	case '"':
		raw, esc, ok := s.str()
		if !ok {
			return false
		}
		s.last = token{raw, text, esc}
	case '{', '[':
		if depth++; depth > MaxDepth {
			return false
		}
		if c == '{' && !s.object(n, depth) || c == '[' && !s.array(n, depth) {
			return false
		}
		s.last = token{s.buf[start:s.pos], composite, false}
	case 't':
		return s.word("true", boolean, n)
	case 'f':
		return s.word("false", boolean, n)
	case 'n':
		return s.word("null", null, n)
	default:
		if !s.num() {
			return false
		}
		s.last = token{s.buf[start:s.pos], number, false}
	}
	if n != nil {
		s.take(n)
	}
	return true
}

// take stores the last value under n.
func (s *scanner) take(n *node) {
	if n.leaf >= 0 {
		s.tokens[n.leaf] = s.last
	}
	if n.pairs != nil && s.last.kind == text {
		s.takePairs(n)
	}
}

func (s *scanner) word(w string, k kind, n *node) bool {
	if len(s.buf)-s.pos < len(w) || string(s.buf[s.pos:s.pos+len(w)]) != w {
		return false
	}
	s.last = token{s.buf[s.pos : s.pos+len(w)], k, false}
	s.pos += len(w)
	if n != nil {
		s.take(n)
	}
	return true
}

func (s *scanner) object(n *node, depth int) bool {
	s.pos++
	s.space()
	if s.pos < len(s.buf) && s.buf[s.pos] == '}' {
		s.pos++
		return true
	}
	for {
		if s.pos >= len(s.buf) || s.buf[s.pos] != '"' {
			return false
		}
		name, esc, ok := s.str()
		if !ok {
			return false
		}
		s.space()
		if s.pos >= len(s.buf) || s.buf[s.pos] != ':' {
			return false
		}
		s.pos++
		s.space()
		var child *node
		if n != nil {
			if esc {
				name, esc = s.unescaped(name), false
			}
			if child = n.child(name); child != nil {
				s.forget(child)
			}
		}
		if !s.value(child, depth) {
			return false
		}
		if n != nil && n.wild >= 0 {
			s.members[n.wild] = append(s.members[n.wild], member{token{name, text, esc}, s.last})
		}
		s.space()
		if s.pos >= len(s.buf) {
			return false
		}
		c := s.buf[s.pos]
		s.pos++
		if c == '}' {
			return true
		}
		if c != ',' {
			return false
		}
		s.space()
	}
}

func (s *scanner) array(n *node, depth int) bool {
	s.pos++
	s.space()
	if s.pos < len(s.buf) && s.buf[s.pos] == ']' {
		s.pos++
		return true
	}
	for i := 0; ; i++ {
		var child *node
		if n != nil {
			child = n.place(i)
		}
		if !s.value(child, depth) {
			return false
		}
		s.space()
		if s.pos >= len(s.buf) {
			return false
		}
		c := s.buf[s.pos]
		s.pos++
		if c == ']' {
			return true
		}
		if c != ',' {
			return false
		}
		s.space()
	}
}

// forget drops what an earlier member of the same name left: the last counts.
func (s *scanner) forget(n *node) {
	for i := n.lo; i < n.hi; i++ {
		s.tokens[i].kind = absent
	}
	for i := n.wlo; i < n.whi; i++ {
		s.members[i] = s.members[i][:0]
	}
}
