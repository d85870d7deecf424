package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/presets"
)

// TestPresets takes every preset's sample payloads through the real program, each
// into a topic and a process of its own, and finds the golden events.
func TestPresets(t *testing.T) {
	t.Parallel()
	env, db := stack(t)
	dir := t.TempDir()
	config := presetConfig(t, dir, samples(t, presets.Names()), "")
	want, dead := map[string][]string{}, 0
	for _, name := range presets.Names() {
		rows := filepath.Join(dir, name+".jsonl")
		golden, letters := fixtures(t, name, rows)
		want[name], dead = golden, dead+letters
		takt(t, env, "-c", config, "replay", name, rows)
	}
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")

	got := map[string][]string{}
	for _, row := range query(t, db, "SELECT source, order_id, activity, formatDateTime(occurred_at, '%FT%T', 'UTC') FROM takt.events") {
		got[row[0]] = append(got[row[0]], strings.Join(row[1:], " "))
	}
	for _, name := range presets.Names() {
		t.Run(name, func(t *testing.T) { sameEvents(t, want[name], got[name]) })
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("events of no preset: %v", got)
	}
	if got := one(t, db, "SELECT count(), any(reason) FROM takt.dead_letters"); got != fmt.Sprint(dead, " unknown_activity") {
		t.Errorf("dead letters: got %s, want %d", got, dead)
	}
	for _, line := range strings.Split(strings.TrimSpace(takt(t, env, "-c", config, "audit", "--json")), "\n") {
		if strings.Contains(line, `"exactly_once":false`) {
			t.Errorf("audit: %s", line)
		}
	}
}

// sameEvents compares what is stored of a preset with its golden events.
func sameEvents(t *testing.T, golden, stored []string) {
	t.Helper()
	if len(golden) == 0 {
		t.Error("it has no golden events")
	}
	slices.Sort(stored)
	if diff := cmp.Diff(golden, stored); diff != "" {
		t.Errorf("events (-golden +stored):\n%s", diff)
	}
}

// samples returns how the first sample of each preset uses it, or the preset that it
// goes through.
func samples(t *testing.T, names []string) map[string]presets.Use {
	t.Helper()
	uses := map[string]presets.Use{}
	for _, name := range names {
		p, err := presets.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		uses[name] = p.Samples[0].Use
	}
	return uses
}

// presetConfig writes a configuration with a source, a topic and a process for each
// use of a preset, all called by its name, and more of its text. A use of no preset
// takes canonical events.
func presetConfig(t *testing.T, dir string, uses map[string]presets.Use, more string) string {
	t.Helper()
	config := filepath.Join(dir, "takt.yaml")
	var processes, sources []string
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		process := processOf(name)
		processes = append(processes, process+".yaml")
		write(t, filepath.Join(dir, process+".yaml"), fmt.Sprintf(`process: %s
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.shipped], cancelled: [order.cancelled]}
stages:
  - name: all
    starts_on: [order.placed, order.approved, order.paid]
    ends_on: [order.shipped]
    owner: {team: sales}
    limit: {within: 24h, of: wall, objective: 95%%}
`, process))
		mapping := " canonical"
		if uses[name].Preset != "" {
			use, err := yaml.Marshal(uses[name])
			if err != nil {
				t.Fatal(err)
			}
			mapping = strings.ReplaceAll("\n"+strings.TrimSpace(string(use)), "\n", "\n      ")
		}
		sources = append(sources, fmt.Sprintf("  - name: %s\n    topic: %[1]s\n    process: %s\n    mapping:%s", name, process, mapping))
	}
	write(t, config, "kafka: {brokers: [localhost:9092], group: takt-presets}\nclickhouse: {addr: [localhost:8123], protocol: http, user: takt_writer}\n"+
		"processes: ["+strings.Join(processes, ", ")+"]\nsources:\n"+strings.Join(sources, "\n")+"\n"+more)
	return config
}

// fixtures writes the preset's payloads as lines into the file and returns the
// golden events, of each identity the one recorded last, and how many dead letters
// there are.
func fixtures(t *testing.T, name, rows string) (events []string, dead int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "ingest", "source", "presets", name, "fixtures", "*"))
	if err != nil {
		t.Fatal(err)
	}
	type event struct {
		ID, Activity string
		Order        string `json:"order_id"`
		Occurred     string `json:"occurred_at"`
		Recorded     string `json:"recorded_at"`
		Attributes   struct{ Retracted string }
	}
	var lines bytes.Buffer
	latest := map[string]event{}
	for _, file := range files {
		if strings.HasSuffix(file, ".events.jsonl") {
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(golden) {
				var e event
				if bytes.HasPrefix(line, []byte("dead letter")) {
					dead++
				} else if err := json.Unmarshal(line, &e); err != nil {
					t.Fatal(err)
				} else if e.Recorded >= latest[e.ID].Recorded {
					latest[e.ID] = e
				}
			}
			continue
		}
		for payload, err := range source.Payloads(file) {
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Compact(&lines, payload); err != nil {
				t.Fatal(err)
			}
			lines.WriteByte('\n')
		}
	}
	write(t, rows, lines.String())
	for _, e := range latest {
		if e.Attributes.Retracted != "" {
			continue // taken back: no event
		}
		events = append(events, e.Order+" "+e.Activity+" "+e.Occurred[:len("2006-01-02T15:04:05")])
	}
	slices.Sort(events)
	return events, dead
}
