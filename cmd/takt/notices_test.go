package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest/kafka"
)

// noticesConfig is that of the page of S/4HANA.
const noticesConfig = `kafka: {brokers: [localhost:9092], group: takt-notices}
clickhouse: {addr: [localhost:8123], protocol: http, user: takt_writer}
processes: [sales.yaml]
sources:
  - {name: sales, topic: sales, process: sales, mapping: canonical}
  - {name: s4-notices, topic: s4-notices, through: sales, mapping: {preset: s4hana}}
  - {name: s4-orders, topic: s4-orders, through: sales, mapping: s4-orders.yaml}
poll:
  - source: s4-orders
    notices: s4-notices
    every: 1s
    rate: 200
    request: {url: "%s/A_SalesOrder('{key}')?$format=json"}
    records: d
`

const noticesMapping = `times: [epoch_ms]
identity: content
fields:
  order_id: SalesOrder
  occurred_at: {cel: 'text.LastChangeDateTime.substring(6, text.LastChangeDateTime.indexOf("+"))'}
  amount: TotalNetAmount
  currency: TransactionCurrency
  actor: CreatedByUser
personal: [CreatedByUser]
activity:
  from: OverallSDProcessStatus
  map: {A: ignore, B: order.picked, C: order.shipped}
`

const noticesProcess = `process: sales
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.shipped], cancelled: [order.cancelled]}
stages:
  - {name: pick, starts_on: [order.placed], ends_on: [order.picked], owner: {team: warehouse}, limit: {within: 24h, of: wall, objective: 95%}}
  - {name: ship, starts_on: [order.picked], ends_on: [order.shipped], owner: {team: dispatch}, limit: {within: 24h, of: wall, objective: 95%}}
`

// salesOrders is a system that tells how an order stands to whoever names it.
type salesOrders struct {
	mu     sync.Mutex
	status map[string]string
	at     map[string]time.Time
	asked  int
}

func (s *salesOrders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	number := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/A_SalesOrder('"), "')")
	switch {
	case s.status[number] == "":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"005056A509B11EE1B9A8FEC11C21D78E"}}`)
	case s.asked%7 == 0:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		fmt.Fprintf(w, `{"d":{"SalesOrder":"%s","OverallSDProcessStatus":"%s","LastChangeDateTime":"/Date(%d+0000)/","TotalNetAmount":"59.90","TransactionCurrency":"EUR","CreatedByUser":"LI"}}`,
			number, s.status[number], s.at[number].UnixMilli())
	}
}

// TestNotices has a system name its orders and nothing else of them. Takt asks for each,
// also for what was named while no poller ran, and tells the whole way of each order.
func TestNotices(t *testing.T) {
	t.Parallel()
	env, db := stack(t)
	dir := t.TempDir()
	erp := &salesOrders{status: map[string]string{}, at: map[string]time.Time{}}
	server := httptest.NewServer(erp)
	defer server.Close()
	config := filepath.Join(dir, "takt.yaml")
	write(t, config, fmt.Sprintf(noticesConfig, server.URL))
	write(t, filepath.Join(dir, "s4-orders.yaml"), noticesMapping)
	write(t, filepath.Join(dir, "sales.yaml"), noticesProcess)
	cluster := kafka.Cluster{Brokers: []string{strings.TrimPrefix(env[0], "TAKT_KAFKA_BROKERS=")}}
	for topic, partitions := range map[string]int{"sales": 2, "s4-notices": 3, "s4-orders": 2} {
		if err := cluster.CreateTopic(within(t, time.Minute), topic, partitions, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	var want []string
	// change has every order reach a status, and the system name it twice.
	change := func(hours int, kind, status, activity string) {
		t.Helper()
		var log [][]byte
		erp.mu.Lock()
		defer erp.mu.Unlock()
		for i := range 10 {
			number, at := fmt.Sprint(3016300+i), begin.Add(time.Duration(hours)*time.Hour+time.Duration(i)*time.Minute)
			erp.status[number], erp.at[number] = status, at
			notice := fmt.Appendf(nil, `{"type":"sap.s4.beh.salesorder.v1.SalesOrder.%s.v1","specversion":"1.0","source":"/s4","id":"%s-%d","time":"%s","data":{"SalesOrder":"%s"}}`,
				kind, number, hours, at.Format(time.RFC3339), number)
			log = append(log, notice, notice)
			want = append(want, strings.Join([]string{number, activity, at.Format(time.RFC3339)}, " "))
		}
		log = append(log, []byte(`{"type":"sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1","id":"gone","time":"2026-03-02T01:00:00Z","data":{"SalesOrder":"404"}}`))
		if err := produce(t.Context(), cluster, "s4-notices", log, func(b []byte) string { return string(b[len(b)-12:]) }); err != nil {
			t.Fatal(err)
		}
	}
	// until waits until the poller has written so many records.
	until := func(records int64) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			var n int64
			for p := range 2 {
				conn, err := kafkago.DialLeader(within(t, 10*time.Second), "tcp", cluster.Brokers[0], "s4-orders", p)
				if err != nil {
					t.Fatal(err)
				}
				last, err := conn.ReadLastOffset()
				if err := errors.Join(err, conn.Close()); err != nil {
					t.Fatal(err)
				}
				n += last
			}
			if n >= records {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%d records, want %d", n, records)
			}
		}
	}
	takt(t, env, "-c", config, "migrate")
	stop := background(t, env, "-c", config, "poll", "--web.listen-address", "127.0.0.1:0")
	change(0, "Created", "A", "order.placed")
	until(10)
	change(5, "Changed", "B", "order.picked")
	until(20)
	stop()
	change(9, "Changed", "C", "order.shipped")
	stop = background(t, env, "-c", config, "poll", "--web.listen-address", "127.0.0.1:0")
	until(30)
	stop()
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	var got []string
	for _, row := range query(t, db, "SELECT order_id, activity, formatDateTime(occurred_at, '%FT%TZ', 'UTC') FROM takt.events") {
		got = append(got, strings.Join(row, " "))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %d events:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
	}
	if got := one(t, db, "SELECT count() || ' ' || sum(amount) FROM takt.orders WHERE status = 'completed'"); got != "10 599" {
		t.Errorf("completed orders and their amount: %s", got)
	}
	if got := one(t, db, "SELECT count() FROM takt.dead_letters"); got != "0" {
		t.Errorf("%s dead letters", got)
	}
}
