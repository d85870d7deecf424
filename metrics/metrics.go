// Package metrics exports what the trackers and the pipeline did as Prometheus
// metrics, and serves them.
//
// The contract:
//
//   - Catalogue lists every metric and label; nothing else is exported.
//   - Counters and histograms begin at zero in each process, are never restored and
//     move only in Apply, which is called once per acknowledged flush: they never
//     tell more than is durable. Queries sum them without (instance).
//   - Gauges belong to the partitions this process owns. They are moved by Apply,
//     summed over the partitions at each scrape and vanish with Partition.Close.
//   - Combinations that the configuration knows begin at zero; others appear when
//     they are first seen. Past Config.SeriesCap new label values are counted as
//     "other", and takt_label_overflow_total tells how often. What was admitted
//     stays admitted, what was refused stays refused, so a gauge never goes up under
//     one name and down under another.
//
// A Metrics and its Partitions may be used from several goroutines.
package metrics

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics is the instrumentation of one Takt process.
type Metrics struct {
	config   Config
	channels []string // names of the channel label and the extra ones
	catalog  map[string]Metric
	vectors  []prometheus.Collector
	overflow map[string]prometheus.Counter // by label
	gauges   *gauges
	ingest   *ingest
	normals  *prometheus.GaugeVec
	notify   *notify
	ready    atomic.Bool

	mu         sync.RWMutex // guards what follows
	budget     budget
	currencies currencies
	families   map[string]*family // by process; the map itself never changes
	sources    map[string]*source // by name; the map itself never changes
	partitions map[*Partition]struct{}
}

var _ prometheus.Collector = (*Metrics)(nil)

// New returns the metrics of config, registered with reg.
func New(config Config, reg prometheus.Registerer) (*Metrics, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("check metrics configuration: %w", err)
	}
	config.defaults()
	m := &Metrics{
		config:     config,
		channels:   append([]string{"channel"}, config.ExtraLabels...),
		catalog:    map[string]Metric{},
		overflow:   map[string]prometheus.Counter{},
		families:   map[string]*family{},
		sources:    map[string]*source{},
		partitions: map[*Partition]struct{}{},
		budget:     budget{limit: config.SeriesCap},
		currencies: newCurrencies(&config),
	}
	for _, c := range Catalogue() {
		m.catalog[c.Name] = c
	}
	m.build()
	if m.budget.used > m.budget.limit {
		return nil, fmt.Errorf("check metrics configuration: metrics.series_cap: %d is less than the %d series that the processes have at least",
			m.budget.limit, m.budget.used)
	}
	for _, f := range m.families {
		f.begin(config.Channels)
	}
	if err := reg.Register(m); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return m, nil
}

// build makes all that does not depend on what is seen, and reserves its series.
func (m *Metrics) build() {
	m.gauges = newGauges(m)
	overflow := m.counter(labelOverflow)
	for _, label := range append([]string{"kind", "owner_team", "currency"}, m.channels...) {
		m.overflow[label] = overflow.WithLabelValues(label)
		m.budget.used++
	}
	m.gauge(buildInfo).WithLabelValues(m.config.Version, m.config.Commit, runtime.Version()).Set(1)
	m.budget.used += 4 // build, ready, orders and memory of the trackers
	m.ingest = newIngest(m)
	m.normals = m.gauge(stageNormal)
	m.notify = newNotify(m)
	v := newVectors(m)
	for _, p := range m.config.Processes {
		m.families[p.Name] = newFamily(m, v, p)
	}
	for _, s := range m.config.Sources {
		m.sources[s.Name] = newSource(m, s)
	}
}

// SetReady says whether recovery has ended and records are read.
func (m *Metrics) SetReady(ready bool) { m.ready.Store(ready) }

// Ready reports what SetReady said last; it begins false.
func (m *Metrics) Ready() bool { return m.ready.Load() }

// SetNormals tells how many visits are usually open now, at most, by stage; the
// stages that upper does not name have none. It panics on a process that is not
// configured.
func (m *Metrics) SetNormals(process string, upper map[string]float64) {
	f := m.families[process]
	if f == nil {
		panic(fmt.Sprintf("metrics: process %q is not configured", process))
	}
	for i := range f.process.Stages {
		name := f.process.Stages[i].Name
		if n, known := upper[name]; known {
			m.normals.WithLabelValues(process, name).Set(n)
		} else {
			m.normals.DeleteLabelValues(process, name)
		}
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, v := range m.vectors {
		v.Describe(ch)
	}
	for _, d := range m.gauges.descs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, v := range m.vectors {
		v.Collect(ch)
	}
	m.gauges.collect(m, ch)
}

// labels returns the label names of a metric, the extra ones included.
func (m *Metrics) labels(c Metric) []string {
	if c.Extra {
		return append(append([]string(nil), c.Labels...), m.config.ExtraLabels...)
	}
	return c.Labels
}

func (m *Metrics) counter(name string) *prometheus.CounterVec {
	c := m.catalog[name]
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: c.Help}, m.labels(c))
	m.vectors = append(m.vectors, v)
	return v
}

func (m *Metrics) gauge(name string) *prometheus.GaugeVec {
	c := m.catalog[name]
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: c.Help}, m.labels(c))
	m.vectors = append(m.vectors, v)
	return v
}

func (m *Metrics) histogram(name string, buckets []float64) *prometheus.HistogramVec {
	c := m.catalog[name]
	o := prometheus.HistogramOpts{Name: name, Help: c.Help, Buckets: buckets}
	if m.config.NativeHistograms {
		o.NativeHistogramBucketFactor = 1.1
		o.NativeHistogramMaxBucketNumber = 160
		o.NativeHistogramMinResetDuration = time.Hour
	}
	v := prometheus.NewHistogramVec(o, m.labels(c))
	m.vectors = append(m.vectors, v)
	return v
}
