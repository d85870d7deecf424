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
	large    map[string]prometheus.Counter    // by source
	reached  *prometheus.GaugeVec
	success  *prometheus.GaugeVec
	now      func() time.Time
}

// NewPolls returns the metrics of pollers, registered with reg. every is, by source,
// how long a poller waits between two windows.
func NewPolls(every map[string]time.Duration, now func() time.Time, reg prometheus.Registerer) (*Polls, error) {
	help := map[string]string{}
	for _, c := range pollMetrics() {
		help[c.Name] = c.Help
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: pollRequests, Help: help[pollRequests]}, []string{"source", "result"})
	records := prometheus.NewCounterVec(prometheus.CounterOpts{Name: pollRecords, Help: help[pollRecords]}, []string{"source"})
	large := prometheus.NewCounterVec(prometheus.CounterOpts{Name: pollTooLarge, Help: help[pollTooLarge]}, []string{"source"})
	p := &Polls{
		requests: map[[2]string]prometheus.Counter{}, records: map[string]prometheus.Counter{}, large: map[string]prometheus.Counter{},
		now: now,
	}
	gauge := func(name string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help[name]}, []string{"source"})
	}
	interval := gauge(pollInterval)
	p.reached, p.success = gauge(pollReached), gauge(pollSuccess)
	for s := range every {
		interval.WithLabelValues(s).Set(every[s].Seconds())
		p.success.WithLabelValues(s).Set(unix(now()))
		p.records[s], p.large[s] = records.WithLabelValues(s), large.WithLabelValues(s)
		for _, r := range []string{"ok", "absent", "limited", "expired", "failed"} {
			p.requests[[2]string{s, r}] = requests.WithLabelValues(s, r)
		}
	}
	return p, errors.Join(reg.Register(requests), reg.Register(records), reg.Register(large), reg.Register(p.reached), reg.Register(p.success), reg.Register(interval))
}

// Asked counts a request by source and result.
func (p *Polls) Asked(source, result string) {
	if c := p.requests[[2]string{source, result}]; c != nil {
		c.Inc()
	}
}

// unix is an instant in seconds since 1970.
func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// Polled tells that a window is in the log: until when a source has been polled, and
// how many records the window brought.
func (p *Polls) Polled(source string, reached time.Time, written int) {
	p.reached.WithLabelValues(source).Set(unix(reached))
	p.success.WithLabelValues(source).Set(unix(p.now()))
	if c := p.records[source]; c != nil {
		c.Add(float64(written))
	}
}

// TooLarge counts records of a source that its topic did not take for their length.
func (p *Polls) TooLarge(source string, records int) {
	if c := p.large[source]; c != nil {
		c.Add(float64(records))
	}
}
