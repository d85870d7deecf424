package view_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

func stage(name string, starts, ends []string, within time.Duration, next ...string) process.Stage {
	return process.Stage{
		Name: name, StartsOn: starts, EndsOn: ends, Next: next,
		Limit: process.Limit{Within: within, Of: process.Wall, Objective: 0.95, WarnAt: 0.75},
	}
}

func retail(t testing.TB) *process.Process {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return &process.Process{
		Name: "retail", Zone: shanghai, OpensOn: []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			stage("review", []string{"order.placed", "order.resubmitted"}, []string{"order.approved", "order.rejected"}, 4*time.Hour, "pay", "pick"),
			stage("pay", []string{"order.approved"}, []string{"order.paid"}, 24*time.Hour, "pick"),
			stage("pick", []string{"order.paid"}, []string{"order.picked"}, 4*time.Hour, "ship"),
			stage("ship", []string{"order.picked"}, []string{"order.shipped"}, 8*time.Hour, "transit"),
			stage("transit", []string{"order.shipped"}, []string{"order.delivered"}, 72*time.Hour),
		},
	}
}

// measure is one way to name the bottleneck at t, -1 if there is none.
type measure struct {
	name string
	q    float64
	of   func(now load, history []load) int
}

// sameWeekday picks the last four times of the same weekday and hour.
func sameWeekday(history []load, of func(load) float64) float64 {
	return median([]float64{of(history[6]), of(history[13]), of(history[20]), of(history[27])})
}

// given is the definition: greatest D / normal D, at least 2, with 10 orders.
func given(now load, history []load) int {
	best, score := -1, 2.0
	for i := range now.open {
		normal := sameWeekday(history, func(l load) float64 { return l.recent[i] })
		if r := now.recent[i] / max(normal, 1); now.open[i] >= 10 && r >= score {
			best, score = i, r
		}
	}
	return best
}

// crowd counts open orders older than the base: excess over the normal of at
// least 10 and z spreads.
// The greatest in spreads is named, or the first in process order that reaches a share of it.
func crowd(z, share float64) func(load, []load) int {
	return func(now load, history []load) int {
		zs, best := make([]float64, len(now.open)), 0.0
		for i := range now.open {
			normal := sameWeekday(history, func(l load) float64 { return l.old[i] })
			var all []float64
			for _, l := range history {
				all = append(all, l.old[i])
			}
			mid := median(all)
			for k := range all {
				all[k] = math.Abs(all[k] - mid)
			}
			spread := max(math.Sqrt(max(normal, 1)), 1.4826*median(all))
			over := now.old[i] - normal
			if over < max(10, z*spread) {
				continue
			}
			zs[i] = over / spread
			best = max(best, zs[i])
		}
		for i := range zs {
			if zs[i] > 0 && zs[i] >= best*share {
				return i
			}
		}
		return -1
	}
}

func TestGrading(t *testing.T) {
	if os.Getenv("TAKT_GRADING") == "" {
		t.Skip("set TAKT_GRADING to grade the measures against the truth")
	}
	p := retail(t)
	measures := []measure{
		{"given", 0.5, given},
		{"q50 z4 max", 0.5, crowd(4, 1)},
		{"q50 z4 first1/2", 0.5, crowd(4, 0.5)},
		{"q50 z4 first1/3", 0.5, crowd(4, 1.0/3)},
		{"q50 z5 first1/2", 0.5, crowd(5, 0.5)},
		{"q75 z4 first1/2", 0.75, crowd(4, 0.5)},
	}
	lags := []time.Duration{2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour}
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	const seeds = 10
	for _, s := range simulate.Scenarios() {
		got := map[string][]string{}
		for seed := uint64(1); seed <= seeds; seed++ {
			onset := from.Add(29*24*time.Hour + time.Duration(seed*7%24)*time.Hour + time.Duration(seed%7)*24*time.Hour)
			cfg := simulate.Config{Process: p, Seed: seed, From: from, Scenario: s, Onset: onset}
			truth, err := simulate.FindTruth(cfg)
			if err != nil {
				t.Fatal(err)
			}
			visible := onset
			want := "-"
			if truth.VisibleAt != nil {
				visible, want = *truth.VisibleAt, *truth.Stage
			}
			visits := follow(t, cfg, visible.Add(25*time.Hour))
			for j, lag := range lags {
				at := visible.Add(lag).UnixMilli()
				bases := map[float64][]float64{}
				nows := map[float64]load{}
				histories := map[float64][]load{}
				for _, q := range []float64{0.5, 0.75} {
					bases[q] = quantileOf(visits, len(p.Stages), at, q, p.Zone)
					nows[q] = loadAt(visits, bases[q], at)
					for k := range 28 {
						histories[q] = append(histories[q], loadAt(visits, bases[q], at-int64(k+1)*24*hour))
					}
				}
				for _, m := range measures {
					name := "-"
					if i := m.of(nows[m.q], histories[m.q]); i >= 0 {
						name = p.Stages[i].Name
					}
					if got[m.name] == nil {
						got[m.name] = make([]string, len(lags))
					}
					if name == want {
						name = "ok"
					}
					got[m.name][j] += name + " "
				}
			}
		}
		fmt.Println(s)
		for _, name := range slices.Sorted(maps.Keys(got)) {
			fmt.Printf("  %-16s %s\n", name, strings.Join(got[name], "| "))
		}
	}
}
