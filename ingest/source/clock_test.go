package source

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

func TestClock(t *testing.T) {
	tests := []struct {
		name, zone string
		times      []string
		in         string
		want       string // RFC 3339 in UTC; empty: refused
	}{
		{"utc", "", nil, "2025-11-20T10:12:13Z", "2025-11-20T10:12:13Z"},
		{"fraction is cut", "", nil, "2025-11-20T10:12:13.123999999Z", "2025-11-20T10:12:13.123Z"},
		{"offset", "", nil, "2025-11-20T10:12:13.5+08:00", "2025-11-20T02:12:13.5Z"},
		{"offset without colon", "", nil, "2025-11-20T10:12:13-0330", "2025-11-20T13:42:13Z"},
		{"blank and small letters", "", nil, "2025-11-20 10:12:13z", "2025-11-20T10:12:13Z"},
		{"local by default", "Asia/Shanghai", nil, "2025-11-20 10:12:13", "2025-11-20T02:12:13Z"},
		{"leap day", "", nil, "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"no leap day", "", nil, "2100-02-29T00:00:00Z", ""},
		{"second 60", "", nil, "2016-12-31T23:59:60Z", ""},
		{"hour 24", "", nil, "2016-12-31T24:00:00Z", ""},
		{"bad offset", "", nil, "2016-12-31T23:00:00+8", ""},
		{"offset of a day", "", nil, "2016-12-31T23:00:00+24:00", ""},
		{"words", "", nil, "yesterday", ""},
		{"zero of a database", "", nil, "0000-00-00 00:00:00", ""},
		{"epoch itself is known", "", nil, "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"},
		{"seconds", "", []string{"epoch_s"}, "1732252800", "2024-11-22T05:20:00Z"},
		{"seconds with fraction", "", []string{"epoch_s"}, "1732252800.1239", "2024-11-22T05:20:00.124Z"},
		{"milliseconds", "", []string{"epoch_ms"}, "1732252800123", "2024-11-22T05:20:00.123Z"},
		{"milliseconds with exponent", "", []string{"epoch_ms"}, "1.732252800123e12", "2024-11-22T05:20:00.123Z"},
		{"huge", "", []string{"epoch_ms"}, "1e30", ""},
		{"date", "Asia/Shanghai", []string{"date"}, "2025-11-20", "2025-11-19T16:00:00Z"},
		{"date with time", "Asia/Shanghai", []string{"date"}, "2025-11-20 00:00:00", ""},
		{"second format", "", []string{"rfc3339", "date"}, "2025-11-20", "2025-11-20T00:00:00Z"},
		{"layout with T", "Asia/Shanghai", []string{"2006-01-02T15:04:05"}, "2025-11-20T15:01:00", "2025-11-20T07:01:00Z"},
		{"layout with fraction", "", []string{"2006-01-02 15:04:05"}, "2025-11-20 15:01:00.25", "2025-11-20T15:01:00.25Z"},
		{"slashes", "", []string{"2006/01/02 15:04"}, "2025/11/20 15:01", "2025-11-20T15:01:00Z"},
		{"compact", "", []string{"20060102"}, "20251120", "2025-11-20T00:00:00Z"},
		{"names of months", "America/Sao_Paulo", []string{"2 Jan 2006 15:04"}, "3 Feb 2018 12:00", "2018-02-03T14:00:00Z"},
		{"layout with offset", "Asia/Shanghai", []string{"2006-01-02 15:04:05 -0700"}, "2025-11-20 10:12:13 +0100", "2025-11-20T09:12:13Z"},
		{"ambiguous is earlier", "America/Sao_Paulo", nil, "2018-02-17 23:30:00", "2018-02-18T01:30:00Z"},
		{"skipped hour", "America/Sao_Paulo", nil, "2018-11-04 00:30:00", "2018-11-04T03:30:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			loc, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			c := newClock(tt.times, loc)
			got, ok := c.parse([]byte(tt.in))
			if !ok {
				if tt.want != "" {
					t.Errorf("parse(%q) refused, want %s", tt.in, tt.want)
				}
				return
			}
			if s := got.Time().Format(time.RFC3339Nano); s != tt.want {
				t.Errorf("parse(%q) = %s, want %q", tt.in, s, tt.want)
			}
		})
	}
}

// TestZoneRemembersRightly compares the zone's memory with order.InZone around
// every change of clocks, in zones that change by an hour, by half of one, at
// midnight, and by a day.
func TestZoneRemembersRightly(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{
		"UTC", "Asia/Shanghai", "America/Sao_Paulo", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu",
	} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		z := &zone{loc: loc}
		at := time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC)
		for at.Year() < 2020 {
			for range 6 {
				w := at.Add(time.Duration(random.Int64N(int64(3 * time.Hour))))
				c := civil{w.Year(), int(w.Month()), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond() / 1e6}
				want := order.InZone(c.year, w.Month(), c.day, c.hour, c.minute, c.second, c.milli, loc)
				if got := z.at(c); got != want {
					t.Fatalf("%s: %v = %v, want %v", name, w, got.Time(), want.Time())
				}
			}
			at = at.Add(3 * time.Hour)
		}
	}
}

func FuzzClock(f *testing.F) {
	f.Add("2025-11-20T10:12:13.123+08:00")
	f.Add("2025-11-20 10:12:13")
	f.Add("9999-12-31T23:59:59Z")
	strict := newClock([]string{"rfc3339"}, time.UTC)
	f.Fuzz(func(t *testing.T, in string) {
		// time.Parse also takes "T1:" and "+00:60": it says what is meant, and what
		// it writes itself must be read as that.
		want, err := time.Parse(time.RFC3339Nano, in)
		if err != nil || want.Year() < 0 || want.Year() > 9999 {
			return
		}
		// RFC 3339 has offsets below 24 hours; time.Parse takes and writes +24:00 too.
		if _, offset := want.Zone(); offset <= -86400 || offset >= 86400 {
			return
		}
		for _, s := range []string{in, want.Format(time.RFC3339Nano), want.UTC().Format(time.RFC3339Nano)} {
			got, ok := strict.parse([]byte(s))
			year := want.UTC().Year()
			if ok && want.UnixMilli() != 0 && got != order.Instant(want.UnixMilli()) || !ok && s != in && year >= 0 && year <= 9999 {
				t.Fatalf("parse(%q) = %v %v, want %v", s, got.Time(), ok, want.UTC())
			}
		}
	})
}
