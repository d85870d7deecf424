package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// vectors are the counters and histograms of processes.
type vectors struct {
	started, finished, due, corrected, opened, reopened, closed, promises, exceptions *prometheus.CounterVec

	visit, order *prometheus.HistogramVec

	info, limit, objective *prometheus.GaugeVec
}

func newVectors(m *Metrics) *vectors {
	return &vectors{
		started:    m.counter(stageStarted),
		finished:   m.counter(stageFinished),
		due:        m.counter(stageDue),
		corrected:  m.counter(stageCorrections),
		visit:      m.histogram(stageDuration, buckets()),
		info:       m.gauge(stageInfo),
		limit:      m.gauge(stageLimit),
		objective:  m.gauge(stageObjective),
		opened:     m.counter(ordersOpened),
		reopened:   m.counter(ordersReopened),
		closed:     m.counter(ordersClosed),
		order:      m.histogram(orderDuration, buckets()),
		promises:   m.counter(ordersPromiseDue),
		exceptions: m.counter(exceptionsOpened),
	}
}

// family is all of one process: the handles that its partitions share.
type family struct {
	m       *Metrics
	v       *vectors
	process *process.Process

	visits []prometheus.Observer      // by stage: duration
	fixes  [][3][3]prometheus.Counter // by stage, from, to: corrections
	orders prometheus.Observer        // duration

	known      []known      // of the configuration; does not change after New
	reported   []*exception // of the configuration; does not change after New
	tuples     map[labels]*tuple
	exceptions map[exceptionKey]*exception
}

// known is a tuple of the configuration with the stages that began at zero.
type known struct {
	*tuple
	stages []int
}

// newFamily makes what every process has and reserves room for its "other".
func newFamily(m *Metrics, v *vectors, p *process.Process) *family {
	f := &family{
		m: m, v: v, process: p, tuples: map[labels]*tuple{}, exceptions: map[exceptionKey]*exception{},
		visits: make([]prometheus.Observer, len(p.Stages)), fixes: make([][3][3]prometheus.Counter, len(p.Stages)),
		orders: v.order.WithLabelValues(p.Name),
	}
	judgements := [3]string{tracker.Undecided: "none", tracker.No: "within", tracker.Yes: "breached"}
	for i := range p.Stages {
		s := &p.Stages[i]
		f.visits[i] = v.visit.WithLabelValues(p.Name, s.Name)
		for from := range judgements {
			for to := range judgements {
				if from != to {
					f.fixes[i][from][to] = v.corrected.WithLabelValues(p.Name, s.Name, judgements[from], judgements[to])
				}
			}
		}
		v.info.WithLabelValues(p.Name, s.Name, strconv.Itoa(i+1), s.Title.EN, s.Title.ZH, s.Owner.Team).Set(1)
		if s.Limit.Within > 0 {
			v.limit.WithLabelValues(p.Name, s.Name).Set(s.Limit.Within.Seconds())
		}
		if s.Limit.Objective > 0 {
			v.objective.WithLabelValues(p.Name, s.Name).Set(s.Limit.Objective)
		}
	}
	n, duration := len(p.Stages), histogramSeries(buckets())
	m.budget.used += duration + n*(duration+6+4+3) // corrections; info, limit, objective, working; oldest, last event, normal
	m.budget.used += m.orderChunk() + n*m.stageChunk() + (n+1)*(exceptionChunk+handledChunk)
	return f
}

// begin admits what the configuration knows, as far as there is room.
func (f *family) begin(channels []string) {
	if len(f.m.config.ExtraLabels) == 0 {
		for _, c := range channels {
			k := known{tuple: f.tuple(labels{channel: c})}
			for i := range f.process.Stages {
				if f.stage(k.tuple, i) != nil {
					k.stages = append(k.stages, i)
				}
			}
			f.known = append(f.known, k)
		}
	}
	for _, k := range f.kinds() {
		f.reported = append(f.reported, f.exception(k))
	}
}
