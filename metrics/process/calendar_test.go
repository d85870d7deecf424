package process_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

func span(opens, closes float64) process.Span {
	h := func(f float64) time.Duration { return time.Duration(f * float64(time.Hour)) }
	return process.Span{Opens: h(opens), Closes: h(closes)}
}

func date(y, m, d int) process.Date { return process.Date{Year: y, Month: time.Month(m), Day: d} }

// hours works Monday to Friday on the spans.
func hours(t testing.TB, zone string, spans ...process.Span) process.Hours {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	h := process.Hours{Name: "test", Zone: loc, MakeUp: spans}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = spans
	}
	return h
}

// every works every day on the spans.
func every(t testing.TB, zone string, spans ...process.Span) process.Hours {
	t.Helper()
	h := hours(t, zone, spans...)
	h.Week[time.Saturday], h.Week[time.Sunday] = spans, spans
	return h
}

// china is the Chinese week around the Spring Festival of 2026.
func china(t testing.TB) process.Hours {
	t.Helper()
	h := hours(t, "Asia/Shanghai", span(9, 12), span(13, 18))
	h.Years = []process.Year{{Year: 2026, Holidays: []process.Holiday{
		{Name: process.Text{EN: "New Year's Day", ZH: "元旦"}, From: date(2026, 1, 1), To: date(2026, 1, 3), MakeUp: []process.Date{date(2026, 1, 4)}},
		{
			Name: process.Text{EN: "Spring Festival", ZH: "春节"}, From: date(2026, 2, 15), To: date(2026, 2, 23),
			MakeUp: []process.Date{date(2026, 2, 14), date(2026, 2, 28)},
		},
	}}}
	return h
}

func mustCalendar(t testing.TB, h process.Hours) *process.Calendar {
	t.Helper()
	for _, p := range h.Validate() {
		t.Fatalf("%s: %s", p.Path, p.Message)
	}
	return process.NewCalendar(h)
}

func TestBetweenAndAfter(t *testing.T) {
	night := span(22, 30)
	for _, tc := range []struct {
		name     string
		hours    process.Hours
		from, to string
		want     time.Duration
	}{
		{"one morning", china(t), "2026-03-02T09:30:00+08:00", "2026-03-02T11:00:00+08:00", 90 * time.Minute},
		{"lunch", china(t), "2026-03-02T11:00:00+08:00", "2026-03-02T14:00:00.001+08:00", 2*time.Hour + time.Millisecond},
		{"a weekend", china(t), "2026-03-06T17:00:00+08:00", "2026-03-09T10:00:00+08:00", 2 * time.Hour},
		{"Saturday that works", china(t), "2026-02-14T00:00:00+08:00", "2026-02-15T00:00:00+08:00", 8 * time.Hour},
		{"Spring Festival", china(t), "2026-02-14T17:00:00+08:00", "2026-02-24T10:00:00+08:00", 2 * time.Hour},
		{"Sunday that works after New Year", china(t), "2026-01-01T00:00:00+08:00", "2026-01-05T00:00:00+08:00", 8 * time.Hour},
		{"year not announced: a regular week", china(t), "2027-02-01T00:00:00+08:00", "2027-02-08T00:00:00+08:00", 40 * time.Hour},
		{"summer time begins in a night shift", every(t, "Europe/Berlin", night), "2025-03-29T22:00:00+01:00", "2025-03-30T06:00:00+02:00", 7 * time.Hour},
		{"summer time ends in a night shift", every(t, "Europe/Berlin", night), "2025-10-25T22:00:00+02:00", "2025-10-26T06:00:00+01:00", 9 * time.Hour},
		{"all day, 23 hours", every(t, "Europe/Berlin", span(0, 24)), "2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00", 23 * time.Hour},
		{"office hours beside the change", every(t, "Europe/Berlin", span(9, 17)), "2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00", 8 * time.Hour},
		{"half an hour that the clock skips", every(t, "Europe/Berlin", span(2, 2.5), span(4, 5)), "2025-03-30T00:00:00+01:00", "2025-03-30T12:00:00+02:00", 90 * time.Minute},
		// São Paulo went from 2017-10-14T24:00-03:00 to 01:00-02:00, and on 2018-02-17 from 24:00-02:00 back to 23:00-03:00.
		{"a day without midnight", every(t, "America/Sao_Paulo", span(0, 8)), "2017-10-14T12:00:00-03:00", "2017-10-15T12:00:00-02:00", 7 * time.Hour},
		{"over the missing midnight", every(t, "America/Sao_Paulo", span(20, 28)), "2017-10-14T12:00:00-03:00", "2017-10-15T12:00:00-02:00", 7 * time.Hour},
		{"over the hour that came twice", every(t, "America/Sao_Paulo", span(20, 28)), "2018-02-17T12:00:00-02:00", "2018-02-18T12:00:00-03:00", 9 * time.Hour},
		{"a shift begun before a weekend is worked to its end", hours(t, "Asia/Shanghai", night), "2026-03-06T12:00:00+08:00", "2026-03-08T12:00:00+08:00", 8 * time.Hour},
		{"after the last year every hour", china(t), "2060-12-31T18:00:00+08:00", "2061-01-01T05:00:00+08:00", 5 * time.Hour},
		{"before the first year none", china(t), "1999-12-01T00:00:00+08:00", "2000-01-01T00:00:00+08:00", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := mustCalendar(t, tc.hours)
			from, to := mustInstant(t, tc.from), mustInstant(t, tc.to)
			if got := time.Duration(c.Between(from, to)) * time.Millisecond; got != tc.want {
				t.Errorf("between: got %s, want %s", got, tc.want)
			}
			if got := time.Duration(c.Between(to, from)) * time.Millisecond; got != -tc.want {
				t.Errorf("backwards: got %s, want %s", got, -tc.want)
			}
			if tc.want > 0 {
				if end := c.After(from, tc.want.Milliseconds()); end > to || c.Between(from, end) != tc.want.Milliseconds() {
					t.Errorf("after: got %s, want it at or before %s", end.Time(), to.Time())
				}
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	cut := china(t)
	cut.CutOff = 17 * time.Hour
	for _, tc := range []struct {
		name  string
		hours process.Hours
		start string
		n     time.Duration
		want  string
	}{
		{"the end of a day is a deadline", china(t), "2026-03-06T16:00:00+08:00", 2 * time.Hour, "2026-03-06T18:00:00+08:00"},
		{"a millisecond more is Monday", china(t), "2026-03-06T16:00:00+08:00", 2*time.Hour + time.Millisecond, "2026-03-09T09:00:00.001+08:00"},
		{"from a closed hour", china(t), "2026-03-07T16:00:00+08:00", time.Hour, "2026-03-09T10:00:00+08:00"},
		{"on the eve of the Spring Festival", china(t), "2026-02-14T16:00:00+08:00", 3 * time.Hour, "2026-02-24T10:00:00+08:00"},
		{"at the cut-off", cut, "2026-03-02T17:00:00+08:00", time.Hour, "2026-03-02T18:00:00+08:00"},
		{"after the cut-off", cut, "2026-03-02T17:00:00.001+08:00", time.Hour, "2026-03-03T10:00:00+08:00"},
		{"after Friday's cut-off", cut, "2026-03-06T17:30:00+08:00", time.Hour, "2026-03-09T10:00:00+08:00"},
		{"no time at all", china(t), "2026-03-07T16:00:00+08:00", 0, "2026-03-07T16:00:00+08:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := mustCalendar(t, tc.hours)
			if got := c.Deadline(mustInstant(t, tc.start), tc.n.Milliseconds()); got != mustInstant(t, tc.want) {
				t.Errorf("got %s, want %s", got.Time().In(c.Zone), tc.want)
			}
		})
	}
}

func TestNilCalendarCountsEveryHour(t *testing.T) {
	var c *process.Calendar
	if c.Between(5, 12) != 7 || c.After(5, 7) != 12 || c.Deadline(5, 7) != 12 || !c.Open(5) || !c.Announced(2050) {
		t.Error("the nil calendar does not count every millisecond")
	}
}

// TestCalendarLaws are the laws of Calendar's comment, over calendars of all kinds.
func TestCalendarLaws(t *testing.T) {
	late := china(t)
	late.CutOff = 16 * time.Hour
	calendars := []*process.Calendar{
		nil, mustCalendar(t, china(t)), mustCalendar(t, late), mustCalendar(t, every(t, "Europe/Berlin", span(6, 14), span(14, 22), span(22, 30))),
		mustCalendar(t, every(t, "America/Sao_Paulo", span(0, 3), span(20, 24))), mustCalendar(t, hours(t, "Australia/Lord_Howe", span(1, 2.25), span(22.5, 25))),
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(calendars).Draw(t, "calendar")
		low, high := int64(946_000_000_000), int64(2_900_000_000_000)
		instants := rapid.SliceOfN(rapid.Int64Range(low, high), 3, 3).Draw(t, "instants")
		near := rapid.Int64Range(0, 400*3_600_000).Draw(t, "near")
		instants[1] = instants[0] + near
		slices.Sort(instants)
		a, b, d := order.Instant(instants[0]), order.Instant(instants[1]), order.Instant(instants[2])
		n := rapid.Int64Range(1, 1_000*3_600_000).Draw(t, "n")
		if c.Between(a, d) != c.Between(a, b)+c.Between(b, d) {
			t.Fatalf("not additive: %d is not %d + %d", c.Between(a, d), c.Between(a, b), c.Between(b, d))
		}
		if w := c.Between(a, b); w < 0 || w > int64(b-a) {
			t.Fatalf("%d ms of work in %d ms", w, b-a)
		}
		if end := c.After(a, n); c.Between(a, end) != n || c.Between(a, end-1) != n-1 {
			t.Fatalf("after %d ms: %d and a millisecond before %d ms of work", n, c.Between(a, end), c.Between(a, end-1))
		}
		if c.After(a, n) > c.After(b, n) || c.Deadline(a, n) > c.Deadline(b, n) {
			t.Fatal("a later start is due earlier")
		}
		if c.Deadline(a, n) != c.After(c.Start(a), n) || c.Start(a) < a {
			t.Fatal("a deadline is not counted from the start")
		}
		if c.Open(a) != (c.After(a, 1) == a+1) {
			t.Fatal("open and after disagree")
		}
	})
}

// TestAgainstMinutes compares with a count of single minutes by the local clock.
func TestAgainstMinutes(t *testing.T) {
	c := mustCalendar(t, china(t))
	rapid.Check(t, func(t *rapid.T) {
		const minute = 60_000
		from := order.Instant(rapid.Int64Range(1_766_000_000_000/minute, 1_773_000_000_000/minute).Draw(t, "from") * minute)
		to := from + order.Instant(rapid.Int64Range(0, 15*24*60).Draw(t, "minutes")*minute)
		want := int64(0)
		off := map[string]bool{"2026-01-01": true, "2026-01-02": true, "2026-02-16": true, "2026-02-17": true, "2026-02-18": true, "2026-02-19": true, "2026-02-20": true, "2026-02-23": true}
		on := map[string]bool{"2026-01-04": true, "2026-02-14": true, "2026-02-28": true}
		for at := from; at < to; at += minute {
			local := at.Time().In(c.Zone)
			day, weekend := local.Format(time.DateOnly), local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
			if h := local.Hour(); h >= 9 && h < 18 && h != 12 && !off[day] && (!weekend || on[day]) {
				want += minute
			}
		}
		if got := c.Between(from, to); got != want {
			t.Fatalf("from %s to %s: got %d ms, want %d ms", from.Time(), to.Time(), got, want)
		}
	})
}

func TestCalendarAllocatesNothing(t *testing.T) {
	h := china(t)
	h.CutOff = 16 * time.Hour
	c := mustCalendar(t, h)
	at := mustInstant(t, "2026-03-02T17:00:00+08:00")
	if n := testing.AllocsPerRun(100, func() { at = c.Deadline(at, 1000) - order.Instant(c.Between(at, at+5000)) }); n > 0 {
		t.Errorf("got %g allocations, want none", n)
	}
}

func TestDaysAndSchedule(t *testing.T) {
	c := mustCalendar(t, china(t))
	got := map[string]process.CalendarDay{}
	n := 0
	for d := range c.Days() {
		n++
		if d.Date.Year == 2026 && d.Name.ZH != "" {
			got[d.Date.String()] = d
		}
	}
	if n != 22_281 {
		t.Errorf("got %d days, want those of 61 years", n)
	}
	if d := got["2026-02-14"]; !d.Works || d.Working != 8*3_600_000 || d.Name.ZH != "春节（调休上班）" || d.Name.EN != "Spring Festival (make-up day)" {
		t.Errorf("make-up day: got %+v", d)
	}
	if d := got["2026-02-20"]; d.Works || d.Working != 0 || d.Name.ZH != "春节" {
		t.Errorf("holiday: got %+v", d)
	}
	s := c.Schedule(2026, 2026)
	if len(s.Holidays) != 12 || s.Holidays[0] != date(2026, 1, 1) || s.Zone != c.Zone || len(s.Week[time.Monday]) != 2 || len(s.MakeUpHours) != 2 {
		t.Errorf("schedule: got %+v", s)
	}
	if diff := cmp.Diff(s.MakeUpDays, []process.Date{date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28)}); diff != "" {
		t.Errorf("make-up days (-got +want):\n%s", diff)
	}
	if s := c.Schedule(2027, 2030); len(s.Holidays)+len(s.MakeUpDays) > 0 {
		t.Errorf("years not announced have %v, %v", s.Holidays, s.MakeUpDays)
	}
	if !c.Announced(2026) || c.Announced(2027) {
		t.Error("2026 alone is announced")
	}
}

func BenchmarkDeadline(b *testing.B) {
	c := mustCalendar(b, china(b))
	at := order.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	for i := range b.N {
		c.Deadline(at+order.Instant(i%1_000_000)*60_000, 4*3_600_000)
	}
}

func BenchmarkBetween(b *testing.B) {
	c := mustCalendar(b, china(b))
	at := order.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	for i := range b.N {
		c.Between(at+order.Instant(i%1_000_000)*60_000, at+order.Instant(i%1_000_000)*60_000+86_400_000)
	}
}

func BenchmarkNewCalendar(b *testing.B) {
	h := china(b)
	for range b.N {
		process.NewCalendar(h)
	}
}
