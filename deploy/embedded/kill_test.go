package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

const forever = "SELECT sum(sleepEachRow(0.01)) FROM numbers(1000000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0"

// await waits until the number of running statements whose id has the prefix is n.
func await(t *testing.T, conn clickhouse.Conn, prefix string, n uint64) {
	t.Helper()
	var got uint64
	for range 500 {
		got = mustCount(t, conn, "SELECT count() FROM system.processes AS p WHERE p.query_id LIKE '"+prefix+"%' AND user = 'takt_writer'")
		if got == n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d statements %s* run, want %d", got, prefix, n)
}

func TestKillQuery(t *testing.T) {
	ch := mustShared(t)
	conn, other := mustOpen(t, ch, "takt_writer"), mustOpen(t, ch, "takt_writer")
	ended := make(chan error, 1)
	go func() {
		ended <- conn.Exec(clickhouse.Context(context.Background(), clickhouse.WithQueryID("kill/me *1")), forever)
	}()
	await(t, other, "kill/me *", 1)
	// A reader finds its own statements only.
	mustExec(t, mustOpen(t, ch, "takt_reader"), "KILL QUERY WHERE query_id = 'kill/me *1' ASYNC")
	await(t, other, "kill/me *", 1)
	// One id, one statement.
	var e *clickhouse.Exception
	if err := other.Exec(clickhouse.Context(t.Context(), clickhouse.WithQueryID("kill/me *1")), "SELECT 1"); !errors.As(err, &e) || e.Code != 216 {
		t.Errorf("got %v, want code 216", err)
	}
	var status, id, user, text string
	if err := other.QueryRow(t.Context(), "KILL QUERY WHERE query_id LIKE 'kill/me%' SYNC").Scan(&status, &id, &user, &text); err != nil {
		t.Fatal(err)
	}
	if status != "finished" || id != "kill/me *1" || user != "takt_writer" || text != forever {
		t.Errorf("got %q %q %q %q", status, id, user, text)
	}
	if err := <-ended; !errors.As(err, &e) || e.Code != 394 {
		t.Errorf("got %v, want code 394", err)
	}
	await(t, other, "kill/me", 0)
}

// An INSERT whose client hangs is what a new owner of a partition meets.
func TestKillHangingInsert(t *testing.T) {
	ch := mustShared(t)
	conn := mustOpen(t, ch, "takt_writer")
	mustTable(t, conn, "hanging", "")
	c, err := net.Dial("tcp", ch.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /?user=takt_writer&query_id=takt-orders-3-17&"+q("INSERT INTO hanging FORMAT TSV")+
		" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n1\tx\t2026-01-01 00:00:00.000\n"); err != nil {
		t.Fatal(err)
	}
	await(t, conn, "takt-orders-3-", 1)
	begin := time.Now()
	mustExec(t, conn, "KILL QUERY WHERE query_id LIKE 'takt-orders-3-%' SYNC")
	t.Logf("killed after %s", time.Since(begin))
	await(t, conn, "takt-orders-3-", 0)
	if got := mustCount(t, conn, "SELECT count() FROM hanging"); got != 0 {
		t.Errorf("%d rows were stored", got)
	}
}

func TestCancelledContextKills(t *testing.T) {
	ch := mustShared(t)
	other := mustOpen(t, ch, "takt_writer")
	for i, sql := range []string{forever, "SELECT sleepEachRow(0.01) FROM numbers(1000000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0 FORMAT TSV"} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		conn := mustOpen(t, ch, "takt_writer")
		go func() {
			ended <- conn.Exec(clickhouse.Context(ctx, clickhouse.WithQueryID(fmt.Sprintf("gone-%d", i))), sql)
		}()
		await(t, other, "gone-", 1)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want a cancelled context", err)
		}
		await(t, other, "gone-", 0)
	}
}

func TestSessions(t *testing.T) {
	ch := mustShared(t)
	post := func(query, sql string) (int, string) { return curl(t, ch, "POST", "user=takt_writer&"+query, sql) }
	if status, text := post("session_id=s1", "CREATE TEMPORARY TABLE mine (a UInt8)"); status != 200 {
		t.Fatal(text)
	}
	if _, text := post("session_id=s1&log_comment=x", "SELECT count(), getSetting('log_comment') FROM mine"); text != "0\tx\n" {
		t.Error(text)
	}
	if _, text := post("session_id=s1", "SELECT getSetting('log_comment')"); text != "\n" {
		t.Error(text)
	}
	if status, text := post("session_id=s2", "SELECT count() FROM mine"); status != 404 {
		t.Error(text)
	}
	if status, text := post("session_id=s3&session_check=1", "SELECT 1"); status != 404 {
		t.Error(text)
	}
}
