package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestInit goes from a sample file with foreign column names to visits, by what
// takt source init proposes and nothing else.
func TestInit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "auftraege.csv")
	want := foreign(t, file)
	told := takt(t, nil, "source", "init", file, "--name", "auftraege", "--zone", "Europe/Berlin", "--dir", dir)
	for _, line := range []string{
		"Orders begin with ['Angelegt'] and are completed by ['Zugestellt'], cancelled by ['Storniert']",
		`"Liefertermin" lies ahead of what happens`,
		"Times carry no zone: they are read in Europe/Berlin",
		`No field was found for "Artikel"`,
		"No stage has an owner",
	} {
		if !strings.Contains(told, line) {
			t.Errorf("takt source init does not say %q:\n%s", line, told)
		}
	}
	env, db := stack(t)
	config := filepath.Join(dir, "takt.yaml")
	takt(t, env, "-c", config, "replay", "auftraege", file)
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	ask(t, db, map[string]string{
		"SELECT count() FROM takt.dead_letters":                                                                   "0",
		"SELECT count() FROM takt.orders":                                                                         fmt.Sprint(want["orders"]),
		"SELECT count() FROM takt.orders WHERE status = 'completed'":                                              fmt.Sprint(want["Zugestellt"]),
		"SELECT uniqExact(order_id) FROM takt.visits WHERE stage = 'to_geprüft' AND outcome = 'finished'":         fmt.Sprint(want["Geprüft"]),
		"SELECT uniqExact(order_id) FROM takt.visits WHERE stage = 'to_zugestellt' AND outcome = 'finished'":      fmt.Sprint(want["Zugestellt"]),
		"SELECT arrayStringConcat(groupArray(stage), ' ') FROM (SELECT stage FROM takt.stages ORDER BY position)": "to_geprüft to_bezahlt to_gepackt to_versandt to_zugestellt",
		"SELECT countIf(toHour(promised_at, 'Europe/Berlin') = 0) FROM takt.orders":                               fmt.Sprint(want["promised"]),
		"SELECT sum(amount) > 0, uniqExact(channel) > 1 FROM takt.orders":                                         "1 1",
	})
}

// foreign writes simulated orders as a German shop would, and returns how many
// orders have each activity.
func foreign(t *testing.T, file string) map[string]int {
	t.Helper()
	words := map[string]string{
		"order.placed": "Angelegt", "order.approved": "Geprüft", "order.paid": "Bezahlt", "order.picked": "Gepackt",
		"order.shipped": "Versandt", "order.delivered": "Zugestellt", "order.cancelled": "Storniert",
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{{"Artikel", "Vorgang", "Auftrag", "Zeitpunkt", "Betrag", "Kanal", "Liefertermin"}}
	orders := map[string]map[string]bool{}
	log := takt(t, nil, "simulate", "--days", "6", "--per-day", "100", "--until", "2026-01-31", "--seed", "7", "--scenario", "normal")
	for line := range strings.Lines(log) {
		var e struct {
			Order    string `json:"order_id"`
			Unit     string
			Activity string
			At       time.Time `json:"occurred_at"`
			Product  string
			Channel  string
			Amount   json.Number
			Promised time.Time `json:"promised_at"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		word := words[e.Activity]
		if word == "" || e.Unit != "" && orders[word][e.Order] {
			continue // a shop that knows no parcels
		}
		tell := func(what string) {
			if orders[what] == nil {
				orders[what] = map[string]bool{}
			}
			orders[what][e.Order] = true
		}
		tell(word)
		tell("orders")
		promised := ""
		if !e.Promised.IsZero() {
			tell("promised")
			promised = e.Promised.In(berlin).Format("2.1.2006")
		}
		rows = append(rows, []string{e.Product, word, e.Order, e.At.In(berlin).Format("2.1.2006 15:04:05"), e.Amount.String(), e.Channel, promised})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for word, all := range orders {
		counts[word] = len(all)
	}
	return counts
}
