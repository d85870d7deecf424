package view

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// Normals on the engine are the percentile of what the log shows at each quarter of
// the hours, counted in Go.
func TestNormals(t *testing.T) {
	p := retail(t)
	p.Name = "normals"
	from := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	now := from.AddDate(0, 0, 23).Add(7*time.Hour + 20*time.Minute)
	cfg := simulate.Config{Process: p, Seed: 5, From: from, Scenario: simulate.Normal, OrdersPerDay: 300, Rates: simulate.Rates{Rejected: 0.01}}
	db := fill(t, cfg, now)
	visits := follow(t, cfg, now)
	for _, tt := range []struct {
		name string
		off  func(time.Time) bool
		want []int // weeks ago
	}{
		{"three weeks", nil, []int{1, 2, 3}},
		{"a holiday", func(d time.Time) bool { return d.Before(now.AddDate(0, 0, -8)) && d.After(now.AddDate(0, 0, -20)) }, []int{1, 3}},
		{"too few", func(d time.Time) bool { return d.Before(now.AddDate(0, 0, -10)) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Normals(t.Context(), db.Conn(), p, now, tt.off)
			if err != nil {
				t.Fatal(err)
			}
			if len(tt.want) == 0 {
				if len(got) > 0 {
					t.Errorf("got %v of too few weeks", got)
				}
				return
			}
			hours := comparable(now.In(p.Zone), from, tt.off)
			if len(hours) != len(tt.want) {
				t.Fatalf("got %v, want the weeks %v", hours, tt.want)
			}
			for i := range p.Stages {
				var open []float64
				for _, h := range hours {
					for q := range int64(4) {
						at, n := (h+900*q)*1000, 0.0
						for j := range visits {
							if v := &visits[j]; int(v.stage) == i && v.entered <= at && v.left > at {
								n++
							}
						}
						open = append(open, n)
					}
				}
				slices.Sort(open)
				want := open[min(int(0.95*float64(len(open))), len(open)-1)]
				if name := p.Stages[i].Name; math.Abs(got[name]-want) > 1 || want == 0 {
					t.Errorf("%s: got %v, want %v of %v", name, got[name], want, open)
				}
			}
		})
	}
}
