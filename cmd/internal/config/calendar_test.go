package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/metrics/process"
)

func date(y, m, d int) process.Date { return process.Date{Year: y, Month: time.Month(m), Day: d} }

func TestCalendarFile(t *testing.T) {
	cfg := mustLoad(t, "testdata/valid.yaml", none)
	var names []string
	for _, c := range cfg.Calendars {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff(names, []string{"always", "门店", "cn"}); diff != "" {
		t.Fatalf("calendars (-got +want):\n%s", diff)
	}
	zones := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	span := func(opens, closes time.Duration) process.Span {
		return process.Span{Opens: opens * time.Hour, Closes: closes * time.Hour}
	}
	day := []process.Span{span(10, 22)}
	if diff := cmp.Diff(cfg.Calendars[1].Hours, process.Hours{
		Name: "门店", Title: process.Text{EN: "Shops", ZH: "门店"}, Zone: zone,
		Week:   [7][]process.Span{nil, day, day, day, day, {span(10, 14), span(15, 24)}, {span(22, 30)}},
		MakeUp: []process.Span{span(12, 18)}, CutOff: 21*time.Hour + 30*time.Minute,
		Years: []process.Year{{Year: 2025, Source: "none, a test"}, {Year: 2026, Source: "a test", Holidays: []process.Holiday{
			{Name: process.Text{EN: "Carnival", ZH: "狂欢节"}, From: date(2026, 2, 16), To: date(2026, 2, 17), MakeUp: []process.Date{date(2026, 2, 22)}},
			{Name: process.Text{EN: "Tiradentes", ZH: "Tiradentes"}, From: date(2026, 4, 21), To: date(2026, 4, 21)},
		}}},
	}, zones); diff != "" {
		t.Errorf("hours (-got +want):\n%s", diff)
	}
}

// TestManual reads the example of the manual.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../../../metrics/process/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "<!-- example -->\n```yaml\n")
	example, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatal("the manual has no example")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"works.yaml": example,
		"takt.yaml":  "calendars: [works.yaml]\nprocesses: [retail]\nsources: [{name: shop, topic: orders, process: retail, mapping: canonical}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg := mustLoad(t, filepath.Join(dir, "takt.yaml"), none)
	if c := cfg.Calendars[1]; c.Name != "works" || len(c.Week[time.Monday]) != 3 || c.CutOff == 0 {
		t.Errorf("got %+v", c.Hours)
	}
}

// TestChina holds the shipped calendar against the number of working days that
// follow from the notices, counted by hand: days of the year without weekends,
// less holidays on weekdays, more make-up days; all of them work eight hours.
func TestChina(t *testing.T) {
	cn := mustLoad(t, "testdata/valid.yaml", none).Calendars[2]
	for _, tc := range []struct{ year, weekdays, off, madeUp int }{
		{2024, 262, 19, 8},
		{2025, 261, 18, 5},
		{2026, 261, 19, 6},
	} {
		works, ms, named := 0, int64(0), 0
		for d := range cn.Days() {
			if d.Date.Year != tc.year {
				continue
			}
			if ms += d.Working; d.Works {
				works++
			}
			if d.Name.EN != "" {
				named++
			}
		}
		if want := tc.weekdays - tc.off + tc.madeUp; works != want || ms != int64(want)*8*3_600_000 {
			t.Errorf("%d: got %d working days and %d ms of work, want %d days of eight hours", tc.year, works, ms, want)
		}
		s := cn.Schedule(tc.year, tc.year)
		if weekend := func(d process.Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }; len(s.MakeUpDays) != tc.madeUp ||
			len(slices.DeleteFunc(s.Holidays, weekend)) != tc.off || slices.ContainsFunc(s.MakeUpDays, func(d process.Date) bool { return !weekend(d) }) {
			t.Errorf("%d: got %d make-up days, %d holidays on weekdays", tc.year, len(s.MakeUpDays), len(s.Holidays))
		}
		if named == 0 || !cn.Announced(tc.year) {
			t.Errorf("%d is not announced", tc.year)
		}
	}
	if cn.Announced(2023) || cn.Announced(2027) {
		t.Error("a year is announced that is not in the file")
	}
}
