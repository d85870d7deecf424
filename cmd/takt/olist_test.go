package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// query asks ClickHouse by its plain HTTP interface, as an analyst's curl does,
// and returns the rows as columns of text.
func query(t *testing.T, clickhouse, sql string) [][]string {
	t.Helper()
	resp, err := http.Post("http://"+clickhouse+"/", "text/plain", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s\n%v %s", sql, err, body)
	}
	var rows [][]string
	for line := range strings.Lines(string(body)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	http.DefaultClient.CloseIdleConnections()
	return rows
}

// one returns the only row of a query as one line.
func one(t *testing.T, clickhouse, sql string) string {
	t.Helper()
	rows := query(t, clickhouse, sql)
	if len(rows) != 1 {
		t.Fatalf("%s\ngives %d rows", sql, len(rows))
	}
	return strings.Join(rows[0], " ")
}

type quantiles struct {
	P50, P90, P95, P99 float64
	N                  int
}

// TestOlist takes real orders through the real program: stack, replay, run.
func TestOlist(t *testing.T) {
	events := data(t, "olist/events.csv.gz")
	var facts struct {
		Demo struct {
			Stages map[string]quantiles  `json:"stage_hours"`
			Months map[string]int        `json:"orders_by_month"`
			Late   map[string][3]float64 `json:"late_by_purchase_month"` // delivered, late, share
		} `json:"demo_5k"`
	}
	file, err := os.ReadFile(data(t, "olist/facts.json"))
	if err == nil {
		err = json.Unmarshal(file, &facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	env, db := stack(t)
	config := filepath.Join("..", "..", "deploy", "examples", "olist", "takt.yaml")
	run := func() {
		takt(t, env, "-c", config, "replay", "olist", events)
		takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	}
	run()
	audit := func() auditSum { return readAudit(t, takt(t, env, "-c", config, "audit", "--json")) }
	if got, want := audit(), (auditSum{Records: 29746, Stored: 29741, Duplicates: 5, Events: 29741}); got != want {
		t.Errorf("audit: got %+v, want %+v", got, want)
	}
	before := fingerprint(t, db)
	checkOlist(t, db, facts.Demo.Stages)
	checkMonths(t, db, facts.Demo.Months, facts.Demo.Late)

	run() // once more: nothing changes but the duplicates
	if got, want := audit(), (auditSum{Records: 2 * 29746, Stored: 29741, Duplicates: 29746 + 5, Events: 29741}); got != want {
		t.Errorf("audit of the second replay: got %+v, want %+v", got, want)
	}
	if after := fingerprint(t, db); after != before {
		t.Errorf("the second replay changed rows: got %s, want %s", after, before)
	}
	story := takt(t, env, "-c", config, "order", "2e7a8482f6fb09756ca50c10d7bfc047")
	if !strings.Contains(story, "approve") || !strings.Contains(story, "order.placed") {
		t.Errorf("takt order tells:\n%s", story)
	}
}

func checkOlist(t *testing.T, db string, facts map[string]quantiles) {
	t.Helper()
	for sql, want := range map[string]string{
		"SELECT count() FROM takt.events": "29741",
		"SELECT count() FROM takt.orders": "5000",
		"SELECT countIf(closed_at > promised_at), count() FROM takt.orders WHERE status = 'completed'":                                      "391 4857",
		"SELECT countIf(NOT promise_kept), count() FROM takt.orders WHERE status = 'completed'":                                             "332 4857",
		"SELECT count() FROM takt.orders WHERE status = 'cancelled'":                                                                        "1",
		"SELECT uniqExact(order_id) FROM takt.exceptions WHERE kind = 'sequence_violation' AND stage = 'handover' AND state != 'withdrawn'": "75",
		"SELECT count() FROM takt.orders WHERE live":                                                                                        "0",
		"SELECT count() FROM takt.dead_letters":                                                                                             "0",
	} {
		if got := one(t, db, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	for stage, fact := range map[string]string{"approve": "approve", "handover": "carrier_handover_from_approval", "transit": "transit"} {
		var got quantiles
		row := one(t, db, fmt.Sprintf(`SELECT quantileExactInclusive(0.5)(wall_seconds) / 3600, quantileExactInclusive(0.9)(wall_seconds) / 3600,
			quantileExactInclusive(0.95)(wall_seconds) / 3600, quantileExactInclusive(0.99)(wall_seconds) / 3600, count()
			FROM takt.visits WHERE stage = '%s' AND outcome = 'finished'`, stage))
		if _, err := fmt.Sscan(row, &got.P50, &got.P90, &got.P95, &got.P99, &got.N); err != nil {
			t.Fatal(err)
		}
		want := facts[fact]
		near := func(a, b float64) bool { return math.Abs(a-b) <= 0.01 }
		if got.N != want.N || !near(got.P50, want.P50) || !near(got.P90, want.P90) || !near(got.P95, want.P95) || !near(got.P99, want.P99) {
			t.Errorf("%s: got %+v, want %+v", stage, got, want)
		}
	}
}

// checkMonths asks the views by month, and that their months add up to the whole.
func checkMonths(t *testing.T, db string, orders map[string]int, late map[string][3]float64) {
	t.Helper()
	for month, want := range orders {
		if got := one(t, db, "SELECT orders, mature = true FROM takt.cohort_monthly WHERE within_days = 30 AND formatDateTime(day, '%Y-%m') = '"+month+"'"); got != fmt.Sprint(want, " 1") {
			t.Errorf("orders of %s: got %s, want %d", month, got, want)
		}
		if want, ok := late[month]; ok {
			got := one(t, db, "SELECT count(), countIf(closed_at > promised_at) FROM takt.orders WHERE status = 'completed' AND formatDateTime(takt_month(process, opened_at), '%Y-%m') = '"+month+"'")
			if got != fmt.Sprint(want[0], " ", want[1]) {
				t.Errorf("late of %s: got %s, want %v", month, got, want)
			}
		}
	}
	for sql, want := range map[string]string{
		"SELECT sum(delivered), sum(delivered_late) FROM takt.late_daily":                                                                                                       "4857 332",
		"SELECT sum(last_promised), sum(last_promised - last_kept) FROM takt.promise_monthly":                                                                                   "4857 332",
		"SELECT sum(completed), sum(delivered_late) FROM takt.orders_split_weekly WHERE dimension = 'currency'":                                                                 "4857 332",
		"SELECT sum(completed) FROM takt.order_cycle_daily":                                                                                                                     "4857",
		"SELECT count() FROM takt.bottleneck_now WHERE bottleneck":                                                                                                              "0",
		"SELECT sum(finished) = sumIf(finished, dimension = 'source') * 9, count() > 0 FROM (SELECT dimension, finished FROM takt.stage_split_monthly WHERE stage = 'transit')": "1 1",
		// Parts of a change add up to it.
		"SELECT max(abs(off)) < 0.01, count() > 50 FROM (SELECT sum(seconds) - any(p90_seconds) + any(p90_before_seconds) AS off FROM takt.cycle_change_weekly GROUP BY process, day)": "1 1",
	} {
		if got := one(t, db, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	for stage, want := range map[string]int{"approve": 4990, "handover": 4922, "transit": 4858} {
		for _, grain := range []string{"daily", "weekly", "monthly"} {
			if got := one(t, db, fmt.Sprintf("SELECT sum(finished) FROM takt.stage_cycle_%s WHERE stage = '%s'", grain, stage)); got != fmt.Sprint(want) {
				t.Errorf("%s of %s: got %s, want %d", grain, stage, got, want)
			}
		}
	}
}

// fingerprint sums up what people see, whatever order rows come in.
func fingerprint(t *testing.T, db string) string {
	t.Helper()
	var all []string
	for _, relation := range []string{"events", "visits", "orders", "exceptions", "promises"} {
		columns := one(t, db, "SELECT arrayStringConcat(groupArray(name), ', ') FROM (SELECT name FROM system.columns"+
			" WHERE database = 'takt' AND table = '"+relation+"' AND name NOT IN ('detected_at', 'offset', 'stored_at') ORDER BY name)")
		all = append(all, relation+" "+one(t, db, "SELECT count(), sum(cityHash64("+columns+")) FROM takt."+relation))
	}
	return strings.Join(all, "; ")
}

type auditSum struct{ Records, Stored, Duplicates, Dead, Skipped, Events, Missing, Twice, Behind int64 }

func readAudit(t *testing.T, out string) auditSum {
	t.Helper()
	var rows []struct {
		Records    int64 `json:"records"`
		Stored     int64 `json:"stored"`
		Dead       int64 `json:"dead_letters"`
		Duplicates int64 `json:"duplicates"`
		Skipped    int64 `json:"skipped"`
		Events     int64 `json:"events"`
		Missing    int64 `json:"missing_offsets"`
		Twice      int64 `json:"overlapping_offsets"`
		Behind     int64 `json:"behind"`
		Exact      bool  `json:"exactly_once"`
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("audit: %v\n%s", err, out)
	}
	var s auditSum
	for _, r := range rows {
		if !r.Exact {
			t.Errorf("audit: not exactly once: %+v", r)
		}
		s.Records += r.Records
		s.Stored += r.Stored
		s.Dead += r.Dead
		s.Duplicates += r.Duplicates
		s.Skipped += r.Skipped
		s.Events += r.Events
		s.Missing += r.Missing
		s.Twice += r.Twice
		s.Behind += r.Behind
	}
	return s
}
