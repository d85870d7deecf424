package source

import (
	"bytes"

	"github.com/takt-orders/takt/ingest/order"
)

// digits bound the decimals that int64 holds whatever they are.
const maxDigits = 18

// parseDecimal returns the number written in b in units of 10^-scale. It is exact;
// a number with more decimals is rounded, half away from zero. ok is false for
// what is no number and for one beyond 18 digits.
func parseDecimal(b []byte, scale int) (d order.Decimal, ok bool) {
	b = bytes.TrimSpace(b)
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative, b = b[0] == '-', b[1:]
	}
	whole, b := digits(b)
	var fraction []byte
	if len(b) > 0 && b[0] == '.' {
		fraction, b = digits(b[1:])
	}
	if len(whole)+len(fraction) == 0 {
		return d, false
	}
	exponent := scale
	if len(b) > 0 {
		e, ok := parseExponent(b)
		if !ok {
			return d, false
		}
		exponent += e
	}
	// The number is the digits whole+fraction, the point after place of them.
	place := len(whole) + exponent
	var units int64
	significant := 0
	for i := range max(place+1, 0) {
		var digit byte
		switch {
		case i < len(whole):
			digit = whole[i] - '0'
		case i-len(whole) < len(fraction):
			digit = fraction[i-len(whole)] - '0'
		case units == 0:
			return order.Decimal{Valid: true}, true // only zeros follow zeros
		}
		if i == place {
			if digit >= 5 {
				units++
			}
			break
		}
		if significant > 0 || digit > 0 {
			if significant++; significant > maxDigits {
				return d, false
			}
		}
		units = units*10 + int64(digit)
	}
	if negative {
		units = -units
	}
	return order.Decimal{Units: units, Valid: true}, true
}

// digits splits b after the digits it begins with.
func digits(b []byte) (head, tail []byte) {
	for i, c := range b {
		if c-'0' >= 10 {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// parseExponent reads "e+12". One beyond a million is cut there: the number is
// then zero or out of range all the same.
func parseExponent(b []byte) (e int, ok bool) {
	if b[0]|0x20 != 'e' {
		return 0, false
	}
	b = b[1:]
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative, b = b[0] == '-', b[1:]
	}
	number, rest := digits(b)
	if len(number) == 0 || len(rest) > 0 {
		return 0, false
	}
	for _, c := range number {
		e = min(e*10+int(c-'0'), 2_000_000)
	}
	if negative {
		e = -e
	}
	return e, true
}
