package clickhouse

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/takt-orders/takt/ingest"
)

// watch is an Observer that remembers.
type watch struct {
	mu       sync.Mutex
	inserted []string
	retried  []string
}

func (w *watch) Inserted(table string, rows int, _ time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inserted = append(w.inserted, table)
}

func (w *watch) Retried(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retried = append(w.retried, reason)
}

// proxy stands between a DB and the shared engine.
func proxy(t *testing.T) *toxiproxy.Proxy {
	t.Helper()
	logger := zerolog.Nop()
	p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), logger), "clickhouse", "127.0.0.1:0", shared.Addr)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// The server commits an insert, its answer is lost: the retry is recognised.
func TestAnswerLostAfterCommit(t *testing.T) {
	p := proxy(t)
	seen := &watch{}
	var cut func(table string)
	db := open(t, func(c *Config) {
		c.Addr = []string{p.Listen}
		c.Observer = seen
		c.Before = func(table string, _ *ingest.Flush) { cut(table) }
	})
	direct := open(t, nil)
	mustExec(t, direct, "SYSTEM STOP MERGES") // they would collapse what the token let through
	defer mustExec(t, direct, "SYSTEM START MERGES")
	cuts := 0
	cut = func(table string) {
		if table != "events" && table != "orders" && table != "progress" {
			return
		}
		cuts++
		toxic, err := p.Toxics.AddToxicJson(strings.NewReader(`{"name":"cut","type":"timeout","stream":"downstream","attributes":{"timeout":300}}`))
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			time.Sleep(400 * time.Millisecond)
			_ = p.Toxics.RemoveToxic(context.WithoutCancel(t.Context()), toxic.Name)
		}()
	}
	f := many("cut", 500)
	f.Effects = sample("cut", "cut").Effects
	mustWrite(t, NewWriter(db, retail("cut")), f)
	if cuts != 3 || !slices.Contains(seen.retried, RetryNetwork) {
		t.Errorf("got %d cuts and retries %v, want 3 cuts and network retries", cuts, seen.retried)
	}
	// Not even the storage tables hold a row twice: the token was recognised.
	for query, want := range map[string]int{
		"SELECT count() FROM takt_store.events WHERE topic = 'cut'":   500,
		"SELECT count() FROM takt_store.orders WHERE topic = 'cut'":   2,
		"SELECT count() FROM takt_store.progress WHERE topic = 'cut'": 1,
	} {
		if n := count(t, direct, query); n != want {
			t.Errorf("%s: got %d, want %d", query, n, want)
		}
	}
}

// The progress row is there but nobody said so: an old retry reads it and is done.
func TestOldRetryReadsProgress(t *testing.T) {
	db := open(t, func(c *Config) { c.DedupAge = time.Nanosecond })
	w := NewWriter(db, retail("old"))
	f := sample("old", "old")
	mustWrite(t, w, f)
	done, err := w.written(t.Context(), &f.Flush)
	if err != nil || !done {
		t.Fatalf("written: got %v, %v", done, err)
	}
	f.Number++
	if done, err := w.written(t.Context(), &f.Flush); err != nil || done {
		t.Fatalf("another flush written: got %v, %v", done, err)
	}
}

func TestGoneServerIsWaitedForUntilTheDeadline(t *testing.T) {
	p := proxy(t)
	db := open(t, func(c *Config) { c.Addr = []string{p.Listen}; c.Observer = &watch{} })
	w := NewWriter(db, retail("gone"))
	p.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := sample("gone", "gone").write(ctx, w); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want the deadline", err)
	}
	back := make(chan error, 1)
	go func() {
		time.Sleep(200 * time.Millisecond)
		back <- p.Start()
	}()
	mustWrite(t, w, sample("gone", "gone"))
	if err := <-back; err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "SELECT count() FROM takt.progress WHERE topic = 'gone'"); n != 1 {
		t.Errorf("got %d progress rows, want 1", n)
	}
}
