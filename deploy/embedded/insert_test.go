package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// mustInsert sends one batch of n rows and reports how long that took.
func mustInsert(t testing.TB, conn clickhouse.Conn, table string, n int, settings clickhouse.Settings) time.Duration {
	t.Helper()
	batch, err := conn.PrepareBatch(clickhouse.Context(t.Context(), clickhouse.WithSettings(settings)), "INSERT INTO "+table+" (n, s, at)")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for i := range n {
		if err := batch.Append(uint64(i), fmt.Sprintf("order-%d", i), at.Add(time.Duration(i)*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now()
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

func mustTable(t testing.TB, conn clickhouse.Conn, name, tail string) {
	t.Helper()
	mustExec(t, conn, "DROP TABLE IF EXISTS "+name)
	mustExec(t, conn, "CREATE TABLE "+name+" (n UInt64, s String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY n "+tail)
}

func TestInsertCompressions(t *testing.T) {
	ch := mustShared(t)
	for _, method := range []clickhouse.CompressionMethod{
		clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD, clickhouse.CompressionGZIP, clickhouse.CompressionDeflate,
	} {
		t.Run(method.String(), func(t *testing.T) {
			conn := mustOpen(t, ch, "takt_writer", func(o *clickhouse.Options) {
				o.Compression = &clickhouse.Compression{Method: method, Level: 1}
			})
			table := "compressed_" + method.String()
			mustTable(t, conn, table, "")
			took := mustInsert(t, conn, table, 100_000, nil)
			t.Logf("%.0f rows/s", 100_000/took.Seconds())
			if got := mustCount(t, conn, "SELECT sum(n) FROM "+table); got != 99_999*100_000/2 {
				t.Errorf("sum is %d", got)
			}
			rows, err := conn.Query(t.Context(), "SELECT s FROM "+table+" ORDER BY n")
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for ; rows.Next(); n++ {
			}
			if rows.Err() != nil || n != 100_000 {
				t.Errorf("read %d rows: %v", n, rows.Err())
			}
		})
	}
}

func TestInsertIsOnePart(t *testing.T) {
	conn := mustOpen(t, mustShared(t), "takt_writer")
	mustTable(t, conn, "one_part", "SETTINGS old_parts_lifetime = 600")
	mustInsert(t, conn, "one_part", 200_000, nil)
	if got := mustCount(t, conn, "SELECT count() FROM system.parts WHERE table = 'one_part'"); got != 1 {
		t.Errorf("%d parts, want 1", got)
	}
}

func TestInsertDeduplicates(t *testing.T) {
	conn := mustOpen(t, mustShared(t), "takt_writer")
	mustTable(t, conn, "deduplicated", "SETTINGS non_replicated_deduplication_window = 100")
	for range 3 {
		mustInsert(t, conn, "deduplicated", 10, clickhouse.Settings{"insert_deduplication_token": "flush-1"})
	}
	mustInsert(t, conn, "deduplicated", 10, clickhouse.Settings{"insert_deduplication_token": "flush-2"})
	if got := mustCount(t, conn, "SELECT count() FROM deduplicated"); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
}

func TestInsertByCurl(t *testing.T) {
	ch := mustShared(t)
	conn := mustOpen(t, ch, "takt_writer")
	mustTable(t, conn, "curled", "")
	for i, tt := range []struct{ query, body string }{
		{"", "INSERT INTO curled FORMAT JSONEachRow\n{\"n\":0,\"s\":\"a\"}\n"},
		{q("INSERT INTO curled FORMAT JSONEachRow"), "{\"n\":1,\"s\":\"b\"}\n"},
		{q("INSERT INTO curled (n, s) VALUES"), "(2, 'c; d')"},
		{"", "INSERT INTO curled (n, s) VALUES (1 + 2, 'VALUES')"},
		{"param_s=x", "INSERT INTO curled (n, s) SELECT 4, {s:String}"},
		{q("INSERT INTO curled (n, s) FORMAT TSV"), "5\te\n"},
		{"", "INSERT INTO curled (n, s) FORMAT CSV 6,f"},
		{"param_s=y", "INSERT INTO curled (n, s) VALUES (7, {s:String})"},
	} {
		if status, text := curl(t, ch, "POST", "user=takt_writer&"+tt.query, tt.body); status != 200 || text != "" {
			t.Errorf("%q %q: %d %s", tt.query, tt.body, status, text)
		}
		if got := mustCount(t, conn, "SELECT count() FROM curled WHERE n = {n:UInt64}", clickhouse.Named("n", fmt.Sprint(i))); got != 1 {
			t.Errorf("%q: row %d stands %d times", tt.query+tt.body, i, got)
		}
	}
}

// A client that dies while it sends must leave nothing behind.
func TestInsertOfHalfABody(t *testing.T) {
	ch := mustShared(t)
	conn := mustOpen(t, ch, "takt_writer")
	mustTable(t, conn, "half", "")
	rows := strings.Repeat("1\tx\t2026-01-01 00:00:00.000\n", 200_000)
	head := "POST /?user=takt_writer&query_id=%s&" + q("INSERT INTO half FORMAT TSV") + " HTTP/1.1\r\nHost: x\r\n"
	for _, tt := range []struct{ name, head, body string }{
		{"length", fmt.Sprintf("Content-Length: %d\r\n\r\n", len(rows)+100), rows},
		{"chunks", "Transfer-Encoding: chunked\r\n\r\n", fmt.Sprintf("%x\r\n%s\r\n", len(rows), rows)},
		{"frame", "Transfer-Encoding: chunked\r\n\r\n", "20\r\n0123456789abcdef0123456789abcdef\r\n0\r\n\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := net.Dial("tcp", ch.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			h := fmt.Sprintf(head, "half-"+tt.name)
			if tt.name == "frame" {
				h = strings.Replace(h, "user=", "decompress=1&user=", 1)
			}
			if _, err := io.WriteString(c, h+tt.head+tt.body); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode == 200 {
				t.Error("acknowledged")
			}
			if got := mustCount(t, conn, "SELECT count() FROM half"); got != 0 {
				t.Errorf("%d rows were stored", got)
			}
		})
	}
}

func TestInsertsInParallel(t *testing.T) {
	ch := mustShared(t)
	mustTable(t, mustOpen(t, ch, "takt_writer"), "parallel", "")
	var wg sync.WaitGroup
	for range 2 {
		conn := mustOpen(t, ch, "takt_writer")
		wg.Go(func() {
			for range 3 {
				mustInsert(t, conn, "parallel", 1000, nil)
			}
		})
	}
	wg.Wait()
	if got := mustCount(t, mustOpen(t, ch, "takt_reader"), "SELECT count() FROM parallel"); got != 6000 {
		t.Errorf("%d rows, want 6000", got)
	}
}

func TestReaderCannotInsert(t *testing.T) {
	ch := mustShared(t)
	mustTable(t, mustOpen(t, ch, "takt_writer"), "guarded", "")
	for _, user := range []string{"takt_reader", "takt_boards"} {
		conn := mustOpen(t, ch, user)
		batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO guarded")
		if err != nil {
			t.Fatal(err)
		}
		if err := batch.Append(uint64(1), "x", time.Now()); err != nil {
			t.Fatal(err)
		}
		var e *clickhouse.Exception
		if err := batch.Send(); !errors.As(err, &e) || e.Code != 164 {
			t.Errorf("%s: got %v, want code 164", user, err)
		}
	}
}
