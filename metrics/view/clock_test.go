package view

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// A clock shows the time in the zone of the process, on either side of a change to
// summer time.
func TestClock(t *testing.T) {
	zone := func(name string) *time.Location {
		t.Helper()
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	db := open(t,
		&process.Process{Name: "shanghai", Zone: zone("Asia/Shanghai")},
		&process.Process{Name: "berlin", Zone: zone("Europe/Berlin")})
	for _, c := range []struct{ process, instant, want string }{
		{"shanghai", "2026-03-29 16:30:05", "00:30:05"},
		{"berlin", "2026-03-29 00:59:59", "01:59:59"},
		{"berlin", "2026-03-29 01:00:00", "03:00:00"},
	} {
		got := text(t, db, "SELECT takt_clock(process, toDateTime64('"+c.instant+"', 3, 'UTC')) FROM takt.processes WHERE process = '"+c.process+"'")
		if got != c.want {
			t.Errorf("%s at %s: got %s, want %s", c.process, c.instant, got, c.want)
		}
	}
}
