package xlsx

import "testing"

func TestKindOf(t *testing.T) {
	date, clock, both := kind{date: true}, kind{clock: true}, kind{date: true, clock: true}
	tests := map[string]kind{
		"General":                      {},
		"0.00E+00":                     {},
		`#,##0.00\ "kr"`:               {},
		`[Red]-#,##0;"days"0`:          {},
		`0"d"\d_d*d`:                   {},
		`[$-404]e/m/d`:                 date,
		"mmm":                          date,
		"yyyy-mm-dd":                   date,
		`yyyy"年"m"月"d"日"`:              date,
		"h:mm AM/PM":                   clock,
		"mm:ss.0":                      clock,
		`上午/下午h"时"mm"分"`:               clock,
		"[$-F800]dddd, mmmm dd, yyyy":  date,
		"yyyy/m/d h:mm;@":              both,
		`[h]:mm:ss`:                    {clock: true, elapsed: true},
		"[mm]":                         {elapsed: true},
		"[":                            {},
		`"`:                            {},
		`\`:                            {},
		`[>100]0;yyyy`:                 date,
		"dd.mm.yyyy hh:mm":             both,
		`[DBNum1][$-804]yyyy"年"m"月"`:   date,
		`_(* #,##0.00_);_(* \(#,##0\)`: {},
	}
	for code, want := range tests {
		if got := kindOf(code); got != want {
			t.Errorf("kindOf(%q) = %+v, want %+v", code, got, want)
		}
	}
}

func TestText(t *testing.T) {
	b := &book{styles: []kind{{}, {date: true}, {date: true, clock: true}, {clock: true}, {elapsed: true}}}
	tests := []struct{ style, value, want string }{
		{"", "1.0000000000000002", "1"},
		{"0", "0.1", "0.1"},
		{"0", "-0", "0"},
		{"0", "1E+20", "100000000000000000000"},
		{"0", "1.5E-7", "0.00000015"},
		{"0", "123456789012345678", "123456789012346000"},
		{"0", " ", ""},
		{"9", "45988", "45988"},
		{"1", "45988", "2025-11-27"},
		{"1", "45988.5", "2025-11-27 12:00:00"}, // what the format hides is there
		{"1", "45987.999999999", "2025-11-27"},
		{"2", "45988", "2025-11-27 00:00:00"},
		{"2", "45988.39583333333", "2025-11-27 09:30:00"},
		{"1", "1", "1900-01-01"},
		{"1", "59", "1900-02-28"},
		{"1", "61", "1900-03-01"},
		{"1", "2958465", "9999-12-31"},
		{"1", "2958466", "2958466"},
		{"1", "-1", "-1"},
		{"3", "0.75", "18:00:00"},
		{"3", "45988.75", "2025-11-27 18:00:00"},
		{"4", "1.5", "36:00:00"},
	}
	for _, tt := range tests {
		if got, err := b.text("n", tt.style, tt.value); got != tt.want || err != nil {
			t.Errorf("%q in style %q is %q, %v, want %q", tt.value, tt.style, got, err, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	for name, column := range map[string]int{"A": 0, "Z": 25, "AA": 26, "XFD": maxColumns - 1} {
		if got := columnOf(name + "7"); got != column {
			t.Errorf("columnOf(%q) = %d", name, got)
		}
		if got := columnName(column); got != name {
			t.Errorf("columnName(%d) = %q", column, got)
		}
	}
}
