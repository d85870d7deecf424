package source

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// escape returns the length of the escape that b begins with, 0 if it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b[2:]); ok {
			return 6
		}
	}
	return 0
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c-'0' < 10:
			c -= '0'
		case (c|0x20)-'a' < 6:
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends raw, whose escapes are valid, to dst. Half a surrogate pair
// becomes U+FFFD, as encoding/json has it. The result is never longer than raw.
func unescape(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		c := raw[i+1]
		raw = raw[i+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(raw)
			raw = raw[4:]
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
					low, _ := hex4(raw[2:])
					pair = utf16.DecodeRune(r, low)
				}
				if r = pair; r != utf8.RuneError {
					raw = raw[6:]
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
}

// unescaped returns raw without escapes, valid until the next record.
func (s *scanner) unescaped(raw []byte) []byte {
	start := len(s.scratch)
	s.scratch = unescape(s.scratch, raw)
	return s.scratch[start:len(s.scratch):len(s.scratch)]
}

// takePairs takes the pairs in the last value as members of n.
func (s *scanner) takePairs(n *node) {
	raw := s.last.raw
	if s.last.esc {
		raw = s.unescaped(raw)
	}
	sep, eq := []byte(n.pairs.Sep), []byte(n.pairs.Eq)
	for len(raw) > 0 {
		var pair []byte
		pair, raw, _ = bytes.Cut(raw, sep)
		name, value, ok := bytes.Cut(pair, eq)
		if !ok {
			continue
		}
		name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
		if child := n.child(name); child != nil && child.leaf >= 0 {
			s.tokens[child.leaf] = token{value, text, false}
		}
		if n.wild >= 0 {
			s.members[n.wild] = append(s.members[n.wild], member{token{name, text, false}, token{value, text, false}})
		}
	}
}
