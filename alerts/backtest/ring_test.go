package backtest

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
)

// TestRing: a ring knows of a series what the whole series knows, and before it began
// nothing.
func TestRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Longer than the ring, or the ring would never turn.
		n := rapid.IntRange(1, 2*ringSize).Draw(t, "minutes")
		seed := rapid.Uint64().Draw(t, "seed")
		began := order.At(wednesday()) + order.Instant(rapid.IntRange(0, 10_000).Draw(t, "begins"))*60_000
		var r ring
		all := make([]float64, n) // the oracle
		for i := range all {
			seed = seed*6364136223846793005 + 1442695040888963407
			all[i] = float64(seed >> 54)
			r.push(began.Add(time.Duration(i)*time.Minute), all[i])
		}
		minutes := func(d time.Duration) int { return int(d / time.Minute) }
		at := func(ago time.Duration) float64 {
			if i := n - 1 - minutes(ago); i >= 0 && minutes(ago) < ringSize {
				return all[i]
			}
			return 0
		}
		window := time.Duration(rapid.IntRange(2, ringSize).Draw(t, "window")) * time.Minute
		ago := time.Duration(rapid.IntRange(0, ringSize).Draw(t, "ago")) * time.Minute
		if got, want := r.at(ago), at(ago); got != want {
			t.Fatalf("at %v ago got %v, want %v", ago, got, want)
		}
		// As Prometheus reads it: the samples of the window, their span extended by the
		// minute before the first.
		want := (at(ago) - at(ago+window-time.Minute)) * window.Minutes() / (window.Minutes() - 1)
		if got := r.increase(window, ago); math.Abs(got-want) > 1e-6 {
			t.Fatalf("increase over %v, %v ago: got %v, want %v", window, ago, got, want)
		}
		least, sum := math.Inf(1), 0.0
		for i := range minutes(window) {
			v := at(time.Duration(i) * time.Minute)
			least, sum = min(least, v), sum+v
		}
		if got := r.least(window); got != least {
			t.Fatalf("least of %v: got %v, want %v", window, got, least)
		}
		if got, want := r.mean(window), sum/window.Minutes(); math.Abs(got-want) > 1e-6 {
			t.Fatalf("mean of %v: got %v, want %v", window, got, want)
		}
	})
}

// TestUsual: a normal is the 95th percentile of what was open in the same hour of the
// weeks before that are known, and absent if fewer than two are.
func TestUsual(t *testing.T) {
	p := shop(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		now := order.At(wednesday()).Add(time.Duration(rapid.IntRange(0, 59).Draw(t, "minute")) * time.Minute)
		weeks := rapid.IntRange(0, 8).Draw(t, "weeks")
		seed := rapid.Uint64().Draw(t, "seed")
		u := newUsual(p)
		var same []float64
		for quarter := range weeks * 7 * 24 * 4 {
			at := order.At(wednesday()).Add(-time.Duration(quarter+1) * step)
			seed = seed*6364136223846793005 + 1442695040888963407
			n := float64(seed >> 59) // of few values: many are equal
			u.note(at, []float64{n, 0, 0, 0})
			// Of this hour, in one of the six weeks before.
			if ago := order.At(wednesday()).Sub(at); ago <= comparable*7*day && (ago-1)/hour%(7*24) == 7*24-1 {
				same = append(same, n)
			}
		}
		got, known := u.bound(now, 0)
		if known != (weeks >= 2) {
			t.Fatalf("with %d weeks of history known is %t", weeks, known)
		}
		if !known {
			return
		}
		// The value that takes the 95th of a hundred places: at most 95 % are less, and
		// more than 95 % are no greater.
		less, notGreater := 0, 0
		for _, v := range same {
			if v < got {
				less++
			}
			if v <= got {
				notGreater++
			}
		}
		if !slices.Contains(same, got) || 100*less > 95*len(same) || 100*notGreater <= 95*len(same) {
			t.Fatalf("got %v of %v", got, same)
		}
	})
}
