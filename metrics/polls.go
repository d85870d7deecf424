package metrics

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Polls is the instrumentation of takt poll, a process of its own.
type Polls struct {
	requests map[[2]string]prometheus.Counter // by source and result
	records  map[string]prometheus.Counter    // by source
	reached  *prometheus.GaugeVec
}

// NewPolls returns the metrics of pollers for the sources, registered with reg.
func NewPolls(sources []string, reg prometheus.Registerer) (*Polls, error) {
	help := map[string]string{}
	for _, c := range pollMetrics() {
		help[c.Name] = c.Help
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: pollRequests, Help: help[pollRequests]}, []string{"source", "result"})
	records := prometheus.NewCounterVec(prometheus.CounterOpts{Name: pollRecords, Help: help[pollRecords]}, []string{"source"})
	p := &Polls{
		requests: map[[2]string]prometheus.Counter{}, records: map[string]prometheus.Counter{},
		reached: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: pollReached, Help: help[pollReached]}, []string{"source"}),
	}
	for _, s := range sources {
		p.records[s] = records.WithLabelValues(s)
		for _, r := range []string{"ok", "limited", "expired", "failed"} {
			p.requests[[2]string{s, r}] = requests.WithLabelValues(s, r)
		}
	}
	return p, errors.Join(reg.Register(requests), reg.Register(records), reg.Register(p.reached))
}

// Asked counts a request by source and result.
func (p *Polls) Asked(source, result string) {
	if c := p.requests[[2]string{source, result}]; c != nil {
		c.Inc()
	}
}

// Polled tells until when a source has been polled, and how many records the
// window brought.
func (p *Polls) Polled(source string, reached time.Time, written int) {
	p.reached.WithLabelValues(source).Set(float64(reached.UnixMilli()) / 1000)
	if c := p.records[source]; c != nil {
		c.Add(float64(written))
	}
}
