package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestTmall takes a Chinese shop's orders of one month through the real program.
func TestTmall(t *testing.T) {
	t.Parallel()
	events := data(t, "tmall/events.csv.gz")
	var facts struct {
		Tmall struct {
			Rows, Unpaid, Paid int
			PayWithoutActual   int `json:"paid_but_actual_0"`
			Refunded           int `json:"refund>0"`
			DayChange          int `json:"paid_after_window_day_change"`
			Range              []string
			PaidRangeMax       string         `json:"paid_range_max"`
			Seconds            quantiles      `json:"pay_seconds"`
			Total              float64        `json:"total_sum"`
			PaidSum            float64        `json:"paid_sum"`
			RefundSum          float64        `json:"refund_sum"`
			PerDay             map[string]int `json:"orders_per_day"`
		}
	}
	file, err := os.ReadFile(data(t, "facts.json"))
	if err == nil {
		err = json.Unmarshal(file, &facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	env, db := stack(t)
	config := filepath.Join("..", "..", "deploy", "examples", "tmall", "takt.yaml")
	takt(t, env, "-c", config, "replay", "tmall", events)
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")

	f := &facts.Tmall
	both := int64(f.Rows + f.Paid)
	if got, want := readAudit(t, takt(t, env, "-c", config, "audit", "--json")), (auditSum{Records: both, Stored: both, Events: both}); got != want {
		t.Errorf("audit: got %+v, want %+v", got, want)
	}
	const shanghai = "toTimeZone(occurred_at, 'Asia/Shanghai')"
	for sql, want := range map[string]string{
		"SELECT count() FROM takt.orders":                                                                                                         fmt.Sprint(f.Rows),
		"SELECT count() FROM takt.orders WHERE status = 'completed'":                                                                              fmt.Sprint(f.Paid),
		"SELECT count() FROM takt.orders WHERE status = 'open'":                                                                                   fmt.Sprint(f.Unpaid),
		"SELECT count() FROM takt.visits WHERE stage = 'pay' AND outcome = 'open'":                                                                fmt.Sprint(f.Unpaid),
		"SELECT count() FROM takt.events WHERE activity = 'order.paid' AND amount = 0":                                                            fmt.Sprint(f.PayWithoutActual),
		"SELECT countIf(toDecimal64OrZero(attributes['refund'], 2) > 0) FROM takt.events":                                                         fmt.Sprint(f.Refunded),
		"SELECT sum(amount) FROM takt.events WHERE activity = 'order.placed'":                                                                     fmt.Sprintf("%.2f", f.Total),
		"SELECT sum(amount) FROM takt.events WHERE activity = 'order.paid'":                                                                       fmt.Sprintf("%.2f", f.PaidSum),
		"SELECT sum(toDecimal64OrZero(attributes['refund'], 2)) FROM takt.events":                                                                 fmt.Sprintf("%.2f", f.RefundSum),
		"SELECT formatDateTime(min(" + shanghai + "), '%F %T') FROM takt.events":                                                                  f.Range[0],
		"SELECT formatDateTime(max(" + shanghai + "), '%F %T') FROM takt.events WHERE activity = 'order.placed'":                                  f.Range[1],
		"SELECT formatDateTime(max(" + shanghai + "), '%F %T') FROM takt.events WHERE activity = 'order.paid'":                                    f.PaidRangeMax,
		"SELECT countIf(toDate(entered_at, 'Asia/Shanghai') != toDate(left_at, 'Asia/Shanghai')) FROM takt.visits":                                fmt.Sprint(f.DayChange),
		"SELECT uniqExact(currency), any(currency), uniqExact(channel), countIf(live), countIf(working_seconds != wall_seconds) FROM takt.visits": "1 CNY 1 0 0",
		"SELECT uniqExact(order_id) FROM takt_store.steps FINAL":                                                                                  fmt.Sprint(f.Rows), // rolled up in the end
		"SELECT count() FROM takt.dead_letters":                                                                                                   "0",
	} {
		if got := one(t, db, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	var got quantiles
	row := one(t, db, `SELECT quantileExactInclusive(0.5)(wall_seconds), quantileExactInclusive(0.9)(wall_seconds),
		quantileExactInclusive(0.95)(wall_seconds), quantileExactInclusive(0.99)(wall_seconds), count()
		FROM takt.visits WHERE stage = 'pay' AND outcome = 'finished'`)
	if _, err := fmt.Sscan(row, &got.P50, &got.P90, &got.P95, &got.P99, &got.N); err != nil {
		t.Fatal(err)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1 }
	if want := f.Seconds; got.N != want.N || !near(got.P50, want.P50) || !near(got.P90, want.P90) || !near(got.P95, want.P95) || !near(got.P99, want.P99) {
		t.Errorf("pay: got %+v, want %+v", got, want)
	}
	days := 0
	for _, row := range query(t, db, "SELECT toDate(opened_at, 'Asia/Shanghai'), count() FROM takt.orders GROUP BY 1") {
		if days++; fmt.Sprint(f.PerDay[row[0]]) != row[1] {
			t.Errorf("orders of %s: got %s, want %d", row[0], row[1], f.PerDay[row[0]])
		}
	}
	if days != len(f.PerDay) {
		t.Errorf("got orders on %d days, want %d", days, len(f.PerDay))
	}
}
