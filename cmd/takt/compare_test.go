package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

// calm runs a service that nothing happens to over the log, of which the first
// records are history, and returns its configuration.
func (w *world) calm(t *testing.T, name string, log []kafka.Message, history int, r run) (config string) {
	t.Helper()
	config = w.setup(t, name, r)
	w.produce(t, name, log[:history])
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	w.untilStored(t, name, history)
	w.produce(t, name, log[history:])
	w.untilStored(t, name, len(log))
	l.stop(t)
	return config
}

// untilBegun waits until every partition has its first progress: what is history
// is fixed.
func (w *world) untilBegun(t *testing.T, name string, r run) {
	t.Helper()
	n := r.partitions
	if n == 0 {
		n = killPartitions
	}
	w.until(t, name, strconv.Itoa(n), "SELECT uniqExact(partition) FROM takt.progress WHERE topic = '"+name+"'")
}

// untilStored waits until progress covers so many records.
func (w *world) untilStored(t *testing.T, name string, records int) {
	t.Helper()
	sql := "SELECT sum(records) FROM takt.progress WHERE topic = '" + name + "'"
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got := strings.TrimSpace(tryQuery(w.engine, sql)) // an error before the first start made the tables
		switch n, err := strconv.Atoi(got); {
		case err == nil && n == records:
			return
		case err == nil && n > records:
			t.Fatalf("%s: %d records are stored of %d: some twice", name, n, records)
		case time.Now().After(deadline):
			t.Fatalf("%s: %s records are stored after 90 s, want %d", name, got, records)
		}
	}
}

// until waits until a query answers as wanted.
func (w *world) until(t *testing.T, name, want, sql string) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got := strings.TrimSpace(tryQuery(w.engine, sql)) // an error before the first start made the tables
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %s gives %s after 90 s, want %s", name, sql, got, want)
		}
	}
}

// stored returns how many records progress covers.
func (w *world) stored(t *testing.T, name string) int {
	t.Helper()
	n, err := strconv.Atoi(one(t, w.engine, "SELECT sum(records) FROM takt.progress WHERE topic = '"+name+"'"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func tryQuery(clickhouse, sql string) string {
	resp, err := http.Post("http://"+clickhouse+"/", "text/plain", strings.NewReader(sql))
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// audited asserts that a run took so many records, each exactly once.
func (w *world) audited(t *testing.T, name, config string, records int) auditSum {
	t.Helper()
	sum := readAudit(t, takt(t, w.env(), "-c", config, "audit", "--json"))
	if sum.Records != int64(records) || sum.Missing != 0 || sum.Twice != 0 || sum.Behind != 0 {
		t.Errorf("%s: audit %+v of %d records", name, sum, records)
	}
	return sum
}

// made returns how many records the process of that start id made durable.
func (w *world) made(t *testing.T, writer string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(one(t, w.engine, "SELECT sum(records) FROM takt.progress WHERE writer = '"+writer+"'"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// equal asserts that a disturbed run left the same rows as a calm one.
func (w *world) equal(t *testing.T, disturbed, calm string) {
	t.Helper()
	got, want := w.rows(t, disturbed), w.rows(t, calm)
	for relation := range want {
		if got[relation] != want[relation] {
			t.Errorf("%s: disturbed gives (rows, hash) %s, undisturbed %s\n%s", relation, got[relation], want[relation], w.difference(t, relation, disturbed, calm))
		}
	}
	for _, relation := range []string{"events", "visits", "orders"} {
		if strings.HasPrefix(want[relation], "0 ") {
			t.Errorf("%s: nothing to compare", relation)
		}
	}
}

// compared names what two runs have in common, by relation.
func compared() map[string]string {
	return map[string]string{
		"events":       "order_id, unit, activity, occurred_at, actor, region, amount, promised_at, partition, offset, live",
		"visits":       "order_id, unit, stage, visit, entered_at, left_at, due_at, breached, outcome, actor, region, amount, live",
		"orders":       "order_id, status, opened_at, closed_at, stage_now, promise_due_at, promise_kept, amount, region, stages, exceptions, reopened",
		"exceptions":   "order_id, unit, stage, kind, opened_at, resolved_at, amount",
		"promises":     "order_id, given_at, promised_at, due_at",
		"dead_letters": "partition, offset, reason, key, value",
	}
}

func (w *world) rows(t *testing.T, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for relation, columns := range compared() {
		where := "process = '" + name + "'"
		if relation == "exceptions" {
			where += " AND state != 'withdrawn'"
		}
		all[relation] = one(t, w.engine, "SELECT count(), sum(cityHash64("+columns+")) FROM takt."+relation+" WHERE "+where)
	}
	all["progress"] = one(t, w.engine, "SELECT groupArray((partition, r, s, d, u)) FROM (SELECT partition, sum(records) AS r, sum(stored) AS s, "+
		"sum(dead) AS d, sum(duplicate) AS u FROM takt.progress WHERE topic = '"+name+"' GROUP BY partition ORDER BY partition)")
	return all
}

// difference shows some rows that only one of two runs has.
func (w *world) difference(t *testing.T, relation, disturbed, calm string) string {
	t.Helper()
	columns, ok := compared()[relation]
	if !ok {
		return ""
	}
	seen := map[string]int{}
	for sign, name := range map[int]string{1: disturbed, -1: calm} {
		for line := range strings.Lines(tryQuery(w.engine, "SELECT "+columns+" FROM takt."+relation+" WHERE process = '"+name+"'")) {
			seen[line] += sign
		}
	}
	var text strings.Builder
	for line, n := range seen {
		if n != 0 && text.Len() < 2000 {
			fmt.Fprintf(&text, "%+d %s", n, line)
		}
	}
	return text.String()
}

// tabbed turns a row as one gives it into a row as until gets it.
func tabbed(row string) string { return strings.ReplaceAll(row, " ", "\t") }
