package backtest

import (
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

const ringSize = int(live/time.Minute) + 1

// ring holds a series of the last three days, a value a minute.
type ring struct {
	values []float64 // by minute modulo its size
	last   int64     // minute of the last value; 0: none
}

func minuteOf(at order.Instant) int64 { return int64(at) / time.Minute.Milliseconds() }

func (r *ring) push(at order.Instant, v float64) {
	if r.values == nil {
		r.values = make([]float64, ringSize)
	}
	r.last = minuteOf(at)
	r.values[r.last%int64(ringSize)] = v
}

// at returns the value so long ago; 0 where it is not known.
func (r *ring) at(ago time.Duration) float64 {
	if m := r.last - int64(ago/time.Minute); r.values != nil && r.last-m < int64(ringSize) {
		return r.values[m%int64(ringSize)]
	}
	return 0
}

// increase is PromQL's over a window that ended so long ago: the first sample in the
// window is a minute after its begin, and the rest is extrapolated. See
// https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
func (r *ring) increase(window, ago time.Duration) float64 {
	sampled := window - time.Minute
	return (r.at(ago) - r.at(ago+sampled)) * float64(window) / float64(sampled)
}

// least returns the least value within the window.
func (r *ring) least(window time.Duration) float64 {
	least := r.at(0)
	for ago := time.Minute; ago < window; ago += time.Minute {
		least = min(least, r.at(ago))
	}
	return least
}

// mean returns the average value within the window.
func (r *ring) mean(window time.Duration) float64 {
	sum := 0.0
	for ago := time.Duration(0); ago < window; ago += time.Minute {
		sum += r.at(ago)
	}
	return sum / float64(window/time.Minute)
}
