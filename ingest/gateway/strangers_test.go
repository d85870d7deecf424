package gateway_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/gateway"
)

// stranger begins a delivery that announces a body, sends so many bytes of it and
// then nothing.
func stranger(t *testing.T, addr string, announced, sent int) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	q := webhook("/in/hook", "stranger", "", time.Now())
	q.header.Set("Content-Length", fmt.Sprint(announced))
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: takt\r\n", q.path)
	if err := q.header.Write(&head); err != nil {
		t.Fatal(err)
	}
	head.WriteString("\r\n")
	if _, err := c.Write(head.Bytes()); err != nil {
		t.Fatal(err)
	}
	if sent > 0 {
		_, _ = io.WriteString(c, strings.Repeat("x", sent)) // it may be refused meanwhile
	}
	return c
}

// from returns a client at another local address.
func from(t *testing.T, address string) *http.Client {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address+":0")
	if err != nil {
		t.Skipf("%s is no address of this machine", address)
	}
	l.Close()
	transport := &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// status sends a delivery by the client and returns the answer's status.
func (q request) status(t *testing.T, client *http.Client, addr string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), q.method, "http://"+addr+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = q.header.Clone()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to pass that %s", what)
		}
	}
}

// TestStrangers holds that senders who prove nothing and are slow keep signed
// deliveries from nothing: neither by what they announce, nor by what they send, nor
// by their connections.
func TestStrangers(t *testing.T) {
	log := make(blocked)
	close(log)
	start := func(t *testing.T, connections int) (string, *tally) {
		counts := newTally()
		return serve(t, gateway.Config{Observer: counts, Memory: 1 << 20, Connections: connections, Endpoints: []gateway.Endpoint{
			{Source: "hook", Verifier: &gateway.Webhook{Secret: []byte(secret), Within: time.Minute}, Log: log, Key: orderID, MaxBody: 256 << 10},
			{Source: "token", Verifier: &gateway.Bearer{Token: []byte(secret)}, Log: log, Key: orderID, MaxBody: 256 << 10},
		}}), counts
	}
	long := `{"order_id":"` + strings.Repeat("9", 200<<10) + `"}`
	t.Run("that announce", func(t *testing.T) {
		addr, counts := start(t, 4096)
		var all []net.Conn
		for range 200 {
			all = append(all, stranger(t, addr, 256<<10, 100))
		}
		until(t, "all strangers are served", func() bool { return counts.inMemory() >= 200<<10 })
		for i := range 50 {
			if got := webhook("/in/hook", fmt.Sprint(i), body, time.Now()).status(t, http.DefaultClient, addr); got != 200 {
				t.Fatalf("delivery %d: got %d beside 200 strangers", i, got)
			}
		}
		for _, c := range all {
			c.Close()
		}
		until(t, "their memory is free", func() bool { return counts.inMemory() == 0 })
	})
	t.Run("that send all but the end", func(t *testing.T) {
		addr, counts := start(t, 4096)
		client := from(t, "127.0.0.2")
		for range 8 {
			stranger(t, addr, 256<<10, 256<<10-1)
		}
		until(t, "their address has its share", func() bool { return counts.get("hook no_memory") == 7 && counts.inMemory() == 256<<10 })
		if got := webhook("/in/hook", "a", long, time.Now()).status(t, http.DefaultClient, addr); got != 429 {
			t.Errorf("signed, at the address of strangers: got %d", got)
		}
		if got := webhook("/in/hook", "b", long, time.Now()).status(t, client, addr); got != 200 {
			t.Errorf("signed, at another address: got %d", got)
		}
		token := request{http.MethodPost, "/in/token", long, http.Header{"Authorization": {"Bearer " + secret}}}
		if got := token.status(t, http.DefaultClient, addr); got != 200 {
			t.Errorf("known before its body is read, at the address of strangers: got %d", got)
		}
	})
	t.Run("that only connect", func(t *testing.T) {
		addr, _ := start(t, 16)
		client := from(t, "127.0.0.2")
		closed := 0
		for range 20 {
			c := stranger(t, addr, 100, 0)
			_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset") {
				closed++
			}
		}
		if closed != 16 {
			t.Errorf("%d of 20 connections were closed, want all but a quarter of 16", closed)
		}
		if got := webhook("/in/hook", "c", body, time.Now()).status(t, client, addr); got != 200 {
			t.Errorf("at another address: got %d", got)
		}
	})
}
