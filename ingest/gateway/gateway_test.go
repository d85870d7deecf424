package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/gateway"
)

// TestAnswers asks for every answer but those of pressure, on a real broker, and
// finds in the log what was taken and nothing else.
func TestAnswers(t *testing.T) {
	k := startKafka(t, "orders", 4)
	log := newTopic(t, k.Addr, "orders")
	c, counts := newClock(), newTally()
	var text bytes.Buffer
	addr := serve(t, gateway.Config{
		Now: c.now, Observer: counts, Logger: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Endpoints: []gateway.Endpoint{
			{Source: "hook", Verifier: &gateway.Webhook{Secret: []byte(secret), Within: time.Minute}, Log: log, Key: orderID, MaxBody: 1000},
			{Source: "简道云", Verifier: &gateway.Jiandaoyun{Secret: []byte(secret), Within: time.Minute}, Log: log, Key: orderID, MaxBody: 1000},
			{Source: "token", Verifier: &gateway.Bearer{Token: []byte(secret), DeliveryHeader: "Ce-Id", Within: time.Minute}, Log: log, Key: orderID, MaxBody: 1000},
			{Source: "plain", Verifier: &gateway.Bearer{Token: []byte(secret)}, Log: log, Key: orderID, MaxBody: 1000},
			{Source: "slow", Verifier: &gateway.Bearer{Token: []byte(secret)}, Log: log, Key: orderID, MaxBody: 1000, Rate: 2},
		},
	})
	now := c.now()
	jdy := gateway.Path("简道云")
	token := http.Header{"Authorization": {"Bearer " + secret}}
	with := func(q request, name, value string) request {
		q.header = q.header.Clone()
		q.header.Del(name)
		if value != "" {
			q.header.Set(name, value)
		}
		return q
	}
	long := `{"order_id":"` + strings.Repeat("9", 1000) + `"}`
	for _, step := range []struct {
		name   string
		send   request
		status int
		result string
	}{
		{"taken", webhook("/in/hook", "1", body, now), 200, "taken"},
		{"again", webhook("/in/hook", "1", body, now), 200, "repeated"},
		{"again, signed anew", webhook("/in/hook", "1", body, now.Add(time.Second)), 200, "repeated"},
		{"one of two signatures", with(webhook("/in/hook", "2", body, now), "Webhook-Signature",
			"v1a,AAAA v1,"+strings.Repeat("A", 43)+"= "+webhook("/in/hook", "2", body, now).header.Get("Webhook-Signature")), 200, "taken"},
		{"no source", webhook("/in/other", "1", body, now), 404, "unknown_source"},
		{"no path", webhook("/", "1", body, now), 404, "unknown_source"},
		{"not posted", request{http.MethodGet, "/in/hook", "", nil}, 405, "wrong_method"},
		{"compressed", with(webhook("/in/hook", "3", body, now), "Content-Encoding", "gzip"), 415, "encoded"},
		{"no id", with(webhook("/in/hook", "3", body, now), "Webhook-Id", ""), 400, "incomplete"},
		{"no time", with(webhook("/in/hook", "3", body, now), "Webhook-Timestamp", ""), 400, "incomplete"},
		{"time of words", with(webhook("/in/hook", "3", body, now), "Webhook-Timestamp", "now"), 400, "incomplete"},
		{"no signature", with(webhook("/in/hook", "3", body, now), "Webhook-Signature", ""), 400, "incomplete"},
		{"signature of another version", with(webhook("/in/hook", "3", body, now), "Webhook-Signature", "v2,AAAA"), 400, "incomplete"},
		{"wrong signature", with(webhook("/in/hook", "3", body, now), "Webhook-Signature", "v1,"+strings.Repeat("A", 43)+"="), 401, "unauthentic"},
		{"id changed", with(webhook("/in/hook", "3", body, now), "Webhook-Id", "4"), 401, "unauthentic"},
		{"time changed", with(webhook("/in/hook", "3", body, now), "Webhook-Timestamp", fmt.Sprint(now.Unix()+1)), 401, "unauthentic"},
		{"body changed", func() request { q := webhook("/in/hook", "3", body, now); q.body = `{"order_id":"SO2"}`; return q }(), 401, "unauthentic"},
		{"too old", webhook("/in/hook", "3", body, now.Add(-61*time.Second)), 401, "clock_skew"},
		{"from the future", webhook("/in/hook", "3", body, now.Add(61*time.Second)), 401, "clock_skew"},
		{"too large", webhook("/in/hook", "3", long, now), 413, "too_large"},
		{"no JSON", webhook("/in/hook", "3", `{"order_id":"SO1"`, now), 400, "not_json"},

		{"简道云", jiandaoyun(jdy, "1", body, now), 200, "taken"},
		{"简道云 again", jiandaoyun(jdy, "1", body, now), 200, "repeated"},
		{"简道云 again, signed anew", jiandaoyun(jdy, "1", body, now.Add(time.Second)), 200, "repeated"},
		{"简道云 replayed under another id", jiandaoyun(jdy, "2", body, now), 409, "replayed"},
		{"简道云 without an id", with(jiandaoyun(jdy, "", body, now.Add(2*time.Second)), "X-JDY-DeliverId", ""), 200, "taken"},
		{"简道云 without an id again", with(jiandaoyun(jdy, "", body, now.Add(2*time.Second)), "X-JDY-DeliverId", ""), 200, "repeated"},
		{"简道云 too old", jiandaoyun(jdy, "3", body, now.Add(-61*time.Second)), 401, "clock_skew"},
		{"简道云 without a signature", with(jiandaoyun(jdy, "3", body, now), "X-JDY-Signature", ""), 400, "incomplete"},
		{"简道云 signature of words", with(jiandaoyun(jdy, "3", body, now), "X-JDY-Signature", "signature"), 400, "incomplete"},
		{"简道云 wrong signature", with(jiandaoyun(jdy, "3", body, now), "X-JDY-Signature", strings.Repeat("0", 40)), 401, "unauthentic"},
		{"简道云 without a nonce", func() request { q := jiandaoyun(jdy, "3", body, now); q.path = jdy + "?timestamp=1"; return q }(), 400, "incomplete"},

		{"token", request{http.MethodPost, "/in/token", body, with(request{header: token}, "Ce-Id", "1").header}, 200, "taken"},
		{"token again", request{http.MethodPost, "/in/token", body, with(request{header: token}, "Ce-Id", "1").header}, 200, "repeated"},
		{"token without an id", request{http.MethodPost, "/in/token", body, token}, 400, "incomplete"},
		{"no token", request{http.MethodPost, "/in/token", body, nil}, 401, "unauthentic"},
		{"wrong token", request{http.MethodPost, "/in/token", body, http.Header{"Authorization": {"Bearer " + secret + "0"}}}, 401, "unauthentic"},
		{"token by another scheme", request{http.MethodPost, "/in/token", body, http.Header{"Authorization": {"Basic " + secret}}}, 401, "unauthentic"},
		{"no ids", request{http.MethodPost, "/in/plain", body, token}, 200, "taken"},
		{"no ids again", request{http.MethodPost, "/in/plain", body, token}, 200, "taken"},
		{"first of a second", request{http.MethodPost, "/in/slow", body, token}, 200, "taken"},
		{"second of a second", request{http.MethodPost, "/in/slow", body, token}, 200, "taken"},
		{"third of a second", request{http.MethodPost, "/in/slow", body, token}, 429, "too_fast"},
	} {
		status, result, header := step.send.send(t, addr)
		if status != step.status || result != step.result {
			t.Errorf("%s: got %d %s, want %d %s", step.name, status, result, step.status, step.result)
		}
		if later := header.Get("Retry-After") != ""; later != (status == 429) {
			t.Errorf("%s: Retry-After is %q", step.name, header.Get("Retry-After"))
		}
	}
	c.advance(time.Second)
	if status, _, _ := (request{http.MethodPost, "/in/slow", body, token}).send(t, addr); status != 200 {
		t.Errorf("a second later: got %d, want 200", status)
	}
	// What was used is remembered for as long as its time is taken.
	c.advance(58 * time.Second)
	if status, result, _ := jiandaoyun(jdy, "9", body, now.Add(time.Second)).send(t, addr); status != 409 {
		t.Errorf("at the window's end: got %d %s", status, result)
	}
	records := read(t, k.Addr, "orders")
	taken := 0
	for name, n := range counts.count {
		if strings.HasSuffix(name, " taken") {
			taken += n
		}
	}
	if len(records) != taken {
		t.Errorf("the log holds %d records, %d were taken", len(records), taken)
	}
	for _, r := range records {
		if string(r.Value) != body || string(r.Key) != "SO1" || r.Partition != records[0].Partition {
			t.Errorf("record of partition %d: key %q, value %q", r.Partition, r.Key, r.Value)
		}
	}
	for _, what := range []string{"hook unauthentic", "简道云 replayed", "hook too_large", " unknown_source", "slow too_fast"} {
		if counts.get(what) == 0 {
			t.Errorf("%q was not counted: %v", what, counts.count)
		}
	}
	if strings.Contains(text.String(), "SO1") || strings.Contains(text.String(), secret) {
		t.Errorf("the log of messages holds values:\n%s", text.String())
	}
	if counts.inMemory() != 0 {
		t.Errorf("%d bytes are held when all is done", counts.inMemory())
	}
}

// TestTruncated sends bodies that end before their end, and one that is too large
// without saying so.
func TestTruncated(t *testing.T) {
	counts := newTally()
	addr := serve(t, gateway.Config{Observer: counts, Endpoints: []gateway.Endpoint{
		{Source: "plain", Verifier: &gateway.Bearer{Token: []byte(secret)}, Log: blocked(nil), Key: orderID, MaxBody: 1000},
	}})
	for _, c := range []struct{ name, rest, want string }{
		{"shorter than it says", "Content-Length: 100\r\n\r\n{\"order_id\":", "400"},
		{"in chunks without an end", "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"ord\r\n", "400"},
		{"in chunks beyond the limit", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat("x", 1001) + "\r\n0\r\n\r\n", "413"},
		{"no HTTP", "Content-Length: -1\r\n\r\n", "400"},
		{"headers beyond the limit", "X-Long: " + strings.Repeat("x", 40<<10) + "\r\n\r\n", "431"},
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, "POST /in/plain HTTP/1.1\r\nHost: takt\r\nAuthorization: Bearer "+secret+"\r\n"+c.rest)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).CloseWrite() // the answer tells whether it came
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 "+c.want) {
			t.Errorf("%s: got %q, error %v, want %s", c.name, line, err, c.want)
		}
		conn.Close()
	}
	if counts.get("plain truncated") != 2 || counts.get("plain too_large") != 1 {
		t.Errorf("counted %v", counts.count)
	}
}

// blocked is a log that acknowledges when it is told to; a nil one never does.
type blocked chan struct{}

func (b blocked) Append(ctx context.Context, _ gateway.Delivery) error {
	select {
	case <-b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestPressure holds that memory is bounded: what the log is not done with is
// accounted for, even if its sender was told to come again.
func TestPressure(t *testing.T) {
	log, counts := make(blocked), newTally()
	addr := serve(t, gateway.Config{Observer: counts, Memory: 80 << 10, Patience: 50 * time.Millisecond, Endpoints: []gateway.Endpoint{
		{Source: "hook", Verifier: &gateway.Webhook{Secret: []byte(secret), Within: time.Minute}, Log: log, Key: orderID, MaxBody: 10 << 10},
	}})
	results := map[string]int{}
	for i := range 10 {
		status, result, header := webhook("/in/hook", fmt.Sprint(i), body, time.Now()).send(t, addr)
		if header.Get("Retry-After") == "" || status != 503 && status != 429 {
			t.Fatalf("got %d %s without an acknowledgement", status, result)
		}
		results[result]++
	}
	if results["not_acknowledged"] != 4 || results["no_memory"] != 6 {
		t.Errorf("got %v, want room for four deliveries in 80 KiB", results)
	}
	if held := counts.inMemory(); held < 4*len(body) || held > 80<<10 {
		t.Errorf("%d bytes are held, want what the log holds", held)
	}
	close(log)
	for counts.inMemory() > 0 {
		time.Sleep(time.Millisecond)
	}
	if status, result, _ := webhook("/in/hook", "0", body, time.Now()).send(t, addr); status != 200 || result != "taken" {
		t.Errorf("afterwards: got %d %s, want it to be taken", status, result)
	}
}

// TestTLS pushes through TLS with a certificate that is asked for at each
// connection.
func TestTLS(t *testing.T) {
	pair := httptest.NewTLSServer(http.NotFoundHandler())
	defer pair.Close()
	log := make(blocked)
	close(log)
	addr := serve(t, gateway.Config{
		Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair.TLS.Certificates[0], nil },
		Endpoints: []gateway.Endpoint{
			{Source: "plain", Verifier: &gateway.Bearer{Token: []byte(secret)}, Log: log, Key: orderID},
		},
	})
	client := pair.Client()
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+addr+"/in/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 || res.TLS == nil {
		t.Errorf("got %s", res.Status)
	}
	health, err := client.Get("https://" + addr + "/healthz")
	if err != nil || health.StatusCode != 200 {
		t.Fatalf("healthz: %v", err)
	}
	health.Body.Close()
}

// TestConfig finds every error at once.
func TestConfig(t *testing.T) {
	_, err := gateway.New(gateway.Config{Memory: 1000, Endpoints: []gateway.Endpoint{
		{Source: "a", Rate: -1, MaxBody: 10, Verifier: &gateway.Bearer{}, Log: blocked(nil), Key: orderID},
		{Source: "a", MaxBody: 2000, Verifier: &gateway.Bearer{}, Log: blocked(nil), Key: orderID},
		{Source: "b"},
		{Source: "c", MaxBody: 2000, Verifier: &gateway.Bearer{}, Log: blocked(nil), Key: orderID},
	}})
	for _, want := range []string{"negative", "stands twice", "are required", "does not fit"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if key, err := gateway.WebhookSecret("whsec_AAEC"); err != nil || string(key) != "\x00\x01\x02" {
		t.Errorf("whsec_: got %q, %v", key, err)
	}
	if _, err := gateway.WebhookSecret("whsec_not base64"); err == nil || strings.Contains(err.Error(), "not base64 ") {
		t.Errorf("whsec_: got %v", err)
	}
}
