package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFaultsAreFound puts 1,000 lost orders, 1,000 told twice and 1,000 with another
// amount between a source and the log: takt reconcile finds them all, and nothing else.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	const each = 1000
	env, _ := stack(t)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	write(t, file("takt.yaml"), `kafka: {brokers: [localhost:9092], group: takt-faults}
clickhouse: {addr: [localhost:8123], protocol: http, user: takt_writer}
processes: [retail]
sources: [{name: shop, topic: shop, process: retail, mapping: canonical}]
`)
	write(t, file("events.jsonl"), takt(t, nil, "simulate", "--seed", "7", "--days", "5", "--per-day", "1200", "--until", "2026-01-31", "--scenario", "normal",
		"--lose", "1000", "--repeat", "1000", "--change", "1000", "--truth", file("truth.json"), "--list", file("list.csv")))
	takt(t, env, "-c", file("takt.yaml"), "replay", "shop", file("events.jsonl"))
	takt(t, env, "-c", file("takt.yaml"), "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")

	cmd := command(t, env, "-c", file("takt.yaml"), "reconcile", "--source", "shop", "--system", "oms", "--json", file("list.csv"))
	out, _ := cmd.Output() // the exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	var told reconciled
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatalf("%v: %s", err, tail(string(out)))
	}
	text, err := os.ReadFile(file("truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct{ Injected map[string][]string }
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for class, difference := range map[string]string{"lost": "missing not_received", "repeated": "duplicate takt", "changed": "mismatch amount"} {
		if n := len(truth.Injected[class]); n != each {
			t.Errorf("%d orders are %s, want %d", n, class, each)
		}
		for _, id := range truth.Injected[class] {
			want[id] += difference
		}
	}
	for _, o := range told.Orders {
		got[o.Order] += o.Kind + " " + o.Detail
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-injected +found):\n%s", tail(diff))
	}
	if c := told.Chain; !c.Exactly || c.List-c.Kafka != each || c.Kafka != c.ClickHouse {
		t.Errorf("chain: %+v", c)
	}
}
