package clickhouse

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// The days in UTC that takt_store.calendar_spans knows, counted from 1970-01-01.
// Wherever a calendar's zone lies, it has no work before the first and nothing but
// its endless span on the last, which stands for all that follow.
const (
	firstDay = 10_956 // 1999-12-31
	lastDay  = 33_239 // 2061-01-02
	dayMS    = 86_400_000
)

// SyncCalendars records the calendars that are not the ones recorded last. One
// that is not given stays as it is.
func (db *DB) SyncCalendars(ctx context.Context, now order.Instant, calendars []*process.Calendar) error {
	dr, sr := newCalendarRows(), newSpanRows()
	for _, c := range calendars {
		hash := definition(c)
		var days, spans uint64
		// A table of the engine Join answers by key alone.
		row := db.conn.QueryRow(ctx, "SELECT argMax(definition, revision), joinGet('takt_store.calendar_spans', 'definition', ?, toInt32(?)) FROM "+
			db.local("calendar")+" WHERE calendar = ?", c.Name, lastDay, c.Name)
		if err := row.Scan(&days, &spans); err != nil {
			return fmt.Errorf("read calendar %q: %w", c.Name, halted(err))
		}
		if days != hash {
			dr.add(now, c, hash)
		}
		if spans != hash {
			sr.add(c, hash)
		}
	}
	if err := db.record(ctx, &sr.block, &dr.block); err != nil {
		return fmt.Errorf("record calendars: %w", err)
	}
	return nil
}

// definition hashes all that the rows of c say.
func definition(c *process.Calendar) uint64 {
	h := xxhash.New()
	for opens, closes := range c.Spans() {
		_, _ = h.Write(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(opens)), uint64(closes)))
	}
	for d := range c.Days() {
		if d.Works || d.Name != (process.Text{}) {
			_, _ = fmt.Fprintf(h, "%s %t %q", d.Date, c.Announced(d.Date.Year), d.Name)
		}
	}
	for year := process.FirstYear; year <= process.LastYear; year++ {
		_, _ = fmt.Fprint(h, c.Announced(year))
	}
	return h.Sum64()
}

type calendarRows struct {
	block
	calendar                                       *dictionary
	date, working, seconds, announced, hash, since *fixed
	nameEN, nameZH                                 *text
}

func newCalendarRows() *calendarRows {
	r := &calendarRows{block: block{table: "calendar"}}
	r.calendar = r.name("calendar")
	r.date = r.fixed("date", "Date")
	r.working = r.fixed("working", "Bool")
	r.seconds = r.fixed("working_seconds", "Float64")
	r.nameEN = r.text("name_en")
	r.nameZH = r.text("name_zh")
	r.announced = r.fixed("announced", "Bool")
	r.hash = r.fixed("definition", "UInt64")
	r.since = r.fixed("written_at", typeInstant)
	return r
}

func (r *calendarRows) add(now order.Instant, c *process.Calendar, hash uint64) {
	for d := range c.Days() {
		r.rows++
		r.calendar.add(c.Name)
		midnight := time.Date(d.Date.Year, d.Date.Month, d.Date.Day, 0, 0, 0, 0, time.UTC)
		r.date.u16(int(midnight.UnixMilli() / dayMS))
		r.working.bool(d.Works)
		r.seconds.u64(math.Float64bits(float64(d.Working) / 1000))
		r.nameEN.add(d.Name.EN)
		r.nameZH.add(d.Name.ZH)
		r.announced.bool(c.Announced(d.Date.Year))
		r.hash.u64(hash)
		r.since.instant(now)
	}
}

type spanRows struct {
	block
	calendar              *text
	day, before, hash     *fixed
	opens, closes         *array
	opensEach, closesEach *fixed
}

func newSpanRows() *spanRows {
	r := &spanRows{block: block{table: "calendar_spans"}, opensEach: &fixed{}, closesEach: &fixed{}}
	r.calendar = r.text("calendar")
	r.day = r.fixed("day", "Int32")
	r.before = r.fixed("before", "Int64")
	r.opens = r.array("opens", "Int64", r.opensEach)
	r.closes = r.array("closes", "Int64", r.closesEach)
	r.hash = r.fixed("definition", "UInt64")
	return r
}

func (r *spanRows) add(c *process.Calendar, hash uint64) {
	type span struct{ opens, closes order.Instant }
	var spans []span
	for opens, closes := range c.Spans() {
		spans = append(spans, span{opens, closes})
	}
	for day := firstDay; day <= lastDay; day++ {
		from, to := order.Instant(day)*dayMS, order.Instant(day+1)*dayMS
		for spans[0].closes <= from {
			spans = spans[1:]
		}
		r.rows++
		r.calendar.add(c.Name)
		r.day.u32(day)
		r.before.i64(c.Between(firstDay*dayMS, from))
		n := 0
		for _, s := range spans {
			if s.opens >= to {
				break
			}
			r.opensEach.i64(int64(max(s.opens, from)))
			r.closesEach.i64(int64(s.closes))
			n++
		}
		r.opens.close(n)
		r.closes.close(n)
		r.hash.u64(hash)
	}
}
