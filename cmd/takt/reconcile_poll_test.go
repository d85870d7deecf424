package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

// lister is a system that lists its orders page by page to whoever has logged in, and
// breaks off in the middle once.
type lister struct {
	mu     sync.Mutex
	rows   []map[string]string
	broken bool
	pages  int
}

func (l *lister) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := map[string]any{"token": "t-1"}
	if q := r.URL.Query(); r.URL.Path == "/list" {
		from, _ := strconv.Atoi(q.Get("offset"))
		limit, err := strconv.Atoi(q.Get("limit"))
		if err != nil || q.Get("token") != "t-1" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if from > 0 && !l.broken {
			l.broken = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		l.pages++
		rows := []map[string]string{}
		for _, row := range l.rows {
			if day := row["at"][:len(time.DateOnly)]; day >= q.Get("from") && day <= q.Get("to") {
				rows = append(rows, row)
			}
		}
		answer = map[string]any{"data": map[string]any{"rows": rows[min(from, len(rows)):min(from+limit, len(rows))]}}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// TestReconcilePolled compares what the system of a source lists when it is asked.
func TestReconcilePolled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "reconcilepolled"
	shop := &lister{}
	server := httptest.NewServer(shop)
	defer server.Close()
	config := w.setup(t, name, run{partitions: 1, every: 50 * time.Millisecond, mapping: listedMapping, source: fmt.Sprintf(`, owner: li, reconcile: {every: 1s, poll: {
    days: 3, zone: Asia/Shanghai, format: "2006-01-02", rate: 100, login: {url: "%[1]s/login", token: token},
    request: {url: "%[1]s/list?token={token}&from={from}&to={to}&offset={offset}&limit={limit}"}, page: {style: offset, size: 10}, records: data.rows}}`, server.URL)})
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().In(shanghai).AddDate(0, 0, -2).Format(time.DateOnly)
	var log []kafka.Message
	for i := range 25 {
		row := map[string]string{"no": fmt.Sprintf("SO-%02d", i), "shop": "web", "status": "new", "at": fmt.Sprintf("%s 10:%02d:00", day, i), "total": "5.00"}
		value, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		shop.rows = append(shop.rows, row)
		log = append(log, kafka.Message{Key: []byte(row["no"]), Value: value})
	}
	// Takt has no SO-07, and one order that the system does not list.
	lost, ghost := log[7], log[24]
	shop.rows = shop.rows[:24]
	w.produce(t, name, append(slices.Clone(log[:7]), log[8:]...))

	l := w.start(t, config)
	w.until(t, name, "24", "SELECT count() FROM takt.events WHERE process = '"+name+"' AND activity = 'order.placed'")
	const open = "SELECT arrayStringConcat(arraySort(groupArray(order_id || ' ' || kind || ' ' || owner)), ', ') FROM takt.exception_states WHERE process = '" + name + "' AND open AND owner = 'li'"
	w.until(t, name, "SO-07 missing li, SO-24 missing li", open)
	if got := w.reconcile(t, config, name, 1); got.orders() != "SO-07 missing not_received, SO-24 extra" || got.Opened != 0 || got.Chain.List != 24 {
		t.Errorf("by hand: %s, opened %d, listed %d", got.orders(), got.Opened, got.Chain.List)
	}
	w.produce(t, name, []kafka.Message{lost})
	shop.mu.Lock()
	var late map[string]string
	if err := json.Unmarshal(ghost.Value, &late); err != nil {
		t.Error(err)
	}
	shop.rows = append(shop.rows, late)
	shop.mu.Unlock()
	w.until(t, name, "", open)
	l.stop(t)
	if shop.mu.Lock(); !shop.broken || shop.pages < 6 {
		t.Errorf("broken off: %v, %d pages", shop.broken, shop.pages)
	}
	shop.mu.Unlock()
}
