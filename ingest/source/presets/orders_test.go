package presets

import (
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestOrdersAreWritten keeps ten orders of each writer in testdata/orders, for the test
// that takes them through the whole program: how the preset is used, its records, some
// told again and in any order, and the events that they have to become.
func TestOrdersAreWritten(t *testing.T) {
	for _, w := range writers() {
		t.Run(w.use.Preset, func(t *testing.T) {
			orders := rapid.Custom(func(t *rapid.T) (all []*bought) {
				for n := range 10 {
					all = append(all, w.order(t, n))
				}
				return all
			}).Example(1)
			shuffle := rand.New(rand.NewPCG(1, 0))
			var records, events []object
			for _, b := range orders {
				written := w.write(b)
				records = append(append(records, written...), written[shuffle.IntN(len(written))])
				events = append(events, w.canonical(b)...)
			}
			shuffle.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			var out strings.Builder
			line := func(what string, v any) {
				text, err := json.Marshal(map[string]any{what: v})
				if err != nil {
					t.Fatal(err)
				}
				out.Write(append(text, '\n'))
			}
			line("use", w.use)
			for _, r := range records {
				line("record", r)
			}
			for _, e := range events {
				line("event", e)
			}
			golden(t, filepath.Join("testdata", "orders", w.use.Preset+".jsonl"), out.String())
		})
	}
}
