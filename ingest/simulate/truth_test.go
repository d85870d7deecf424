package simulate

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

func TestTruthOfEveryScenario(t *testing.T) {
	for _, p := range processes(t) {
		for _, s := range Scenarios() {
			t.Run(p.Name+"/"+s.String(), func(t *testing.T) {
				cfg := Config{Process: p, Seed: 5, From: start, Scenario: s, Onset: start.Add(8*24*time.Hour + 2*time.Hour)}
				truth, err := FindTruth(cfg)
				if err != nil {
					t.Fatal(err)
				}
				text, err := json.Marshal(truth)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s", text)
				if s == Normal {
					if want := `{"scenario":"normal","stage":null,"cause":null,"onset":null,"end":null,"visible_at":null}`; string(text) != want {
						t.Errorf("got %s, want %s", text, want)
					}
					return
				}
				if truth.VisibleAt == nil {
					t.Fatal("incident is never visible")
				}
				if lag := truth.VisibleAt.Sub(*truth.Onset); lag < 0 || lag > 36*time.Hour {
					t.Errorf("visible %v after the onset", lag)
				}
			})
		}
	}
}

// The runs that FindTruth compares tell of the orders' ways exactly what a whole
// run tells.
func TestBareRunIsTheWholeOne(t *testing.T) {
	for _, p := range processes(t) {
		cfg := Config{Process: p, Seed: 6, From: start, Scenario: SilentSource, Onset: start.Add(24 * time.Hour), Duration: 12 * time.Hour}
		bare, whole := mustNew(t, cfg), mustNew(t, cfg)
		bare.bare = true
		side := map[string]bool{}
		for _, a := range sideActivities {
			side[a] = true
		}
		n := 0
		for d := range whole.Until(start.Add(4 * 24 * time.Hour)) {
			if side[d.Event.Activity] {
				continue
			}
			got, _ := bare.Next()
			if !bytes.Equal(line(got), line(d)) {
				t.Fatalf("got %s, want %s", line(got), line(d))
			}
			n++
		}
		if n < 10_000 {
			t.Errorf("%s: only %d events", p.Name, n)
		}
	}
}
