package metrics

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Gateway is the instrumentation of one gateway: a process of its own, whose
// counters move when a request is answered.
type Gateway struct {
	requests map[[2]string]prometheus.Counter // by source and result
	taken    map[string]prometheus.Observer   // by source
	held     prometheus.Gauge
}

// NewGateway returns the metrics of a gateway for the sources, registered with
// reg. Every result of each source begins at zero.
func NewGateway(sources, results []string, reg prometheus.Registerer) (*Gateway, error) {
	help := map[string]string{}
	for _, c := range gatewayMetrics() {
		help[c.Name] = c.Help
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: gatewayRequests, Help: help[gatewayRequests]}, []string{"source", "result"})
	taken := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: gatewayDuration, Help: help[gatewayDuration], Buckets: prometheus.ExponentialBuckets(0.001, 2, 15), // to 16 s
	}, []string{"source"})
	held := prometheus.NewGauge(prometheus.GaugeOpts{Name: gatewayHeld, Help: help[gatewayHeld]})
	g := &Gateway{requests: map[[2]string]prometheus.Counter{}, taken: map[string]prometheus.Observer{}, held: held}
	for _, s := range append([]string{""}, sources...) {
		for _, r := range results {
			g.requests[[2]string{s, r}] = requests.WithLabelValues(s, r)
		}
	}
	for _, s := range sources {
		g.taken[s] = taken.WithLabelValues(s)
	}
	return g, errors.Join(reg.Register(requests), reg.Register(taken), reg.Register(held))
}

// Delivered counts a request by source, "" for one to no source, and result; took
// is how long one that was taken waited for its answer, 0 for others.
func (g *Gateway) Delivered(source, result string, took time.Duration) {
	if c := g.requests[[2]string{source, result}]; c != nil {
		c.Inc()
	}
	if o := g.taken[source]; o != nil && took > 0 {
		o.Observe(took.Seconds())
	}
}

// Held tells how many bytes deliveries under way take.
func (g *Gateway) Held(bytes int) { g.held.Set(float64(bytes)) }
