package simulate

import (
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
