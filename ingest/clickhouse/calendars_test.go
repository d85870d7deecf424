package clickhouse

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// calendar returns one that works every day of the week from opens to closes and
// has two days off.
func calendar(t testing.TB, name, zone string, opens, closes time.Duration) process.Hours {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	h := process.Hours{Name: name, Zone: loc}
	for d := range h.Week {
		h.Week[d] = []process.Span{{Opens: opens, Closes: closes}}
	}
	h.Years = []process.Year{{Year: 2026, Holidays: []process.Holiday{{
		Name: process.Text{EN: "Carnival", ZH: "狂欢节"}, From: process.Date{Year: 2026, Month: 2, Day: 16}, To: process.Date{Year: 2026, Month: 2, Day: 17},
	}}}}
	return h
}

func mustSync(t testing.TB, db *DB, now order.Instant, calendars ...*process.Calendar) {
	t.Helper()
	if err := db.SyncCalendars(t.Context(), now, calendars); err != nil {
		t.Fatal(err)
	}
}

func TestSyncCalendars(t *testing.T) {
	db := open(t, nil)
	now := at("2026-03-01 12:00:00.000")
	h := calendar(t, "sync", "UTC", 9*time.Hour, 17*time.Hour)
	mustSync(t, db, now, process.NewCalendar(h))
	mustSync(t, db, now+1000, process.NewCalendar(h), process.NewCalendar(calendar(t, "sync2", "UTC", 0, 24*time.Hour)))
	if n := count(t, db, "SELECT count() FROM takt_store.calendar WHERE calendar = 'sync'"); n != 22_281 {
		t.Errorf("got %d rows, want one for each day of 61 years, written once", n)
	}
	const day = "SELECT toString(date) AS date, working, working_seconds, name_en, name_zh, announced FROM takt.calendar WHERE calendar = 'sync' AND date IN ('2026-02-17', '2027-02-17') ORDER BY date"
	regular := map[string]any{"date": "2027-02-17", "working": true, "working_seconds": 28800., "name_en": "", "name_zh": "", "announced": false}
	if d := cmp.Diff([]map[string]any{
		{"date": "2026-02-17", "working": false, "working_seconds": 0., "name_en": "Carnival", "name_zh": "狂欢节", "announced": true}, regular,
	}, table(t, db, day)); d != "" {
		t.Errorf("days (-want +got):\n%s", d)
	}

	h.Years[0].Holidays[0].To.Day = 16
	mustSync(t, db, now+2000, process.NewCalendar(h))
	if d := cmp.Diff([]map[string]any{
		{"date": "2026-02-17", "working": true, "working_seconds": 28800., "name_en": "", "name_zh": "", "announced": true}, regular,
	}, table(t, db, day)); d != "" {
		t.Errorf("days after a change (-want +got):\n%s", d)
	}
	const both = "takt_working_seconds('sync', toDateTime('2026-02-16 00:00:00', 'UTC'), toDateTime('2026-02-18 00:00:00', 'UTC'))"
	if n := count(t, db, "SELECT "+both); n != 28_800 {
		t.Errorf("two days after the change: got %d s, want those of one", n)
	}
}

func TestWorkingSecondsIsThatOfGo(t *testing.T) {
	db := open(t, nil)
	calendars := []*process.Calendar{
		process.NewCalendar(calendar(t, "night", "Europe/Berlin", 22*time.Hour, 30*time.Hour)),
		process.NewCalendar(calendar(t, "br", "America/Sao_Paulo", 0, 8*time.Hour)),
		process.NewCalendar(calendar(t, "east", "Pacific/Kiritimati", 9*time.Hour, 17*time.Hour)),
		process.NewCalendar(calendar(t, "west", "Etc/GMT+12", 0, 24*time.Hour)),
	}
	mustSync(t, db, at("2026-03-01 12:00:00.000"), calendars...)
	r := rand.New(rand.NewPCG(8, 8))
	for _, c := range calendars {
		// All years, some years and a few days; and what lies outside the calendar.
		for _, span := range []int64{3_000_000_000_000, 100_000_000_000, 1_000_000_000} {
			var from, to, want []int64
			for range 2000 {
				a := 940_000_000_000 + r.Int64N(2_200_000_000_000)
				b := max(a+r.Int64N(span)-span/4, 0)
				from, to, want = append(from, a), append(to, b), append(want, c.Between(order.Instant(a), order.Instant(b)))
			}
			n := count(t, db, `SELECT countIf(toInt64(round(takt_working_seconds(?, fromUnixTimestamp64Milli(p.1), fromUnixTimestamp64Milli(p.2)) * 1000)) != p.3)
				FROM (SELECT arrayJoin(arrayZip(?, ?, ?)) AS p)`, c.Name, from, to, want)
			if n > 0 {
				t.Errorf("%s: %d of 2,000 pairs within %d s differ", c.Name, n, span/1000)
			}
		}
	}
}

func TestWorkingSecondsTakesWhatColumnsHold(t *testing.T) {
	db := open(t, nil)
	mustSync(t, db, at("2026-03-01 12:00:00.000"), process.NewCalendar(calendar(t, "types", "UTC", 9*time.Hour, 17*time.Hour)))
	rows := table(t, db, `SELECT
		takt_working_seconds('types', toDateTime64('2026-03-02 09:00:00.001', 3, 'UTC'), toDateTime64('2026-03-02 18:00:00', 3, 'Asia/Shanghai')) AS zones,
		takt_working_seconds(toLowCardinality(materialize('types')), toDate('2026-03-02'), materialize(toNullable(toDateTime('2026-03-03 10:00:00', 'UTC')))) AS dates,
		takt_working_seconds('types', toDateTime('2026-03-03 00:00:00', 'UTC'), toDateTime('2026-03-02 00:00:00', 'UTC')) AS backwards,
		takt_working_seconds('types', toDateTime64('2026-03-02 09:00:00', 3, 'UTC'), CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))')) AS open,
		takt_working_seconds('nothing', toDateTime('2026-03-02 00:00:00', 'UTC'), toDateTime('2026-03-03 00:00:00', 'UTC')) AS unknown`)
	if d := cmp.Diff([]map[string]any{{"zones": 3599.999, "dates": 32400., "backwards": -28800., "open": nil, "unknown": nil}}, rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if n := count(t, db, "SELECT countIf(takt_working_seconds('types', entered_at, left_at) IS NOT NULL) FROM takt.visits WHERE left_at IS NULL"); n != 0 {
		t.Errorf("%d open visits have a working time", n)
	}
}

// TestManualQuery runs the query of the manual of working time.
func TestManualQuery(t *testing.T) {
	db := open(t, nil)
	p := retail("manual")
	p.Calendar = process.NewCalendar(calendar(t, "manual", "UTC", 9*time.Hour, 17*time.Hour))
	mustSync(t, db, at("2026-03-01 12:00:00.000"), p.Calendar)
	if err := db.SyncProcesses(t.Context(), at("2026-03-01 12:00:00.000"), []*process.Process{p}); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, NewWriter(db, p), sample("manual", "manual"))
	text, err := os.ReadFile("../../metrics/process/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(string(text), "```sql\n")
	query, _, _ = strings.Cut(query, "```")
	seconds := 14_400.623 // of the visit from 8:00:00.123 to 13:00:00.623
	if d := cmp.Diff([]map[string]any{{"order_id": "manual-A'1\\", "working_hours": seconds / 3600}}, table(t, db, query+" AND process = 'manual'")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
