package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// facts reads the member of a file of known figures.
func facts(t *testing.T, file, member string, into any) {
	t.Helper()
	var all map[string]json.RawMessage
	text, err := os.ReadFile(data(t, file))
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err == nil {
		err = json.Unmarshal(all[member], into)
	}
	if err != nil {
		t.Fatalf("%s of %s: %v", member, file, err)
	}
}

// load takes a file, or joined files, through the example of that name.
func load(t *testing.T, env []string, example, path string, joined bool) auditSum {
	t.Helper()
	dir := filepath.Join("..", "..", "deploy", "examples", example)
	config := filepath.Join(dir, "takt.yaml")
	source := map[string]string{"olist-tables": "olist_tables"}[example]
	if source == "" {
		source = example
	}
	args := []string{"-c", config, "replay", source, path}
	if joined {
		args = append(args, "--join", filepath.Join(dir, "join.yaml"))
	}
	takt(t, env, args...)
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	return readAudit(t, takt(t, env, "-c", config, "audit", "--json"))
}

func ask(t *testing.T, db string, answers map[string]string) {
	t.Helper()
	for sql, want := range answers {
		if got := one(t, db, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
}

// near compares the quantiles of the numbers that the query gives.
func near(t *testing.T, db, of, from string, want quantiles, within float64) {
	t.Helper()
	var got quantiles
	row := one(t, db, fmt.Sprintf("SELECT quantileExactInclusive(0.5)(%[1]s), quantileExactInclusive(0.9)(%[1]s), quantileExactInclusive(0.95)(%[1]s), "+
		"quantileExactInclusive(0.99)(%[1]s), count() FROM (%[2]s)", of, from))
	if _, err := fmt.Sscan(row, &got.P50, &got.P90, &got.P95, &got.P99, &got.N); err != nil {
		t.Fatal(err)
	}
	equal := func(a, b float64) bool { return math.Abs(a-b) <= within }
	if got.N != want.N || !equal(got.P50, want.P50) || !equal(got.P90, want.P90) || !equal(got.P95, want.P95) || !equal(got.P99, want.P99) {
		t.Errorf("%s: got %+v, want %+v", from, got, want)
	}
}

// TestDatasets takes published logs and tables of several files through the real
// program, by the configurations of deploy/examples.
func TestDatasets(t *testing.T) {
	t.Parallel()
	env, db := stack(t)
	t.Run("ocel", func(t *testing.T) { ocel(t, env, db) })
	t.Run("olist-tables", func(t *testing.T) { olistTables(t, env, db) })
	t.Run("bpic2019", func(t *testing.T) { bpic2019(t, env, db) })
}

// ocel is a log of objects: a row concerns every order of its items or packages.
func ocel(t *testing.T, env []string, db string) {
	var f struct {
		Events     int
		Activities map[string]int
		Objects    map[string]int
		Days       quantiles `json:"order_days"`
	}
	facts(t, "facts.json", "ocel_orders", &f)
	const events = 32447 // of the rows, one for each order concerned
	if got, want := load(t, env, "ocel", filepath.Dir(data(t, "ocel_orders/log.csv.gz")), true), (auditSum{Records: events, Stored: events, Events: events}); got != want {
		t.Errorf("audit: got %+v, want %+v", got, want)
	}
	rows := func(activity string) string {
		return "SELECT uniqExact(attributes['row']) FROM takt.events WHERE process = 'ocel' AND activity = '" + activity + "'"
	}
	ask(t, db, map[string]string{
		"SELECT countIf(unit = ''), countIf(unit LIKE '88%'), countIf(unit LIKE '66%') FROM takt.events WHERE process = 'ocel'":                      "6514 11487 14446",
		"SELECT uniqExact(order_id), uniqExactIf(unit, unit LIKE '88%'), uniqExactIf(unit, unit LIKE '66%') FROM takt.events WHERE process = 'ocel'": fmt.Sprint(f.Objects["orders"], f.Objects["items"], f.Objects["packages"]),
		"SELECT uniqExact(attributes['row']) FROM takt.events WHERE process = 'ocel'":                                                                fmt.Sprint(f.Events),
		rows("order.placed"):              fmt.Sprint(f.Activities["place order"]),
		rows("item.picked"):               fmt.Sprint(f.Activities["pick item"]),
		rows("package.created"):           fmt.Sprint(f.Activities["create package"]),
		rows("package.delivered"):         fmt.Sprint(f.Activities["package delivered"]),
		rows("exception.stock_out"):       fmt.Sprint(f.Activities["item out of stock"]),
		rows("exception.delivery_failed"): fmt.Sprint(f.Activities["failed delivery"]),
		// A failed delivery concerns every order in the package; several of one package are one exception each.
		"SELECT count() FROM takt.exceptions WHERE process = 'ocel' AND kind = 'stock_out'":                                       fmt.Sprint(f.Activities["item out of stock"]),
		"SELECT count() FROM takt.exceptions WHERE process = 'ocel' AND kind = 'delivery_failed'":                                 "1258",
		"SELECT stage, count() FROM takt.visits WHERE process = 'ocel' AND stage = 'restock' AND outcome = 'finished' GROUP BY 1": "restock 1664",
		"SELECT stage, count() FROM takt.visits WHERE process = 'ocel' AND stage = 'transit' AND outcome = 'finished' GROUP BY 1": "transit 4396",
		"SELECT stage, count() FROM takt.visits WHERE process = 'ocel' AND stage = 'pay' AND outcome = 'finished' GROUP BY 1":     "pay 2000",
		"SELECT status, count(), countIf(reopened > 0) FROM takt.orders WHERE process = 'ocel' GROUP BY 1":                        "completed 2000 0",
		"SELECT count() FROM takt.visits WHERE process = 'ocel' AND outcome != 'finished'":                                        "0",
		"SELECT count() FROM takt.exceptions WHERE process = 'ocel' AND kind = 'sequence_violation'":                              "0",
		"SELECT count() FROM takt.dead_letters WHERE topic = 'ocel'":                                                              "0",
	})
	near(t, db, "days", "SELECT (toUnixTimestamp64Milli(max(occurred_at)) - toUnixTimestamp64Milli(min(occurred_at))) / 86400000 AS days FROM takt.events WHERE process = 'ocel' AND unit = '' GROUP BY order_id", f.Days, 0.001)
}

// olistTables are six tables joined: orders with their customers, items and
// payments, items with their sellers, reviews.
func olistTables(t *testing.T, env []string, db string) {
	var f struct {
		Orders int
		Stages map[string]quantiles `json:"stage_hours"`
		Late   struct {
			Delivered int `json:"denominator_delivered_with_both_dates"`
			Instant   int `json:"late_timestamp_rule"`
			Day       int `json:"late_calendar_day_rule"`
		}
		States [][4]any `json:"worst_states(n>=50)"`
		Items  struct {
			Rows, Sellers int
			MultiSeller   int `json:"multi_seller_orders"`
			Without       int `json:"orders_without_items"`
		}
		Payments struct {
			Sum float64 `json:"value_sum"`
		}
		Reviews struct {
			Rows  int
			Score map[string]int
		}
		Means map[string][2]float64 `json:"review_mean_late_vs_on_time"`
	}
	facts(t, "olist/facts.json", "demo_5k", &f)
	got := load(t, env, "olist-tables", filepath.Dir(data(t, "olist/facts.json")), true)
	if records := int64(f.Orders + f.Items.Rows + f.Reviews.Rows); got.Records != records || got.Dead != 0 || got.Missing+got.Twice+got.Behind != 0 {
		t.Errorf("audit: got %+v, want %d records", got, records)
	}
	const orders, events = " FROM takt.orders WHERE process = 'olist_tables'", " FROM takt.events WHERE process = 'olist_tables'"
	ask(t, db, map[string]string{
		"SELECT count()" + orders: fmt.Sprint(f.Orders),
		"SELECT count(), countIf(closed_at > promised_at), countIf(NOT promise_kept)" + orders + " AND status = 'completed'":                                             fmt.Sprint(f.Late.Delivered, f.Late.Instant, f.Late.Day),
		"SELECT count()" + orders + " AND status = 'cancelled'":                                                                                                          "1",
		"SELECT toString(sum(amount))" + events + " AND activity = 'order.placed'":                                                                                       fmt.Sprintf("%.2f", f.Payments.Sum),
		"SELECT countIf(attributes['units'] = '')" + events + " AND activity = 'order.placed'":                                                                           fmt.Sprint(f.Items.Without),
		"SELECT uniqExact(order_id)" + events + " AND activity = 'order.shipped'":                                                                                        fmt.Sprint(f.Stages["carrier_handover_from_approval"].N),
		"SELECT count()" + events + " AND activity = 'satisfaction.scored'":                                                                                              fmt.Sprint(f.Reviews.Rows),
		"SELECT uniqExact(order_id) FROM takt.exceptions WHERE process = 'olist_tables' AND kind = 'sequence_violation' AND stage = 'handover' AND state != 'withdrawn'": "75",
		"SELECT count() FROM takt.dead_letters WHERE topic = 'olist_tables'":                                                                                             "0",
	})
	for _, s := range f.States {
		ask(t, db, map[string]string{fmt.Sprintf("SELECT countIf(status = 'completed'), countIf(closed_at > promised_at)"+orders+" AND region = '%s' AND status = 'completed'", s[0]): fmt.Sprint(s[1], s[2])})
	}
	for score, n := range f.Reviews.Score {
		ask(t, db, map[string]string{"SELECT count()" + events + " AND activity = 'satisfaction.scored' AND attributes['score'] = '" + score + "'": fmt.Sprint(n)})
	}
	for late, name := range map[string]string{"0": "on_time", "1": "late"} {
		ask(t, db, map[string]string{
			"SELECT round(avg(toInt32(attributes['score'])), 4)" + events + " AND activity = 'satisfaction.scored' AND order_id IN (SELECT order_id" + orders +
				" AND status = 'completed' AND (closed_at > promised_at) = " + late + ")": fmt.Sprint(f.Means[name][0]),
		})
	}
	for stage, fact := range map[string]string{"approve": "approve", "handover": "carrier_handover_from_approval", "transit": "transit"} {
		near(t, db, "seconds / 3600", "SELECT DISTINCT order_id, wall_seconds AS seconds FROM takt.visits WHERE process = 'olist_tables' AND outcome = 'finished' AND stage = '"+stage+"'", f.Stages[fact], 0.01)
	}
}

// bpic2019 is the dirty log, in XES.
func bpic2019(t *testing.T, env []string, db string) {
	var f struct {
		Cases, Events, Activities int
		Duplicates                int `json:"exact_duplicate_events"`
	}
	facts(t, "facts.json", "bpic2019", &f)
	got := load(t, env, "bpic2019", data(t, "bpic2019/log.xes.gz"), false)
	if got.Records != int64(f.Events) || got.Dead != 2 || got.Duplicates != int64(f.Duplicates) || got.Events != int64(f.Events-f.Duplicates-2) {
		t.Errorf("audit: got %+v of %+v", got, f)
	}
	ask(t, db, map[string]string{
		"SELECT count(), uniqExact(order_id), uniqExact(activity) FROM takt.events WHERE process = 'bpic2019'":               fmt.Sprint(f.Events-f.Duplicates-2, f.Cases, f.Activities),
		"SELECT count() FROM takt.dead_letters WHERE topic = 'bpic2019' AND reason = 'time_out_of_range'":                    "2",
		"SELECT count() FROM takt.orders WHERE process = 'bpic2019'":                                                         fmt.Sprint(f.Cases),
		"SELECT uniqExact(order_id) FROM takt.events WHERE process = 'bpic2019' AND activity = 'Create Purchase Order Item'": fmt.Sprint(f.Cases),
	})
}
