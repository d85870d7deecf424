package source

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// str scans the string at pos and returns what stands between its quotes.
func (s *scanner) str() (raw []byte, esc, ok bool) {
	buf, i := s.buf, s.pos+1
	start := i
	for {
		// Eight bytes at a time while none is special. The lowest bit set belongs
		// to the first special byte: a borrow can only reach bytes above one.
		for i+8 <= len(buf) {
			x := binary.LittleEndian.Uint64(buf[i:])
			quote, slash := x^(ones*'"'), x^(ones*'\\')
			special := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*0x20)&^x | x) & highs
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		if i >= len(buf) {
			return nil, false, false
		}
		switch c := buf[i]; {
		case c == '"':
			s.pos = i + 1
			return buf[start:i], esc, true
		case c == '\\':
			esc = true
			n := escape(buf[i:])
			if n == 0 {
				return nil, false, false
			}
			i += n
		case c < 0x20:
			return nil, false, false
		case c >= utf8.RuneSelf:
			s.high = true
			for i++; i < len(buf) && buf[i] >= utf8.RuneSelf; i++ {
			}
		default:
			i++
		}
	}
}

// num scans the number at pos.
func (s *scanner) num() bool {
	buf, i := s.buf, s.pos
	digits := func() bool {
		start := i
		for i < len(buf) && buf[i]-'0' < 10 {
			i++
		}
		return i > start
	}
	if buf[i] == '-' {
		i++
	}
	if i < len(buf) && buf[i] == '0' {
		i++
	} else if !digits() {
		return false
	}
	if i < len(buf) && buf[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(buf) && buf[i]|0x20 == 'e' {
		if i++; i < len(buf) && (buf[i] == '+' || buf[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	s.pos = i
	return true
}
