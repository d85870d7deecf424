package alerts_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/metrics/view"
)

// TestRunbooks executes the checks of every runbook: SQL on the engine, PromQL on the
// pinned Prometheus. Each has three, all its parts in both languages, and names scenarios
// that exist.
func TestRunbooks(t *testing.T) {
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}, Writer: "runbooks"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := errors.Join(db.Migrate(t.Context()), view.Apply(t.Context(), db, time.Now())); err != nil {
		t.Fatal(err)
	}
	store := promqltest.LoadedStorage(t, "load 1m\n  up{job=\"takt\"} 1 1 1\n")
	t.Cleanup(func() { _ = store.Close() }) // a second close is no fault
	prom := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	t.Cleanup(func() { _ = prom.Close() })
	known := scenarios()
	block := regexp.MustCompile("(?s)```(sql|promql)\n(.*?)\n```")
	for _, name := range slices.Concat(alerts.Names(), notify.Names()) {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("runbooks", name+".md"))
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{
				"**Meaning.**", "**Who is hurt.**", "## First three checks", "## Likely causes", "## What to do", "**Escalate.**", "**Silence.**", "**Known false alarms.**",
				"## 中文", "**含义**", "**影响谁**", "**先查三项**", "**可能原因**", "**处理步骤**", "**何时升级**", "**如何静默**", "**已知误报**",
			} {
				if !strings.Contains(string(text), part) {
					t.Errorf("lacks %s", part)
				}
			}
			blocks := block.FindAllStringSubmatch(string(text), -1)
			if len(blocks) != 3 {
				t.Errorf("has %d checks, want 3", len(blocks))
			}
			for _, b := range blocks {
				if b[1] == "sql" {
					rows, err := db.Conn().Query(t.Context(), b[2])
					if err != nil {
						t.Errorf("%v in\n%s", err, b[2])
						continue
					}
					for rows.Next() {
					}
					if err := rows.Err(); err != nil {
						t.Errorf("%v in\n%s", err, b[2])
					}
					if err := rows.Close(); err != nil {
						t.Error(err)
					}
					continue
				}
				q, err := prom.NewInstantQuery(t.Context(), store, nil, b[2], time.Unix(60, 0))
				if err == nil {
					err = q.Exec(t.Context()).Err
				}
				if err != nil {
					t.Errorf("%v in %s", err, b[2])
				}
			}
			for _, s := range regexp.MustCompile("`([a-z]+_[a-z]+)`").FindAllStringSubmatch(string(text), -1) {
				if !strings.Contains(known, fmt.Sprintf(" %s ", s[1])) && s[1] != "stuck_after" {
					t.Errorf("%s is no scenario", s[1])
				}
			}
		})
	}
}
