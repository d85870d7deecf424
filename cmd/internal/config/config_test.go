package config_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/metrics/process"
)

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadMinimal(t *testing.T) {
	cfg := mustLoad(t, "testdata/minimal.yaml", none)
	if diff := cmp.Diff(cfg.Kafka, config.Kafka{
		Brokers: []string{"localhost:9092"}, Group: "takt", SessionTimeout: 6 * time.Second,
	}); diff != "" {
		t.Errorf("kafka (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(cfg.ClickHouse, config.ClickHouse{
		Addr: []string{"localhost:8123"}, Protocol: "http", User: "takt_writer", Compression: "lz4",
	}, cmpopts.EquateComparable(config.Secret{})); diff != "" {
		t.Errorf("clickhouse (-got +want):\n%s", diff)
	}
	if cfg.Flush != (config.Flush{Rows: 20_000, Every: time.Second}) {
		t.Errorf("flush: got %+v", cfg.Flush)
	}
	s := cfg.Source("shop")
	if s == nil || s.Process != cfg.Process("retail") || s.Process == nil {
		t.Fatalf("source shop: got %+v", s)
	}
	if s.Epoch != 1 || s.Partitioner != "murmur2" || s.Assignment != "group" || s.Instances != 1 || s.MaxRecordBytes != 1<<20 {
		t.Errorf("source shop: got %+v", s)
	}
	if got := len(cfg.Process("retail").Stages); got != 5 {
		t.Errorf("retail: got %d stages, want 5", got)
	}
}

func TestLoad(t *testing.T) {
	cfg := mustLoad(t, "testdata/valid.yaml", none)
	if got := cfg.ClickHouse.Password.Reveal(); got != "hunter2-of-clickhouse" {
		t.Errorf("password: got %q", got)
	}
	if got := cfg.CustomerKey.Reveal(); len(got) != 32 {
		t.Errorf("customer key: got %d bytes, want 32", len(got))
	}
	own := cfg.Process("自有")
	if own == nil || len(cfg.Processes) != 2 || cfg.Processes[1] != own {
		t.Fatalf("processes: got %v", cfg.Processes)
	}
	holds := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Holds" }, cmp.Ignore())
	zones := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	calendars := cmp.Comparer(func(a, b *process.Calendar) bool { return a == b })
	if diff := cmp.Diff(own, &process.Process{
		Calendar: cfg.Calendars[2],
		Name:     "自有", Title: process.Text{EN: "自有流程", ZH: "自有流程"}, Zone: zone,
		OpensOn:  []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.9, Granularity: process.Instant},
		Stages: []process.Stage{{
			Name: "审核", Title: process.Text{EN: "审核", ZH: "审核"},
			StartsOn: []string{"order.placed"}, EndsOn: []string{"order.approved"}, Calendar: cfg.Calendars[1],
			Owner: process.Owner{Person: "u-17", Team: "sales", EscalateTo: "lead", EscalateAfter: 2 * time.Hour},
			Limit: process.Limit{Within: 24 * time.Hour, Of: process.Working, Objective: 0.9, WarnAt: 0.75},
			Overrides: []process.Override{
				{When: "event.amount >= 1000", Within: 7 * 24 * time.Hour},
				{When: "event.channel == \"vip\" &&\nevent.region.startsWith(\"华东\")\n", Within: 90 * time.Minute},
			},
			StuckAfter: 9 * 24 * time.Hour, Next: []string{"运输"},
		}, {
			Name: "运输", Title: process.Text{EN: "运输", ZH: "运输"}, StartsOn: []string{"order.approved"}, EndsOn: []string{"order.delivered"},
			Limit: process.Limit{Of: process.Wall}, AfterClose: true,
		}},
	}, holds, zones, calendars); diff != "" {
		t.Errorf("process (-got +want):\n%s", diff)
	}
	s := cfg.Source("own")
	if s.Assignment != "static" || s.Instance != 1 || s.Instances != 3 || s.MappingFrom.File != abs(t, "testdata/sources/own.yaml") {
		t.Errorf("source: got %+v", s)
	}
	if got := s.Mapping.Activity.Map["ok"]; got != "order.approved" {
		t.Errorf("mapping: got %q", got)
	}
	if cfg.Source("none") != nil || cfg.Process("none") != nil {
		t.Error("what is not there was found")
	}
}

func TestEnvironment(t *testing.T) {
	env := map[string]string{
		"TAKT_KAFKA_BROKERS": "k1:9092, k2:9092", "TAKT_CLICKHOUSE_ADDR": "c1:9000,c2:9000",
		"TAKT_CLICKHOUSE_PROTOCOL": "native", "TAKT_CLICKHOUSE_PASSWORD": "from-env", "TAKT_INSTANCE": "takt-2",
	}
	cfg := mustLoad(t, "testdata/valid.yaml", func(key string) string { return env[key] })
	if diff := cmp.Diff(cfg.Kafka.Brokers, []string{"k1:9092", "k2:9092"}); diff != "" {
		t.Errorf("brokers (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(cfg.ClickHouse.Addr, []string{"c1:9000", "c2:9000"}); diff != "" {
		t.Errorf("addr (-got +want):\n%s", diff)
	}
	if cfg.ClickHouse.Protocol != "native" || cfg.ClickHouse.Password.Reveal() != "from-env" || cfg.ClickHouse.PasswordFile != "" {
		t.Errorf("clickhouse: got %+v", cfg.ClickHouse)
	}
	if got := cfg.Source("own").Instance; got != 2 {
		t.Errorf("instance: got %d, want 2", got)
	}

	env = map[string]string{
		"TAKT_KAFKA_BROKERS": "k1:9092,k2", "TAKT_CLICKHOUSE_PROTOCOL": "https", "TAKT_INSTANCE": "takt-3",
	}
	_, err := config.Load("testdata/valid.yaml", func(key string) string { return env[key] })
	if want := `environment: TAKT_KAFKA_BROKERS: "k2" is no address: write host:port, such as localhost:9092
environment: TAKT_CLICKHOUSE_PROTOCOL: "https" is neither http nor native
environment: TAKT_INSTANCE: "takt-3" names no instance from 0 to 2 of source "own"`; err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestRedacted(t *testing.T) {
	cfg := mustLoad(t, "testdata/valid.yaml", none)
	out := string(cfg.Redacted())
	golden(t, "testdata/redacted.txt", strings.ReplaceAll(out, abs(t, "testdata"), "testdata"))

	// What is printed loads again, from anywhere, to the same.
	path := filepath.Join(t.TempDir(), "takt.yaml")
	if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(mustLoad(t, path, none).Redacted()), out); diff != "" {
		t.Errorf("loaded again (-got +want):\n%s", diff)
	}
}

func TestSecretsStayInside(t *testing.T) {
	cfg := mustLoad(t, "testdata/valid.yaml", none)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("config", "password", cfg.ClickHouse.Password, "config", cfg)
	for name, printed := range map[string]string{
		"%v": fmt.Sprintf("%v", cfg), "%+v": fmt.Sprintf("%+v", *cfg), "%q": fmt.Sprintf("%q", cfg.CustomerKey),
		"%#v": fmt.Sprintf("%#v", cfg.ClickHouse), "log": log.String(), "redacted": string(cfg.Redacted()),
	} {
		if strings.Contains(printed, "hunter2") || strings.Contains(printed, "0123456789abcdef") {
			t.Errorf("%s shows a secret: %s", name, printed)
		}
	}
}
