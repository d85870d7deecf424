package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/cmd/internal/cli"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

// TestBacktest stores weeks of an outage's shop in the real engine and replays the last
// of them: text in both languages, JSON, a changed file, and what is refused.
func TestBacktest(t *testing.T) {
	dir, addr, file := shopWithStore(t)
	retail, ok := process.Shipped("retail")
	if !ok {
		t.Fatal("retail does not ship")
	}
	tight := strings.Replace(string(retail), "within: 4h", "within: 45m", 1)
	for name, data := range map[string]string{
		"same.yaml": string(retail), "tight.yaml": tight, "other.yaml": strings.Replace(string(retail), "process: retail", "process: shop", 1),
		"broken.yaml": strings.Replace(string(retail), "within: 4h", "within: soon", 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	takt := func(args ...string) (code int, out, log string) {
		var stdout, stderr strings.Builder
		args = append([]string{"backtest", "-c", file, "--from", "2026-04-10", "--until", "2026-04-17"}, args...)
		code = cli.Main(t.Context(), args, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
		return code, stdout.String(), strings.ReplaceAll(stderr.String(), dir, "DIR")
	}

	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no tables", nil, 1, "takt: ClickHouse has no tables of Takt yet\nMake them with takt migrate; takt run does so when it starts.\n"},
		{"inverted", []string{"--until", "2026-04-10"}, 2, "takt: --from: the period ends before it begins\n"},
		{"to come", []string{"--until", "2126-04-10"}, 2, "takt: --until: 2126-04-10 is still to come\n"},
		{"no day", []string{"--from", "yesterday"}, 2, "takt: --from: \"yesterday\" is neither a day, such as 2026-11-01, nor an instant, such as 2026-11-01T08:00:00+08:00\n"},
		{"no file", []string{"--process", filepath.Join(dir, "none.yaml")}, 2, "takt: --process: \"DIR/none.yaml\" is neither shipped (after_sales, b2b, purchase, retail) nor a file\n"},
		{"unknown process", []string{"--process", filepath.Join(dir, "other.yaml")}, 2, "takt: --process: DIR/takt.yaml has no process \"shop\" to compare with\n"},
		{"broken file", []string{"--process", filepath.Join(dir, "broken.yaml")}, 2, `DIR/broken.yaml:17: stages[0].limit.within: "soon" is no duration: write a number and a unit (ms, s, m, h, d, w), such as 4h or 3d`},
	} {
		if code, out, log := takt(tt.args...); code != tt.code || out != "" || strings.TrimSpace(log) != strings.TrimSpace(tt.want) {
			t.Errorf("%s: exit code %d, stdout %q, stderr\n%s\nwant %d and\n%s", tt.name, code, out, log, tt.code, tt.want)
		}
	}

	store(t, addr, file, onset().AddDate(0, 0, -26), 800)
	if code, out, log := takt("--from", "2020-01-01", "--until", "2020-01-08"); code != 1 || out != "" ||
		log != "takt: replay process \"retail\": no events are stored for the period\ntakt run stores events as they come, takt replay brings in older ones.\n" {
		t.Errorf("without events: exit code %d, stdout %q, stderr\n%s", code, out, log)
	}
	for name, args := range map[string][]string{
		"backtest.txt":        {"--lang", "en"},
		"backtest.zh.txt":     {"--lang", "zh", "--process", filepath.Join(dir, "tight.yaml")},
		"backtest.json":       {"--json"},
		"backtest.tight.txt":  {"--process", filepath.Join(dir, "tight.yaml")},
		"backtest.same.txt":   {"--process", filepath.Join(dir, "same.yaml")},
		"backtest.tight.json": {"--process", filepath.Join(dir, "tight.yaml"), "--json"},
	} {
		code, out, log := takt(args...)
		if code != 0 || log != "" {
			t.Fatalf("%v: exit code %d, stderr %s", args, code, log)
		}
		golden := filepath.Join("testdata", "backtest", name)
		if *update {
			if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(out, string(want)); diff != "" {
			t.Errorf("%s; rewrite it with -update (-got +want):\n%s", golden, diff)
		}
		if strings.HasSuffix(name, ".json") && !json.Valid([]byte(out)) {
			t.Errorf("%s is not JSON", golden)
		}
	}
}

// onset is when the shop's warehouse begins to stand still, a Wednesday at ten.
func onset() time.Time { return time.Date(2026, 4, 15, 2, 0, 0, 0, time.UTC) }

// shopWithStore starts an engine and writes the configuration of a shop that uses it.
func shopWithStore(t testing.TB) (dir, addr, file string) {
	t.Helper()
	dir = t.TempDir()
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: filepath.Join(dir, "clickhouse")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	file = filepath.Join(dir, "takt.yaml")
	text := fmt.Sprintf("clickhouse: {addr: [%q]}\nprocesses: [retail]\nsources:\n  - {name: shop, topic: orders, process: retail, mapping: canonical}\n", engine.Addr)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, engine.Addr, file
}

// store writes the events of that shop from the instant until two days after the onset
// into the engine, as they would have come live, and returns how many.
func store(t testing.TB, addr, file string, from time.Time, perDay float64) (events int64) {
	t.Helper()
	cfg, err := config.Load(file, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	p := cfg.Processes[0]
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{addr}, Writer: "backtest"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	run, err := simulate.New(simulate.Config{
		Process: p, Seed: 2, From: from, OrdersPerDay: perDay, Scenario: simulate.WarehouseOutage, Onset: onset(), Duration: 6 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	w := clickhouse.NewWriter(db, p)
	var hasher order.Hasher
	f := &ingest.Flush{Source: "shop", Process: p.Name, Topic: "orders", Partitions: 1, WrittenAt: order.At(onset())}
	write := func() {
		f.Counts = ingest.Counts{Records: f.Next - f.First, Stored: f.Next - f.First, Events: f.Next - f.First}
		if err := w.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		w.Release(f)
	}
	begin := func() {
		f.Number++
		f.First, f.Events, f.Rows = f.Next, w.Events(f), w.Rows(f)
	}
	begin()
	for d := range run.Until(onset().AddDate(0, 0, 2)) {
		if d.Duplicate {
			continue
		}
		e := *d.Event
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
		f.Events.Add(&e, f.Next, true)
		if f.Next++; f.Next-f.First == 200_000 {
			write()
			begin()
		}
	}
	write()
	return f.Next
}

// BenchmarkBacktest is the whole command over nine weeks of about a million stored events.
func BenchmarkBacktest(b *testing.B) {
	_, addr, file := shopWithStore(b)
	events := store(b, addr, file, onset().AddDate(0, 0, -61), 2400)
	for b.Loop() {
		var stdout, stderr strings.Builder
		args := []string{"backtest", "-c", file, "--from", "2026-04-10", "--until", "2026-04-17", "--json"}
		if code := cli.Main(b.Context(), args, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" }); code != 0 {
			b.Fatal(stderr.String())
		}
	}
	b.ReportMetric(float64(events), "events")
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Minutes(), "events/min")
}
