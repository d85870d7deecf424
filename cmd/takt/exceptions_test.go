package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

const laxProcess = `
process: %[1]s
title: {en: Lax, zh: 宽松}
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.delivered]}
stages:
  - {name: review, title: {en: Review, zh: 审核}, starts_on: [order.placed], ends_on: [order.delivered], owner: {team: desk, escalate_to: lead, escalate_after: 1s}, limit: {within: 1s, of: wall}}
`

const apiToken = "an-api-token-of-a-test"

// told is what commands and the API say of an exception.
type told struct {
	ID             string  `json:"id"`
	OrderID        string  `json:"order_id"`
	State          string  `json:"state"`
	Revision       int     `json:"revision"`
	Owner          string  `json:"owner"`
	OwnerTeam      string  `json:"owner_team"`
	Cause          string  `json:"cause"`
	AcknowledgedBy string  `json:"acknowledged_by"`
	ArchivedAt     *string `json:"archived_at"`
	Current        *told   `json:"current"`
	Changes        []struct {
		Step    string `json:"step"`
		Origin  string `json:"origin"`
		Author  string `json:"author"`
		Refused bool   `json:"refused"`
	} `json:"changes"`
}

// TestExceptions takes an exception from its detection to its archive: by the
// command line, the HTTP API and the topic.
func TestExceptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name, topic = "ledgered", "ledgered-changes"
	r := run{partitions: 1, every: 50 * time.Millisecond, process: laxProcess}
	config := w.setup(t, name, r)
	if err := w.cluster().CreateTopic(within(t, time.Minute), topic, 2, 1, nil); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(filepath.Dir(config), "token"), apiToken+"\n")
	yaml, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(yaml)+"api: {token_file: token}\nledger: {topic: "+topic+"}\n")
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	var log []kafka.Message
	for i := range 2 {
		log = append(log, message(order.Event{OrderID: fmt.Sprintf("SO-%d", i), Activity: "order.placed", OccurredAt: order.At(time.Now())}))
	}
	w.produce(t, name, log)
	w.until(t, name, "2", "SELECT count() FROM takt.exception_states WHERE process = '"+name+"' AND escalated_at IS NOT NULL")

	exceptions := func(args ...string) string {
		return takt(t, w.env(), append([]string{"-c", config, "exceptions"}, args...)...)
	}
	var list []told
	decode(t, exceptions("--process", name, "--json"), &list)
	if len(list) != 2 || list[0].State != "assigned" || list[0].OwnerTeam != "desk" || list[0].Revision != 0 {
		t.Fatalf("listed: %+v", list)
	}
	if zh := exceptions("list", "--process", name, "--lang", "zh"); !strings.Contains(zh, "已分派") || !strings.Contains(zh, "lead") {
		t.Errorf("in Chinese:\n%s", zh)
	}
	id := list[0].ID
	winner := w.racedFor(t, config, id)

	// The API sees what the command line did, and the other way round.
	var seen told
	if status := l.ask(t, "GET", "exceptions/"+id, "", &seen); status != 200 || seen.AcknowledgedBy != winner || len(seen.Changes) != 2 {
		t.Errorf("GET: got %d %+v, %s won", status, seen, winner)
	}
	if status := l.ask(t, "POST", "exceptions/"+id+"/changes", `{"revision":0,"step":"note","note":"late","author":"sun"}`, &seen); status != 409 || seen.Current.AcknowledgedBy != winner {
		t.Errorf("POST on an old revision: got %d %+v", status, seen)
	}
	if status := l.ask(t, "POST", "exceptions/"+id+"/changes", `{"revision":1,"step":"note","note":"carrier called","author":"sun"}`, &seen); status != 201 || seen.State != "followed" {
		t.Errorf("POST: got %d %+v", status, seen)
	}

	// One change by the topic, sent three times, beside one that is none.
	change := kafka.Message{Key: []byte(id), Value: fmt.Appendf(nil, `{"exception":"%s","change":"erp-1","step":"resolve","author":"erp","cause":"strike"}`, id)}
	w.produce(t, topic, []kafka.Message{change, change, {Key: []byte(id), Value: []byte("nonsense")}, change})
	w.until(t, name, tabbed("resolved 3"), "SELECT state, revision FROM takt.exception_states WHERE id = "+id)
	l.stop(t)
	l = w.start(t, config)
	l.ready(t)
	w.produce(t, topic, []kafka.Message{change, {Key: []byte(id), Value: fmt.Appendf(nil, `{"exception":"%s","step":"note","note":"after","author":"erp"}`, id)}})
	w.until(t, name, tabbed("resolved 4"), "SELECT state, revision FROM takt.exception_states WHERE id = "+id)

	// No cause is asked for again: the topic named one.
	decode(t, exceptions("archive", id, "--as", "boss", "--json"), &seen)
	if seen.State != "archived" || seen.Cause != "strike" || seen.ArchivedAt == nil {
		t.Errorf("archived: %+v", seen)
	}
	decode(t, exceptions("reopen", id, "--as", "boss", "--json"), &seen)
	decode(t, exceptions("assign", id, "--as", "boss", "--to", "wang", "--json"), &seen)
	if seen.State != "assigned" || seen.Owner != "wang" || seen.Revision != 7 {
		t.Errorf("reopened and assigned: %+v", seen)
	}
	decode(t, exceptions("show", id, "--json"), &seen)
	if len(seen.Changes) != 9 || seen.Changes[1].Origin != "person" {
		t.Errorf("%d changes are shown, want 7 and 2 refused: %+v", len(seen.Changes), seen.Changes)
	}
	if shown := exceptions("show", id); !strings.Contains(shown, "note (refused)") || !strings.Contains(shown, "carrier called") {
		t.Errorf("shown:\n%s", shown)
	}
	if got := one(t, w.engine, "SELECT sum(exceptions), sum(escalated), sum(acknowledged), sum(reopened) FROM takt.exception_times_daily WHERE process = '"+name+"'"); got != "2 2 1 1" {
		t.Errorf("times: got %s", got)
	}
	l.stop(t)
}

// racedFor lets two processes acknowledge an exception on one revision and returns
// who won.
func (w *world) racedFor(t *testing.T, config, id string) (winner string) {
	t.Helper()
	racers := []string{"li", "zhao"}
	codes, logs := make([]int, len(racers)), make([]bytes.Buffer, len(racers))
	var race sync.WaitGroup
	for i, who := range racers {
		race.Go(func() {
			cmd := command(t, w.env(), "-c", config, "exceptions", "ack", id, "--revision", "0", "--as", who)
			cmd.Stderr = &logs[i]
			_ = cmd.Run() // the exit code is looked at
			codes[i] = cmd.ProcessState.ExitCode()
		})
	}
	race.Wait()
	switch codes[0] + codes[1] {
	case 1:
		winner = racers[codes[0]]
		if lost := logs[1-codes[0]].String() + logs[codes[0]].String(); !strings.Contains(lost, "it is acknowledged at revision 1, by "+winner) {
			t.Errorf("the loser was told:\n%s", lost)
		}
	default:
		t.Fatalf("exit codes %d, want 0 and 1\n%s%s", codes, logs[0].String(), logs[1].String())
	}
	return winner
}

// ask asks the API of a running service.
func (l *life) ask(t *testing.T, method, path, body string, answer any) int {
	t.Helper()
	l.ready(t)
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+l.find(servedLine)+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+apiToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, string(text), answer)
	return resp.StatusCode
}

// decode reads JSON over what stands in v, emptied first.
func decode(t *testing.T, text string, v any) {
	t.Helper()
	if seen, ok := v.(*told); ok {
		*seen = told{}
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
