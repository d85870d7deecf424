package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/takt-orders/takt/ingest/source/presets"
)

// TestPresetOrders takes ten orders of every preset that has a mapping of its own
// through the real program, as the system writes them: some records told again, and
// in any order. Each step and amount that they tell is there, and no other.
func TestPresetOrders(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "ingest", "source", "presets", "testdata", "orders", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no orders: ", err)
	}
	env, db := stack(t)
	dir := t.TempDir()
	uses := map[string]presets.Use{}
	want, got := map[string][]string{}, map[string][]string{}
	for _, file := range files {
		use, steps := tenOrders(t, file, filepath.Join(dir, filepath.Base(file)))
		uses[use.Preset], want[use.Preset] = use, steps
	}
	config := presetConfig(t, dir, uses, "")
	for name := range uses {
		takt(t, env, "-c", config, "replay", name, filepath.Join(dir, name+".jsonl"))
	}
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	for _, row := range query(t, db, "SELECT DISTINCT source, order_id, activity, formatDateTime(occurred_at, '%FT%TZ', 'UTC') FROM takt.events") {
		got[row[0]] = append(got[row[0]], strings.Join(row[1:], " "))
	}
	for _, row := range query(t, db, "SELECT process, order_id, toString(amount) FROM takt.orders WHERE amount IS NOT NULL") {
		name := strings.ReplaceAll(row[0], "_", "-")
		got[name] = append(got[name], row[1]+" amount "+row[2])
	}
	for name := range uses {
		t.Run(name, func(t *testing.T) { sameEvents(t, want[name], got[name]) })
	}
	if got := one(t, db, "SELECT count() FROM takt.dead_letters"); got != "0" {
		t.Errorf("%s dead letters", got)
	}
}

// tenOrders writes the records of a file of orders into rows, and returns how the
// preset is used and what they tell, sorted.
func tenOrders(t *testing.T, file, rows string) (use presets.Use, steps []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var records bytes.Buffer
	orders := map[string]bool{}
	for line := range bytes.Lines(text) {
		var one struct {
			Use    *presets.Use
			Record json.RawMessage
			Event  *struct {
				Order    string `json:"order_id"`
				Activity string
				Occurred string `json:"occurred_at"`
				Amount   json.Number
			}
		}
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		switch {
		case one.Use != nil:
			use = *one.Use
		case one.Event == nil:
			records.Write(append(one.Record, '\n'))
		default:
			e := one.Event
			steps = append(steps, fmt.Sprint(e.Order, " ", e.Activity, " ", e.Occurred))
			if e.Amount != "" && !orders[e.Order] {
				steps = append(steps, fmt.Sprint(e.Order, " amount ", strings.TrimSuffix(strings.TrimRight(e.Amount.String(), "0"), ".")))
			}
			orders[e.Order] = true
		}
	}
	if len(orders) != 10 {
		t.Fatalf("%s: %d orders, want 10", file, len(orders))
	}
	write(t, rows, records.String())
	slices.Sort(steps)
	return use, steps
}
