package main

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
)

// TestCalendarsInSQL compares 100,000 random pairs of instants over the calendars
// that ship, and one over midnight with changes of the clock: takt_working_seconds
// counts the milliseconds that Go counts, for a reader and after a restart too.
func TestCalendarsInSQL(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*time.Minute)
	cfg, err := config.Load("testdata/calendars.yaml", func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, start := range []string{"first", "after a restart"} {
		t.Run(start, func(t *testing.T) {
			engine, err := embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := engine.Close(); err != nil {
					t.Error(err)
				}
			}()
			if start == "first" {
				recordCalendars(ctx, t, engine.Addr, cfg)
			}
			reader, err := clickhouse.Open(ctx, clickhouse.Config{Addr: []string{engine.Addr}, User: clickhouse.ReaderUser})
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			r := rand.New(rand.NewPCG(7, uint64(len(start))))
			const batch = 5_000 // a query is at most 256 KiB
			for n := 0; n < 100_000; n += batch {
				c := cfg.Calendars[n/batch%len(cfg.Calendars)]
				var from, to, want []int64
				for i := range batch {
					a := 946_684_800_000 + r.Int64N(1_925_000_000_000) // 2000 to 2060
					if i%2 == 0 {
						a = 1_704_067_200_000 + r.Int64N(95_000_000_000) // announced years
					}
					b := a + r.Int64N([]int64{86_400_000, 2_000_000_000, 40_000_000_000}[i%3]+1)
					from, to, want = append(from, a), append(to, b), append(want, c.Between(order.Instant(a), order.Instant(b)))
				}
				var differ, compared uint64
				if err := reader.Conn().QueryRow(ctx, `SELECT countIf(ifNull(toInt64(round(takt_working_seconds(?, fromUnixTimestamp64Milli(p.1), fromUnixTimestamp64Milli(p.2)) * 1000)), -1) != p.3), count()
					FROM (SELECT arrayJoin(arrayZip(?, ?, ?)) AS p)`, c.Name, from, to, want).Scan(&differ, &compared); err != nil {
					t.Fatal(err)
				}
				if differ > 0 || compared != batch {
					t.Errorf("%s: %d of %d pairs differ, want %d pairs", c.Name, differ, compared, batch)
				}
			}
		})
	}
}

// recordCalendars migrates the store and writes the calendars.
func recordCalendars(ctx context.Context, t *testing.T, addr string, cfg *config.Config) {
	t.Helper()
	db, err := clickhouse.Open(ctx, clickhouse.Config{Addr: []string{addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.SyncCalendars(ctx, order.At(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)), cfg.Calendars); err != nil {
		t.Fatal(err)
	}
}
