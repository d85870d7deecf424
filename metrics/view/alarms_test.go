package view

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// Where nothing is wrong none is named, asked every half hour for twelve days.
// TAKT_GRADING=n plays n seeds.
func TestNoFalseAlarms(t *testing.T) {
	seeds, err := strconv.Atoi(os.Getenv("TAKT_GRADING"))
	if err != nil {
		seeds = 1
	}
	p := retail(t)
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	begin, end := from.AddDate(0, 0, 30), from.AddDate(0, 0, 42)
	asked, named := 0, 0
	for seed := range uint64(seeds) {
		visits := follow(t, simulate.Config{Process: p, Seed: 700 + seed, From: from}, end)
		for until := begin.Add(6 * time.Hour); !until.After(end); until = until.Add(6 * time.Hour) {
			crowds, days := crowdsOf(visits, medianOf(visits, len(p.Stages), until.UnixMilli(), p.Zone), until.UnixMilli())
			for j := 22; j >= 0; j -= 2 {
				now := until.Add(-time.Duration(j) * step).In(p.Zone)
				verdicts := make([]verdict, len(crowds))
				for i := range crowds {
					var then crowd
					copy(then.old[:], crowds[i].old[j:])
					verdicts[i] = then.judge(now, days)
				}
				asked++
				if i := choose(verdicts); i >= 0 {
					named++
					t.Logf("seed %d, %v: %s, %+v", seed, now, p.Stages[i].Name, verdicts[i])
				}
			}
		}
	}
	t.Logf("%d named of %d asked", named, asked)
	if named*1000 > asked {
		t.Errorf("a stage is named %d times of %d", named, asked)
	}
}
