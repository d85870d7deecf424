package simulate

import (
	"math"
	"testing"
	"time"
)

// The clean run is a firm that works: nothing piles up, limits are mostly kept,
// few orders are late.
func TestCleanRunIsStable(t *testing.T) {
	for _, p := range processes(t) {
		t.Run(p.Name, func(t *testing.T) {
			end := start.Add(30 * 24 * time.Hour)
			run := mustNew(t, Config{Process: p, Seed: 1, From: start})
			r := replay(p, collect(run, end))
			for i := range p.Stages {
				s := &p.Stages[i]
				var lengths []float64
				var area [5]float64 // order-hours in the stage, per week
				for _, v := range r.visits {
					if v.stage != i {
						continue
					}
					left := min(v.left, end.UnixMilli())
					for w := range area {
						a := start.Add(time.Duration(w) * 7 * 24 * time.Hour).UnixMilli()
						area[w] += math.Max(0, float64(min(left, a+7*dayMS)-max(v.entered, a))) / float64(hourMS)
					}
					if v.left != math.MaxInt64 && !v.dropped {
						lengths = append(lengths, float64(v.left-v.entered)/float64(hourMS))
					}
				}
				limit := s.Limit.Within.Hours()
				p50, p90 := quantile(lengths, 0.5), quantile(lengths, 0.9)
				if p50 > limit*0.6 || p90 > limit {
					t.Errorf("%s: p50 %.2f h, p90 %.2f h, limit %.0f h", s.Name, p50, p90, limit)
				}
				if area[3] > 1.15*area[1] {
					t.Errorf("%s: order-hours by week %.0f: the stage fills up", s.Name, area)
				}
			}
			late := 0
			for o, at := range r.closed {
				if at > r.due[o] {
					late++
				}
			}
			if share := float64(late) / float64(len(r.closed)); share < 0.005 || share > 0.08 {
				t.Errorf("late share %.3f", share)
			}
			checkRates(t, r)
			if used := run.orders.used(); used > 8000 {
				t.Errorf("%d orders in memory", used)
			}
		})
	}
}

func checkRates(t *testing.T, r *replayed) {
	t.Helper()
	want := DefaultRates()
	for _, f := range []struct {
		name string
		got  int
		want float64
	}{{"duplicates", r.dup, want.Duplicate}, {"late records", r.late, want.Late}} {
		if share := float64(f.got) / float64(r.total); math.Abs(share-f.want) > 0.1*f.want {
			t.Errorf("%s: got a share of %.4f, want %.4f", f.name, share, f.want)
		}
	}
	if got := float64(len(r.placed)) / 30; math.Abs(got-2040) > 60 {
		t.Errorf("%.0f orders a day, want 2040", got)
	}
}

// Little's law: the mean number in a stage is the rate of arrivals times the mean
// stay, here over two whole weeks in the middle.
func TestLittlesLaw(t *testing.T) {
	p := retail(t)
	r := replay(p, collect(mustNew(t, Config{Process: p, Seed: 2, From: start}), start.Add(28*24*time.Hour)))
	from, to := start.Add(7*24*time.Hour).UnixMilli(), start.Add(21*24*time.Hour).UnixMilli()
	for i := range p.Stages {
		var area, stays, entered float64
		for _, v := range r.visits {
			if v.stage != i {
				continue
			}
			area += math.Max(0, float64(min(v.left, to)-max(v.entered, from)))
			if v.entered >= from && v.entered < to && v.left != math.MaxInt64 {
				entered++
				stays += float64(v.left - v.entered)
			}
		}
		length := float64(to - from)
		number, product := area/length, entered/length*(stays/entered)
		if math.Abs(number-product) > 0.03*product+0.5 {
			t.Errorf("%s: mean number %.1f, rate times mean stay %.1f", p.Stages[i].Name, number, product)
		}
	}
}
