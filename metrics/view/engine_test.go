package view

import (
	"cmp"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// The stage that SQL names on the real engine is the truth's, at the lead that
// the demo gives each scenario.
func TestBottleneckOnEngine(t *testing.T) {
	perDay, _ := strconv.Atoi(os.Getenv("TAKT_ORDERS_PER_DAY"))
	from := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	now := from.AddDate(0, 0, 30)
	for _, s := range []simulate.Scenario{simulate.WarehouseOutage, simulate.CarrierDelay, simulate.Normal} {
		t.Run(s.String(), func(t *testing.T) {
			p := retail(t)
			p.Name = s.String()
			cfg := simulate.Config{Process: p, Seed: 42, From: from, Scenario: s, Onset: now.Add(-s.Lead()), OrdersPerDay: float64(cmp.Or(perDay, 700))}
			db := fill(t, cfg, now)
			began := time.Now()
			f, ok, err := Bottleneck(t.Context(), db.Conn(), p, now)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("bottleneck in %v", time.Since(began))
			truth, err := simulate.FindTruth(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := f.Stage, stageOf(truth); got != want || ok != (want != "") {
				t.Fatalf("got %q, want %q (visible at %v)", got, want, truth.VisibleAt)
			}
			began = time.Now()
			o, err := Summary(t.Context(), db.Conn(), p, now)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("summary in %v", time.Since(began))
			for _, r := range o.Stages {
				t.Logf("%-8s open %4d left %5d p50 %v p90 %v over %d oldest %v owner %s", r.Stage, r.Open, r.Left, r.P50, r.P90, r.Over, r.Oldest, r.Owner)
				if r.Left == 0 || r.P50 <= 0 || r.P50 > r.P90 {
					t.Errorf("stage %s: left %d, p50 %v, p90 %v", r.Stage, r.Left, r.P50, r.P90)
				}
			}
			t.Log(o.Late.Sentence(), o.Late.SentenceZH())
			if share := o.Late.Share(); share <= 0 || share > 0.3 {
				t.Errorf("late share %v", share)
			}
			if !ok {
				return
			}
			t.Log(f.Sentence())
			t.Log(f.SentenceZH())
			if f.Since.Before(truth.Onset.Add(-6*time.Hour)) || f.Since.After(now) {
				t.Errorf("since %v, onset %v", f.Since, truth.Onset)
			}
			if f.Waiting < f.Normal+10 || f.LateHadMet > f.Late {
				t.Errorf("waiting %d, normal %d, late %d, had it met its limit %d", f.Waiting, f.Normal, f.Late, f.LateHadMet)
			}
		})
	}
}

func stageOf(t simulate.Truth) string {
	if t.Stage == nil {
		return ""
	}
	return *t.Stage
}
