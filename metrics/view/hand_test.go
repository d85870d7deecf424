package view

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/metrics/process"
)

// hand is a process of two stages in Shanghai whose rows are written by hand.
func hand(t testing.TB, name string) *process.Process {
	p := retail(t)
	p.Name, p.Title = name, process.Text{EN: "By hand", ZH: "手工"}
	p.Stages = []process.Stage{p.Stages[0], p.Stages[2]}
	p.Stages[0].Title, p.Stages[0].Owner.Team = process.Text{EN: "Review", ZH: "审核"}, "desk"
	return p
}

// exec runs a statement.
func exec(t testing.TB, db *clickhouse.DB, statement string) {
	t.Helper()
	if err := db.Conn().Exec(t.Context(), statement); err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
}

// put inserts rows, written as VALUES, into a storage table; instants are UTC.
func put(t testing.TB, db *clickhouse.DB, table, columns string, rows ...string) {
	t.Helper()
	exec(t, db, "INSERT INTO takt_store."+table+" ("+columns+") SETTINGS async_insert = 0 VALUES ("+strings.Join(rows, "), (")+")")
}

// question is a query and its rows, computed by hand.
type question struct {
	name, query string
	want        []string
}

func (q question) ask(t *testing.T, db *clickhouse.DB) {
	t.Run(q.name, func(t *testing.T) {
		if d := cmp.Diff(q.want, lines(t, db, q.query)); d != "" {
			t.Errorf("%s\n(-want +got)\n%s", q.query, d)
		}
	})
}

const (
	visitColumns = "process, order_id, stage, visit, entered_at, left_at, due_at, working_seconds, limit_seconds, breached, outcome, owner, owner_team, amount, currency"
	orderColumns = "process, order_id, status, opened_at, closed_at, stage_now, promise_due_at, promise_first_due_at, amount, currency, stages, open"
)

// Closed visits: 16:30 UTC is 00:30 of the next day in Shanghai, 15:30 is 23:30.
func TestCycleByHand(t *testing.T) {
	db := open(t, hand(t, "cycle"))
	put(
		t, db, "visits", visitColumns,
		// Left at 23:30 of Sunday the 1st; kept.
		`'cycle', 'A', 'review', 1, '2026-03-01 13:30:00', '2026-03-01 15:30:00', '2026-03-01 17:30:00', 3600, 14400, false, 'finished', 'ann', 'desk', 10, 'CNY'`,
		// Left at 00:30 of Monday the 2nd, due at 23:00 of the 1st.
		`'cycle', 'B', 'review', 1, '2026-03-01 12:30:00', '2026-03-01 16:30:00', '2026-03-01 15:00:00', 7200, 9000, true, 'finished', 'ann', 'desk', 20, 'CNY'`,
		`'cycle', 'C', 'review', 1, '2026-03-01 10:30:00', '2026-03-01 16:30:00', NULL, 0, NULL, NULL, 'finished', 'ann', 'desk', 30, 'CNY'`,
		// Abandoned before its deadline: in no rate and no time.
		`'cycle', 'D', 'review', 1, '2026-03-01 00:30:00', '2026-03-01 16:30:00', '2026-03-01 18:00:00', 0, 9000, NULL, 'abandoned', 'ann', 'desk', 30, 'CNY'`,
	)
	put(t, db, "orders", orderColumns,
		`'cycle', 'E', 'open', '2026-03-01 00:00:00', NULL, 'review', NULL, NULL, 5, 'CNY', ['review'], [('', 'review', 1, '2026-03-01 00:00:00', '2026-03-01 16:30:00', 9000, true, 'bob', 'desk', '', true)]`)
	for _, q := range []question{
		{"day", "SELECT day, finished, abandoned, wall_p50_seconds, wall_p90_seconds, working_p50_seconds, due, breached, breach_share FROM takt.stage_cycle_daily WHERE process = 'cycle' ORDER BY day", []string{
			"'2026-03-01',1,0,7200,7200,3600,2,1,0.5",
			"'2026-03-02',2,1,18000,20880,3600,1,1,1",
		}},
		{"week", "SELECT day, finished, due, breached, wall_p50_seconds FROM takt.stage_cycle_weekly WHERE process = 'cycle' ORDER BY day", []string{
			"'2026-02-23',1,2,1,7200",
			"'2026-03-02',2,1,1,18000",
		}},
		{"month", "SELECT day, finished, abandoned, due, wall_p95_seconds FROM takt.stage_cycle_monthly WHERE process = 'cycle'", []string{
			"'2026-03-01',3,1,3,20880",
		}},
	} {
		q.ask(t, db)
	}
}

// What is open, at an instant of choice.
func TestOpenByHand(t *testing.T) {
	db := open(t, hand(t, "openhand"))
	put(t, db, "visits", visitColumns,
		`'openhand', 'A', 'review', 1, '2026-03-01 06:00:00', '2026-03-01 15:30:00', '2026-03-01 11:00:00', 3600, 14400, true, 'finished', 'ann', 'desk', 10, 'CNY'`)
	put(t, db, "orders", orderColumns,
		`'openhand', 'B', 'open', '2026-03-01 00:00:00', NULL, 'review', NULL, NULL, 5, 'CNY', ['review'], [('', 'review', 1, '2026-03-01 10:00:00', '2026-03-01 14:00:00', 14400, NULL, 'bob', 'desk', '', true)]`,
		`'openhand', 'C', 'open', '2026-03-01 00:00:00', NULL, 'review', NULL, NULL, 7, 'CNY', ['review'], [('', 'review', 1, '2026-03-01 11:30:00', '2026-03-01 15:00:00', 14400, NULL, 'bob', 'desk', '', true)]`,
		`'openhand', 'D', 'open', '2026-03-01 00:00:00', NULL, 'review', NULL, NULL, 9, 'CNY', ['review'], [('', 'review', 1, '2026-03-01 13:00:00', '2026-03-01 15:00:00', 14400, NULL, 'bob', 'desk', '', true)]`)
	put(t, db, "exceptions", "process, order_id, id, stage, visit, kind, opened_at, resolved_at", `'openhand', 'B', 1, 'review', 1, 'at_risk', '2026-03-01 11:50:00', NULL`)
	for _, q := range []question{
		{"by stage", "SELECT stage, title_zh, open, at_risk, overdue, amount, at_risk_amount, overdue_amount, currency, oldest_seconds, age_p50_seconds, owner, limit_seconds" +
			" FROM takt.open_by_stage_at(at = toDateTime64('2026-03-01 12:00:00', 3, 'UTC')) WHERE process = 'openhand' ORDER BY position", []string{
			"'review','审核',3,1,1,22,5,10,'CNY',21600,7200,'bob',14400",
			"'pick','',0,0,0,0,0,0,'',NULL,NULL,'',14400",
		}},
		{"by age", "SELECT band, band_zh, from_seconds, to_seconds, open, amount" +
			" FROM takt.open_by_age_at(at = toDateTime64('2026-03-01 12:00:00', 3, 'UTC')) WHERE process = 'openhand' AND stage = 'review' AND (open > 0 OR band = 8) ORDER BY band", []string{
			"1,'1小时内',0,3600,1,7",
			"2,'1–4小时',3600,14400,1,5",
			"3,'4–24小时',14400,86400,1,10",
			"8,'30天以上',2592000,NULL,0,0",
		}},
		{"now", "SELECT open, overdue FROM takt.open_by_stage WHERE process = 'openhand' AND stage = 'review'", []string{"3,3"}},
	} {
		q.ask(t, db)
	}
}

// Two orders: one for a day and a half, one for twelve hours; mean work in progress
// follows from the instants.
func TestFlowByHand(t *testing.T) {
	db := open(t, hand(t, "flow"))
	put(t, db, "orders", orderColumns,
		// 00:00 on the 2nd to 12:00 on the 3rd, in Shanghai.
		`'flow', 'A', 'completed', '2026-03-01 16:00:00', '2026-03-03 04:00:00', '', NULL, NULL, 5, 'CNY', [], []`,
		// 12:00 on the 3rd to 00:00 on the 4th.
		`'flow', 'B', 'completed', '2026-03-03 04:00:00', '2026-03-03 16:00:00', '', NULL, NULL, 5, 'CNY', [], []`)
	question{
		"days", "SELECT day, arrivals, departures, wip, wip_mean, departed_mean_seconds, round(little_residual, 3), round(little_share, 3) FROM takt.flow_daily" +
			" WHERE process = 'flow' AND stage = '' AND day < '2026-03-06' ORDER BY day", []string{
			"'2026-03-02',1,0,1,1,NULL,NULL,NULL",
			"'2026-03-03',1,1,1,1,129600,0.25,0.25",
			"'2026-03-04',0,1,0,0,43200,0,0",
			"'2026-03-05',0,0,0,0,NULL,0,0",
		},
	}.ask(t, db)
}

// Both halves of lateness, and the ladder.
func TestPromisesByHand(t *testing.T) {
	db := open(t, hand(t, "ladder"))
	put(
		t, db, "orders", orderColumns,
		// In time by the last promise, late by the first.
		`'ladder', 'A', 'completed', '2026-03-01 00:00:00', '2026-03-03 02:00:00', '', '2026-03-03 15:59:59.999', '2026-03-02 15:59:59.999', 10, 'CNY', [], []`,
		// Late: promise passed on the 2nd, delivered on the 3rd.
		`'ladder', 'B', 'completed', '2026-03-01 00:00:00', '2026-03-03 02:00:00', '', '2026-03-02 15:59:59.999', '2026-03-02 15:59:59.999', 20, 'CNY', [], []`,
		// Its twin: equal rows count twice.
		`'ladder', 'G', 'completed', '2026-03-01 00:00:00', '2026-03-03 02:00:00', '', '2026-03-02 15:59:59.999', '2026-03-02 15:59:59.999', 20, 'CNY', [], []`,
		// Perfect by the date asked for.
		`'ladder', 'C', 'completed', '2026-03-01 00:00:00', '2026-03-03 02:00:00', '', '2026-03-03 15:59:59.999', '2026-03-03 15:59:59.999', 40, 'CNY', [], []`,
		// Open past the promise of the 3rd.
		`'ladder', 'D', 'open', '2026-03-01 00:00:00', NULL, 'review', '2026-03-03 15:59:59.999', '2026-03-03 15:59:59.999', 80, 'CNY', [], []`,
		// Cancelled before its promise passed: in neither half.
		`'ladder', 'E', 'cancelled', '2026-03-01 00:00:00', '2026-03-02 02:00:00', '', '2026-03-03 15:59:59.999', '2026-03-03 15:59:59.999', 160, 'CNY', [], []`,
		// Asked for, in full, but damaged.
		`'ladder', 'F', 'completed', '2026-03-01 00:00:00', '2026-03-03 02:00:00', '', NULL, NULL, 40, 'CNY', [], []`,
	)
	put(t, db, "promises", "process, order_id, event, kind, given_at, promised_at, due_at",
		`'ladder', 'A', 1, 'first', '2026-03-01 00:00:00', '2026-03-02 00:00:00', '2026-03-02 15:59:59.999'`,
		`'ladder', 'A', 2, 'current', '2026-03-03 00:00:00', '2026-03-03 00:00:00', '2026-03-03 15:59:59.999'`,
		`'ladder', 'B', 1, 'first', '2026-03-01 00:00:00', '2026-03-02 00:00:00', '2026-03-02 15:59:59.999'`,
		`'ladder', 'B', 2, 'requested', '2026-03-01 00:00:00', '2026-03-02 00:00:00', '2026-03-02 15:59:59.999'`,
		`'ladder', 'C', 1, 'requested', '2026-03-01 00:00:00', '2026-03-03 00:00:00', '2026-03-03 15:59:59.999'`,
		`'ladder', 'F', 1, 'requested', '2026-03-01 00:00:00', '2026-03-03 00:00:00', '2026-03-03 15:59:59.999'`)
	put(t, db, "exceptions", "process, order_id, id, kind, opened_at, withdrawn",
		`'ladder', 'F', 1, 'damaged', '2026-03-03 01:00:00', false`, `'ladder', 'C', 2, 'damaged', '2026-03-03 01:00:00', true`)
	for _, q := range []question{
		{"late", "SELECT day, delivered, delivered_late, round(late_share, 3), became_late, open_late, delivered_late_amount, open_late_amount FROM takt.late_daily" +
			" WHERE process = 'ladder' AND day < '2026-03-06' ORDER BY day", []string{
			"'2026-03-02',0,0,NULL,2,2,0,40",
			"'2026-03-03',4,2,0.5,1,1,40,80",
			"'2026-03-04',0,0,NULL,0,1,0,80",
			"'2026-03-05',0,0,NULL,0,1,0,80",
		}},
		{"ladder", "SELECT * EXCEPT (process) FROM takt.promise_daily WHERE process = 'ladder'", []string{
			"'2026-03-03',5,4,2,4,1,3,2,2,1,1,1,86400,86400",
		}},
		{"late orders", "SELECT order_id, stage, owner_team, amount, late_seconds > 0 FROM takt.orders_late_open WHERE process = 'ladder'", []string{
			"'D','review','desk',80,1",
		}},
	} {
		q.ask(t, db)
	}
}

func TestExceptionsByHand(t *testing.T) {
	db := open(t, hand(t, "odd"))
	put(t, db, "orders", orderColumns,
		`'odd', 'A', 'completed', '2026-03-01 00:00:00', '2026-03-02 04:00:00', '', NULL, NULL, 5, 'CNY', [], []`,
		`'odd', 'B', 'open', '2026-03-01 20:00:00', NULL, '', NULL, NULL, 5, 'CNY', [], []`,
		`'odd', 'C', 'open', '2026-03-03 20:00:00', NULL, '', NULL, NULL, 5, 'CNY', [], []`)
	put(t, db, "exceptions", "process, order_id, id, stage, kind, severity, amount, opened_at, withdrawn",
		`'odd', 'A', 1, 'review', 'overdue', 'warning', 5, '2026-03-01 16:30:00', false`,
		`'odd', 'A', 2, 'review', 'overdue', 'warning', 5, '2026-03-02 00:30:00', false`,
		`'odd', 'B', 3, 'review', 'overdue', 'warning', 5, '2026-03-02 00:30:00', true`)
	question{
		"daily", "SELECT day, kind, stage, exceptions, withdrawn, orders, amount, orders_active, order_share FROM takt.exceptions_daily WHERE process = 'odd'", []string{
			"'2026-03-02','overdue','review',2,1,1,5,2,0.5",
		},
	}.ask(t, db)
}

func TestFreshnessByHand(t *testing.T) {
	db := open(t, hand(t, "fresh"))
	now := time.Now().UTC()
	put(t, db, "progress", "topic, partition, first_offset, next_offset, records, source, process, flush, last_append, written_at",
		`'fresh', 0, 0, 10, 10, 'shop', 'fresh', 1, 1772400000000, '2026-03-01 00:00:00'`,
		`'fresh', 1, 0, 5, 5, 'shop', 'fresh', 1, 1772403600000, '`+now.Format("2006-01-02 15:04:05")+`'`)
	question{
		"sources", "SELECT source, topic, data_until, silent_seconds > 86400, records_hour, partitions FROM takt.source_freshness WHERE process = 'fresh'", []string{
			"'shop','fresh','2026-03-01 22:20:00.000',1,5,2",
		},
	}.ask(t, db)
}
