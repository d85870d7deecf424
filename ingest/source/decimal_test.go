package source

import (
	"math/big"
	"strings"
	"testing"
)

func TestParseDecimal(t *testing.T) {
	tests := []struct {
		in    string
		scale int
		want  int64
		ok    bool
	}{
		{"0", 2, 0, true},
		{"-0", 2, 0, true},
		{"12.50", 2, 1250, true},
		{" 12.5 ", 2, 1250, true},
		{"+3", 3, 3000, true},
		{"-7.25", 2, -725, true},
		{"0.1", 2, 10, true},
		{"1.005", 2, 101, true}, // a float64 is 1.00499999999999989
		{"-1.005", 2, -101, true},
		{"1.0049999999999999999999999", 2, 100, true},
		{"2.675", 2, 268, true},
		{"0.004", 2, 0, true},
		{"0.005", 2, 1, true},
		{"1e2", 2, 10000, true},
		{"1.5E+3", 2, 150000, true},
		{"125e-1", 2, 1250, true},
		{"5e-3", 2, 1, true},
		{"5e-4", 2, 0, true},
		{"9007199254740993", 2, 900719925474099300, true}, // no float64
		{"9999999999999999.99", 2, 999999999999999999, true},
		{"99999999999999999", 2, 0, false},
		{"1e16", 2, 0, false},
		{"1e999999999999", 2, 0, false},
		{"0e999999999999", 2, 0, true},
		{"1e-999999999999", 2, 0, true},
		{strings.Repeat("0", 1000) + "1." + strings.Repeat("0", 1000), 2, 100, true},
		{"", 2, 0, false},
		{".", 2, 0, false},
		{".5", 2, 50, true},
		{"5.", 2, 500, true},
		{"1,234.50", 2, 0, false},
		{"12.50 CNY", 2, 0, false},
		{"1e", 2, 0, false},
		{"--1", 2, 0, false},
		{"0x10", 2, 0, false},
		{"NaN", 2, 0, false},
		{"Infinity", 2, 0, false},
	}
	for _, tt := range tests {
		got, ok := parseDecimal([]byte(tt.in), tt.scale)
		if ok != tt.ok || got.Valid != tt.ok || got.Units != tt.want && ok {
			t.Errorf("parseDecimal(%.30q, %d) = %v, %v, want %d, %v", tt.in, tt.scale, got, ok, tt.want, tt.ok)
		}
	}
}

// FuzzDecimal compares with exact rational arithmetic.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"12.505", "-0.005", "1e-2", "99999999999999999.995", "00012.5e+1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, ok := parseDecimal([]byte(in), 2)
		_, exponent, _ := strings.Cut(strings.ToLower(in), "e")
		if !ok || len(in) > 60 || len(exponent) > 3 {
			return
		}
		r, valid := new(big.Rat).SetString(strings.TrimSpace(in))
		if !valid {
			t.Fatalf("parseDecimal(%q) took what is no number", in)
		}
		// Half away from zero: floor of twice the absolute value plus one, halved.
		sign := r.Sign()
		r.Abs(r).Mul(r, big.NewRat(200, 1)).Add(r, big.NewRat(1, 1))
		units := new(big.Int).Quo(r.Num(), r.Denom())
		units.Rsh(units, 1)
		if sign < 0 {
			units.Neg(units)
		}
		if !units.IsInt64() || units.Int64() != got.Units {
			t.Fatalf("parseDecimal(%q) = %d, want %v", in, got.Units, units)
		}
	})
}
