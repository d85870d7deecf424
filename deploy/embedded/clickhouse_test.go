package embedded

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func runParent(dir string) {
	ch, err := StartClickHouse(context.Background(), ClickHouseConfig{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("%d %s\n", ch.Pid(), ch.Addr)
	select {}
}

// shared is one engine for all tests that do not kill it.
var shared struct {
	sync.Once
	ch  *ClickHouse
	dir string
	err error
}

// mustShared returns the shared engine.
func mustShared(t testing.TB) *ClickHouse {
	t.Helper()
	shared.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "takt-embedded-"); shared.err == nil {
			shared.ch, shared.err = StartClickHouse(context.Background(), ClickHouseConfig{Dir: shared.dir, Progress: os.Stderr})
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.ch
}

// mustStart starts an engine for one test.
func mustStart(t testing.TB, dir string) *ClickHouse {
	t.Helper()
	begin := time.Now()
	ch, err := StartClickHouse(t.Context(), ClickHouseConfig{Dir: dir, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", time.Since(begin).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := ch.Close(); err != nil {
			t.Error(err)
		}
	})
	return ch
}

// mustOpen connects as a Takt process does.
func mustOpen(t testing.TB, ch *ClickHouse, user string, change ...func(*clickhouse.Options)) clickhouse.Conn {
	t.Helper()
	opt := &clickhouse.Options{Addr: []string{ch.Addr}, Protocol: clickhouse.HTTP, Auth: clickhouse.Auth{Username: user, Database: "default"}}
	for _, f := range change {
		f(opt)
	}
	conn, err := clickhouse.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func mustExec(t testing.TB, conn clickhouse.Conn, sql string, args ...any) {
	t.Helper()
	if err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func mustCount(t testing.TB, conn clickhouse.Conn, sql string, args ...any) uint64 {
	t.Helper()
	var n uint64
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// curl sends a request as people do.
func curl(t testing.TB, ch *ClickHouse, method, rawQuery, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+ch.Addr+"/?"+rawQuery, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

func q(sql string) string { return "query=" + url.QueryEscape(sql) }
