package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

const pushSecret = "0123456789abcdef0123456789abcdef"

// TestGatewayAndPoll brings sample payloads through the real program as their
// systems do: 简道云 and a Debezium push them, signed, 金蝶云星空 is asked for them and
// answers with lists; the stored events are the presets' golden ones. One row of its
// lists is longer than its topic takes: that is a dead letter and holds nothing up.
func TestGatewayAndPoll(t *testing.T) {
	t.Parallel()
	env, db := stack(t)
	dir := t.TempDir()
	names := []string{"jiandaoyun", "debezium", "k3cloud"}
	listen := freeAddress(t)
	golden := map[string][]string{}
	for _, name := range names {
		golden[name], _ = fixtures(t, name, filepath.Join(dir, name+".jsonl"))
	}
	write(t, filepath.Join(dir, "secret"), pushSecret)
	config := presetConfig(t, dir, samples(t, names), fmt.Sprintf(`gateway:
  listen: %s
  endpoints: [{source: jiandaoyun, secret_file: secret}, {source: debezium, secret_file: secret}]
poll:
  - source: k3cloud
    every: 1s
    since: "2026-01-01T00:00:00+08:00"
    format: "2006-01-02T15:04:05"
    rate: 100
    request: {method: POST, url: "%s", body: '{"FilterString":"FModifyDate>=''{from}''","StartRow":{offset},"Limit":{limit}}'}
    page: {style: offset, size: 3}
    columns: [%s]
`, listen, bills(t, filepath.Join(dir, "k3cloud.jsonl")), strings.Join(billColumns(), ", ")))
	cluster := kafka.Cluster{Brokers: []string{strings.TrimPrefix(env[0], "TAKT_KAFKA_BROKERS=")}}
	for _, name := range names {
		if err := cluster.CreateTopic(within(t, 30*time.Second), name, 4, 1, map[string]string{"max.message.bytes": "10000"}); err != nil {
			t.Fatal(err)
		}
	}
	gateway := background(t, env, "-c", config, "gateway", "--web.listen-address", "127.0.0.1:0")
	for _, name := range names[:2] {
		payloads, err := os.ReadFile(filepath.Join(dir, name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for body := range bytes.Lines(payloads) {
			for range 2 { // a delivery told again is one
				post(t, listen, name, fmt.Sprint(n), bytes.TrimSpace(body))
			}
			n++
		}
	}
	gateway()
	takt(t, env, "-c", config, "migrate")
	polling := background(t, env, "-c", config, "poll", "--web.listen-address", "127.0.0.1:0")
	for end := time.Now().Add(30 * time.Second); one(t, db, "SELECT count() FROM takt.polls") == "0"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no window was polled")
		}
	}
	polling()
	takt(t, env, "-c", config, "poll", "k3cloud", "--from", "2025-01-01T00:00:00+08:00", "--to", "2026-01-01T00:00:00+08:00")
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	got := map[string][]string{}
	for _, row := range query(t, db, "SELECT source, order_id, activity, formatDateTime(occurred_at, '%FT%T', 'UTC') FROM takt.events") {
		got[row[0]] = append(got[row[0]], strings.Join(row[1:], " "))
	}
	for _, name := range names {
		by := "gateway/"
		if name == "k3cloud" {
			by = "poll/"
		}
		t.Run(by+name, func(t *testing.T) { sameEvents(t, golden[name], got[name]) })
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("events of no preset: %v", got)
	}
	// Both processes were told it.
	const letters = "SELECT DISTINCT source, reason, field, key, JSONExtractString(value, 'order_id'), JSONExtractInt(value, 'bytes') > 20000 FROM takt.dead_letters"
	if got := one(t, db, letters); got != "k3cloud too_large max.message.bytes LONG LONG 1" {
		t.Errorf("dead letters: %s", got)
	}
	if got := one(t, db, "SELECT sum(records) FROM takt.progress WHERE topic = 'jiandaoyun'"); got != "4" {
		t.Errorf("%s records of 简道云, want its four payloads once", got)
	}
}

// background runs takt until the function that it returns is called.
func background(t *testing.T, env []string, args ...string) (stop func()) {
	t.Helper()
	cmd := command(t, env, args...)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	end := func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("takt %s: %v\n%s", strings.Join(args, " "), err, tail(log.String()))
		}
	}
	t.Cleanup(end)
	return end
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// post pushes a body, signed as the source's system signs, once the gateway
// listens.
func post(t *testing.T, addr, source, id string, body []byte) {
	t.Helper()
	at := fmt.Sprint(time.Now().Unix())
	path, header := "/in/"+source, http.Header{}
	if source == "jiandaoyun" {
		sum := sha1.Sum(fmt.Appendf(nil, "n:%s:%s:%s", body, pushSecret, at))
		path += "?nonce=n&timestamp=" + at
		header.Set("X-JDY-Signature", hex.EncodeToString(sum[:]))
		header.Set("X-JDY-DeliverId", id)
	} else {
		h := hmac.New(sha256.New, []byte(pushSecret))
		fmt.Fprintf(h, "%s.%s.%s", id, at, body)
		header.Set("Webhook-Id", id)
		header.Set("Webhook-Timestamp", at)
		header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+addr+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			if time.Now().After(end) {
				t.Fatal(err)
			}
			continue // it does not listen yet
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s", source, res.Status, text)
		}
		return
	}
}

// billColumns are the fields of a sales order of 金蝶云星空 as they are asked for.
func billColumns() []string {
	return []string{
		"FBillNo", "FDocumentStatus", "FDate", "FCustId.FNumber", "FSalerId.FNumber", "FCreateDate", "FApproveDate", "FModifyDate",
		"FCloseStatus", "FCloseDate", "FCancelStatus", "FCancelDate", "FChangeDate", "FVersionNo",
	}
}

// bills serves the rows of a file as lists of values, and one that is long, and returns
// its address.
func bills(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]json.RawMessage
	for line := range bytes.Lines(data) {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(line, &object); err != nil {
			t.Fatal(err)
		}
		var row []json.RawMessage
		for _, name := range billColumns() {
			v := object[name]
			if v == nil {
				v = json.RawMessage("null")
			}
			row = append(row, v)
		}
		if len(object) > len(row) {
			t.Fatalf("a fixture has fields that are not asked for: %s", line)
		}
		rows = append(rows, row)
	}
	var noise strings.Builder // which does not compress
	for noise.Len() < 20_000 {
		noise.WriteString(rand.Text())
	}
	long := slices.Clone(rows[0])
	long[0], long[1] = json.RawMessage(`"LONG"`), fmt.Appendf(nil, "%q", noise.String())
	rows = slices.Insert(rows, 1, long)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			FilterString    string
			StartRow, Limit int
		}
		page := [][]json.RawMessage{}
		// All rows are of the year before the first window.
		if json.NewDecoder(r.Body).Decode(&in) == nil && strings.HasPrefix(in.FilterString, "FModifyDate>='2025-1") {
			page = rows[min(in.StartRow, len(rows)):min(in.StartRow+in.Limit, len(rows))]
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
