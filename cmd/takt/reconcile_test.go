package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

const listedMapping = `
zone: Asia/Shanghai
times: ['2006-01-02 15:04:05', date]
identity: content
fields: {order_id: no, channel: shop, occurred_at: at, amount: total, currency: {const: CNY}}
activity:
  from: status
  map: {new: order.placed, done: order.delivered}
`

// reconciled is what takt reconcile --json tells.
type reconciled struct {
	Agrees bool
	Chain  struct {
		List, Kafka, ClickHouse int
		DeadLetters             int  `json:"dead_letters"`
		Exactly                 bool `json:"exactly_once"`
	}
	Orders []struct {
		Order  string `json:"order_id"`
		Kind   string
		Detail string
	}
	Opened   int `json:"exceptions_opened"`
	Resolved int `json:"exceptions_resolved"`
}

func (r *reconciled) orders() string {
	var all []string
	for _, o := range r.Orders {
		all = append(all, strings.TrimSpace(o.Order+" "+o.Kind+" "+o.Detail))
	}
	return strings.Join(all, ", ")
}

// reconcile runs takt reconcile, which has to end with the code.
func (w *world) reconcile(t *testing.T, config, source string, code int, args ...string) reconciled {
	t.Helper()
	cmd := command(t, w.env(), append([]string{"-c", config, "reconcile", "--source", source, "--json"}, args...)...)
	out, _ := cmd.Output() // the exit code is looked at
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d", got, code)
	}
	var told reconciled
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return told
}

// TestReconcile compares a list with a source of its own mapping: what differs is told,
// stored, a metric, and exceptions of the source's owner, until it is repaired.
func TestReconcile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "reconcile"
	r := run{partitions: 2, every: 50 * time.Millisecond, mapping: listedMapping, source: ", owner: li, reconcile: {lists: 'scheduled-*.csv', every: 1s}"}
	config := w.setup(t, name, r)
	// What was placed long ago is in no metric.
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	dated := func(text string) string {
		for i, name := range []string{"BEFORE", "FIRST", "SECOND", "AFTER"} {
			text = strings.ReplaceAll(text, "on-"+name, time.Now().In(shanghai).AddDate(0, 0, i-10).Format(time.DateOnly))
		}
		return text
	}
	record := func(no, status, at, total string) kafka.Message {
		at = dated(at)
		return kafka.Message{Key: []byte(no), Value: fmt.Appendf(nil, `{"no":%q,"shop":"web","status":%q,"at":%q,"total":%q}`, no, status, at, total)}
	}
	w.produce(t, name, []kafka.Message{
		record("SO-RIGHT", "new", "on-FIRST 09:00:00", "10.00"),
		record("SO-MIDNIGHT", "new", "on-SECOND 00:10:00", "20.00"), // still the 1st in UTC
		record("SO-CHANGED", "new", "on-FIRST 10:00:00", "31.50"),
		record("SO-EXTRA", "new", "on-SECOND 11:00:00", "40.00"),
		record("SO-DEAD", "odd", "on-FIRST 11:00:00", "50.00"),
		record("SO-HALF", "done", "on-AFTER 11:00:00", "60.00"),
		record("SO-BEFORE", "new", "on-BEFORE 11:00:00", "60.00"),
	})
	l := w.start(t, config)
	w.until(t, name, "6", "SELECT count() FROM takt.events WHERE process = '"+name+"'")
	// What it will compare is counted from the beginning.
	l.tells(t, "takt_reconciliations_total{result=\"done\",source=\""+name+"\"} 0\n")

	const list = `订单号,渠道,下单时间,金额
SO-RIGHT,web,on-FIRST 09:00:00,10
SO-MIDNIGHT,web,on-SECOND 00:10:00,20
SO-CHANGED,web,on-FIRST 10:00:00,30
SO-DEAD,web,on-FIRST 11:00:00,50
SO-LOST,web,on-FIRST 12:00:00,55
SO-HALF,web,on-SECOND 12:00:00,60
SO-BEFORE,web,on-SECOND 13:00:00,60
`
	path := filepath.Join(filepath.Dir(config), "list.csv")
	write(t, path, dated(list))
	reconcile := func(code int, flags ...string) reconciled {
		t.Helper()
		return w.reconcile(t, config, name, code, append(flags, path)...)
	}
	const differ = "SO-CHANGED mismatch amount, SO-DEAD missing dead_letter, SO-LOST missing not_received, SO-BEFORE mismatch day, SO-EXTRA extra, SO-HALF missing not_placed"
	for _, dry := range []bool{true, false} {
		flags, opened := []string{"--dry-run"}, 0
		if !dry {
			flags, opened = nil, 6
		}
		got := reconcile(1, flags...)
		if got.Agrees || got.orders() != differ || got.Opened != opened || got.Resolved != 0 {
			t.Errorf("got %s; opened %d, resolved %d", got.orders(), got.Opened, got.Resolved)
		}
		if c := got.Chain; c.List != 7 || c.Kafka != 6 || c.ClickHouse != 4 || c.DeadLetters != 1 || !c.Exactly {
			t.Errorf("chain: %+v", c)
		}
	}
	const open = "SELECT arrayStringConcat(arraySort(groupArray(order_id || ' ' || kind || ' ' || owner)), ', ') FROM takt.exception_states WHERE process = '" + name +
		"' AND open AND owner = 'li'"
	w.until(t, name, "SO-BEFORE field_mismatch li, SO-CHANGED field_mismatch li, SO-DEAD missing li, SO-EXTRA missing li, SO-HALF missing li, SO-LOST missing li", open)
	if got := one(t, w.engine, "SELECT sum(missing), sum(extra), sum(mismatch), sum(listed), sum(held) FROM takt.reconciliation_daily WHERE process = '"+name+"'"); got != "3 1 2 7 4" {
		t.Errorf("daily: got %s", got)
	}
	// The second time nothing is new, and an owner of a stage is no other for it.
	if got := reconcile(1); got.Opened+got.Resolved != 0 || got.orders() != differ {
		t.Errorf("once more: opened %d, resolved %d, %s", got.Opened, got.Resolved, got.orders())
	}
	if got := one(t, w.engine, "SELECT countIf(owner = 'li') FROM takt.visits WHERE process = '"+name+"'"); got != "0" {
		t.Errorf("%s visits were given to the owner of the source", got)
	}
	l.stop(t)

	l = w.start(t, config)
	l.ready(t)
	l.differs(t, name, "missing", "3")
	w.produce(t, name, []kafka.Message{
		record("SO-LOST", "new", "on-FIRST 12:00:00", "55.00"), record("SO-DEAD", "new", "on-FIRST 11:00:00", "50.00"), record("SO-HALF", "new", "on-SECOND 12:00:00", "60.00"),
		{Key: []byte("SO-CHANGED"), Value: []byte(`{"no":"SO-CHANGED","shop":"web","status":"done","at":"` + dated("on-FIRST") + ` 10:30:00","total":"30.00"}`)},
	})
	w.until(t, name, "3", "SELECT uniqExact(order_id) FROM takt.events WHERE process = '"+name+"' AND activity = 'order.placed' AND order_id IN ('SO-LOST', 'SO-DEAD', 'SO-HALF')")
	w.until(t, name, "30", "SELECT amount FROM takt.orders WHERE process = '"+name+"' AND order_id = 'SO-CHANGED'")
	write(t, path, strings.Replace(dated(list), dated("SO-BEFORE,web,on-SECOND 13:00:00,60\n"), dated("SO-EXTRA,web,on-SECOND 11:00:00,40\n"), 1))
	if got := reconcile(0); !got.Agrees || got.Resolved != 6 || got.Opened != 0 || got.orders() != "SO-DEAD late, SO-LOST late, SO-HALF late" {
		t.Errorf("repaired: resolved %d, opened %d, %s", got.Resolved, got.Opened, got.orders())
	}
	w.until(t, name, "", open)
	if got := one(t, w.engine, "SELECT count() FROM takt.reconciliation_orders WHERE process = '"+name+"' AND kind != 'late'"); got != "0" {
		t.Errorf("%s orders differ still by what is stored", got)
	}

	// The service compares by itself the newest list that it finds: so far there was none.
	l.tells(t, "takt_reconciliations_total{result=\"failed\",source=\""+name+"\"} ")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	scheduled := filepath.Join(filepath.Dir(config), "scheduled-")
	write(t, scheduled+"2.csv", string(text)+dated("SO-GHOST,web,on-SECOND 14:00:00,1\n"))
	w.until(t, name, "SO-GHOST missing li", open)
	write(t, scheduled+"1.csv", string(text))
	w.until(t, name, "", open)
	l.tells(t, "takt_reconciliations_total{result=\"done\",source=\""+name+"\"} ")

	// Of the day on which a list was written the orders are compared that were placed ten
	// minutes before it or earlier; a later list does it again.
	w.produce(t, name, []kafka.Message{record("SO-IN", "new", "on-AFTER 11:45:00", "1.00"), record("SO-OUT", "new", "on-AFTER 11:55:00", "1.00")})
	w.until(t, name, "2", "SELECT uniqExact(order_id) FROM takt.events WHERE process = '"+name+"' AND order_id IN ('SO-IN', 'SO-OUT')")
	running := func(at, rows string) {
		t.Helper()
		written, err := time.ParseInLocation(time.DateTime, dated("on-AFTER "+at), shanghai)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, string(text)+dated(rows))
		if err := os.Chtimes(path, written, written); err != nil {
			t.Fatal(err)
		}
		for _, old := range []string{"1.csv", "2.csv"} {
			_ = os.Remove(scheduled + old) // gone the second time
		}
		if err := os.Rename(path, scheduled+"3.csv"); err != nil {
			t.Fatal(err)
		}
	}
	const rows = "SO-EARLY,web,on-AFTER 11:49:00,1\nSO-IN,web,on-AFTER 11:45:00,1\nSO-NEW,web,on-AFTER 11:55:00,1\n"
	daily := "SELECT format('{} {} {} {}', listed, held, missing, extra) FROM takt.reconciliation_daily WHERE process = '" + name + "' AND day = '" + dated("on-AFTER") + "'"
	running("12:00:00", rows)
	w.until(t, name, "2 1 1 0", daily)
	w.until(t, name, "SO-EARLY missing li", open)
	w.produce(t, name, []kafka.Message{record("SO-EARLY", "new", "on-AFTER 11:49:00", "1.00")})
	running("12:30:00", rows)
	w.until(t, name, "3 3 1 1", daily)
	w.until(t, name, "SO-NEW missing li, SO-OUT missing li", open)
	l.stop(t)
}

// differs waits until the metric of a kind has the value.
func (l *life) differs(t *testing.T, source, kind, want string) {
	t.Helper()
	l.tells(t, fmt.Sprintf("takt_reconciliation_difference{kind=%q,source=%q} %s\n", kind, source, want))
}

// tells waits until the metrics say it.
func (l *life) tells(t *testing.T, line string) {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	var last string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		resp, err := http.Get("http://" + l.find(servedLine) + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if last = string(text); strings.Contains(last, line) {
			return
		}
	}
	t.Errorf("metrics never say %s", line)
}
