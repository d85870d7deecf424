package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

const purchaseProcess = `
process: %[1]s
title: {en: Purchase, zh: 采购}
timezone: UTC
opens_on: ["Create Purchase Order Item"]
closes_on: {completed: ["Clear Invoice"]}
stages:
  - {name: receipt, title: {en: Receipt, zh: 收货}, starts_on: ["Create Purchase Order Item"], ends_on: ["Record Goods Receipt", "Record Service Entry Sheet"], after_close: true}
  - {name: invoice, title: {en: Invoice, zh: 发票}, starts_on: ["Vendor creates invoice"], ends_on: ["Record Invoice Receipt"], after_close: true}
`

const purchaseMapping = `
zone: UTC
times: [rfc3339]
identity: content
fields: {order_id: case, channel: {const: erp}, occurred_at: timestamp}
activity: {from: activity}
`

// TestDirtyLog takes the dirtiest real log there is: half its rows are exact
// duplicates, and some cases begin in 1948.
func TestDirtyLog(t *testing.T) {
	t.Parallel()
	path := data(t, "bpic2019/events.csv.gz")
	var facts struct {
		BPIC struct {
			Events     int
			Duplicates int `json:"exact_duplicate_events"`
		} `json:"bpic2019"`
	}
	file, err := os.ReadFile(data(t, "facts.json"))
	if err == nil {
		err = json.Unmarshal(file, &facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	var want auditSum
	seen, cases := map[string]bool{}, map[string]bool{}
	for _, row := range readCSV(t, path)[1:] {
		want.Records++
		switch key := strings.Join(row, "\x00"); {
		case row[2] < "2000":
			want.Dead++
		case seen[key]:
			want.Duplicates++
		default:
			seen[key], cases[row[0]] = true, true
			want.Stored++
			want.Events++
		}
	}
	if want.Records != int64(facts.BPIC.Events) || want.Dead == 0 || want.Duplicates > int64(facts.BPIC.Duplicates) {
		t.Fatalf("the file is not the one of facts.json: %+v", want)
	}
	w := newWorld(t)
	const name = "dirty"
	config := w.setup(t, name, run{process: purchaseProcess, mapping: purchaseMapping})
	takt(t, w.env(), "-c", config, "replay", name, path)
	takt(t, w.env(), "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	if got := w.audited(t, name, config, int(want.Records)); got != want {
		t.Errorf("audit: got %+v, want %+v", got, want)
	}
	for sql, answer := range map[string]string{
		"SELECT count() FROM takt.events WHERE process = '" + name + "'":                                                             fmt.Sprint(want.Events),
		"SELECT count(), groupUniqArray(reason), max(toYear(written_at)) > 2000 FROM takt.dead_letters WHERE topic = '" + name + "'": fmt.Sprintf("%d ['time_out_of_range'] 1", want.Dead),
		"SELECT count() FROM takt.orders WHERE process = '" + name + "'":                                                             fmt.Sprint(len(cases)),
		"SELECT count() FROM takt.visits WHERE process = '" + name + "' AND entered_at < '2000-01-01'":                               "0",
	} {
		if got := one(t, w.engine, sql); got != answer {
			t.Errorf("%s: got %s, want %s", sql, got, answer)
		}
	}
	t.Logf("%d rows: %d events, %d duplicates, %d before 2000", want.Records, want.Events, want.Duplicates, want.Dead)
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
