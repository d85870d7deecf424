//go:build unix

package embedded

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestKillKeepsWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	ch := mustStart(t, dir)
	mustTable(t, mustOpen(t, ch, "takt_writer"), "kept", "")
	var (
		acknowledged atomic.Uint64
		writers      sync.WaitGroup
	)
	for range 2 {
		conn := mustOpen(t, ch, "takt_writer")
		writers.Go(func() {
			for {
				batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO kept (n, s)")
				if err != nil {
					return
				}
				for i := range 100 {
					if err := batch.Append(uint64(i), "x"); err != nil {
						return
					}
				}
				if batch.Send() != nil {
					return
				}
				acknowledged.Add(100)
			}
		})
	}
	for acknowledged.Load() < 2000 {
		time.Sleep(time.Millisecond)
	}
	if err := ch.Kill(); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	conn := mustOpen(t, mustStart(t, dir), "takt_reader")
	got := mustCount(t, conn, "SELECT count() FROM kept")
	if want := acknowledged.Load(); got < want || got > want+200 || got%100 != 0 {
		t.Errorf("%d rows, %d were acknowledged", got, want)
	}
}

func TestOneEngineForOnePath(t *testing.T) {
	dir := t.TempDir()
	mustStart(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if ch, err := StartClickHouse(ctx, ClickHouseConfig{Dir: dir}); err == nil {
		_ = ch.Close()
		t.Error("a second engine started on the same data")
	} else {
		t.Log(err)
	}
}

func TestChildDiesWithParent(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), "TAKT_TEST_PARENT="+dir)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	var addr string
	if _, err := fmt.Fscan(bufio.NewReader(out), &pid, &addr); err != nil {
		t.Fatal(err)
	}
	conn := mustOpen(t, &ClickHouse{Addr: addr}, "takt_writer")
	mustExec(t, conn, "CREATE TABLE orphan (n UInt64) ENGINE = MergeTree ORDER BY n")
	if err := parent.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	for begin := time.Now(); syscall.Kill(pid, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatal("the child outlived its parent")
		}
	}
	mustCount(t, mustOpen(t, mustStart(t, dir), "takt_reader"), "SELECT count() FROM orphan")
}

// BenchmarkInsert is what a flush costs: batches of 100,000 rows.
func BenchmarkInsert(b *testing.B) {
	ch := mustShared(b)
	conn := mustOpen(b, ch, "takt_writer", func(o *clickhouse.Options) {
		o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	})
	mustTable(b, conn, "bench", "")
	var sent time.Duration
	for b.Loop() {
		sent += mustInsert(b, conn, "bench", 100_000, nil)
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(100_000*float64(b.N)/sent.Seconds(), "sent-rows/s")
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", ch.Pid()))
	var rss float64
	for _, line := range strings.Split(string(status), "\n") {
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &rss); err == nil {
			b.ReportMetric(rss/1024, "MB-rss")
		}
	}
}
