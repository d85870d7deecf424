package poll

import (
	"testing"
	"time"
)

// TestInstant holds that windows are rounded outwards, in the zone of the system.
func TestInstant(t *testing.T) {
	at := time.Date(2026, 2, 28, 16, 30, 15, 123_456_000, time.UTC) // the first of March in Shanghai
	for _, c := range []struct{ format, zone, from, to string }{
		{"epoch_ms", "", "1772296215123", "1772296215124"},
		{"epoch_s", "", "1772296215", "1772296216"},
		{"2006-01-02T15:04:05", "", "2026-02-28T16:30:15", "2026-02-28T16:30:16"},
		{"2006-01-02T15:04:05.000Z07:00", "Asia/Shanghai", "2026-03-01T00:30:15.123+08:00", "2026-03-01T00:30:15.124+08:00"},
		{"2006-01-02 15:04", "", "2026-02-28 16:30", "2026-02-28 16:31"},
		{"2006-01-02 15", "", "2026-02-28 16", "2026-02-28 17"},
		{time.DateOnly, "Asia/Shanghai", "2026-03-01", "2026-03-02"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		p := &Poller{zone: zone, cfg: Config{Shape: Shape{Format: c.format}}}
		if from, to := p.instant(at, false), p.instant(at, true); from != c.from || to != c.to {
			t.Errorf("%s: got %s to %s, want %s to %s", c.format, from, to, c.from, c.to)
		}
	}
	whole := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	p := &Poller{zone: time.UTC, cfg: Config{Shape: Shape{Format: time.DateOnly}}}
	if got := p.instant(whole, true); got != "2026-02-28" {
		t.Errorf("an instant that the format says whole: got %s", got)
	}
}

// FuzzRows holds that no answer makes a panic, and that what is taken out of one is
// objects.
func FuzzRows(f *testing.F) {
	f.Add([]byte(`{"errcode":"0","list":[["a",1],[null,{}]]}`), "list", "a b")
	f.Add([]byte(`[{"a":1}]`), "", "")
	f.Add([]byte(`{"a":{"b":[{}]}}`), "a.b", "")
	f.Add([]byte(`{"list":null}`), "list", "x")
	f.Fuzz(func(t *testing.T, body []byte, path, column string) {
		p := &Poller{cfg: Config{Shape: Shape{Records: path, Wrap: "w"}}}
		if column != "" {
			p.cfg.Columns = []string{column, "b"}
		}
		list, rows, err := p.rows(body)
		if err == nil && len(list) != len(rows) {
			t.Errorf("%d records, %d rows", len(list), len(rows))
		}
		for _, r := range rows {
			if len(lookup(r, "w")) == 0 || lookup(r, "w")[0] != '{' {
				t.Errorf("row %q", r)
			}
		}
	})
}
