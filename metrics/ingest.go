package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/ingest/order"
)

// FlushReason says why a flush was begun.
type FlushReason uint8

// The reasons of a flush.
const (
	FlushSize  FlushReason = iota + 1 // as many rows as one insert takes
	FlushTime                         // the oldest record has waited long enough
	FlushTimer                        // time alone: deadlines passed, no record came
	FlushStop                         // the partition is given up
)

// String returns the reason as it stands in labels.
func (r FlushReason) String() string {
	switch r {
	case FlushSize:
		return "size"
	case FlushTime:
		return "time"
	case FlushTimer:
		return "timer"
	case FlushStop:
		return "stop"
	default:
		return ""
	}
}

// Records tell what became of the records of one flush; each is in exactly one.
type Records struct {
	Stored    int64 // stored live
	History   int64 // stored as history
	Duplicate int64
	Dead      int64
	Skipped   int64 // tombstones and records the mapping makes no event of
}

// ingest are the metrics of the pipeline.
type ingest struct {
	records, dead      *prometheus.CounterVec
	unknown            *prometheus.CounterVec
	flushes            [FlushStop + 1]prometheus.Counter
	retries            map[string]prometheus.Counter
	rows, took         map[string]prometheus.Observer
	missing, duplicate *prometheus.GaugeVec
	parity             *prometheus.GaugeVec
	reconciled         *prometheus.GaugeVec
	reconciliations    *prometheus.CounterVec
}

func newIngest(m *Metrics) *ingest {
	i := &ingest{
		records: m.counter(ingestRecords), dead: m.counter(ingestDeadLetters), unknown: m.counter(ingestUnknown),
		missing: m.gauge(auditMissing), duplicate: m.gauge(auditDuplicate), parity: m.gauge(parityDifference),
		reconciled: m.gauge(reconciliation), reconciliations: m.counter(reconciliations),
		retries: map[string]prometheus.Counter{},
		rows:    map[string]prometheus.Observer{}, took: map[string]prometheus.Observer{},
	}
	flushes, retries := m.counter(ingestFlushes), m.counter(ingestRetries)
	for r := FlushSize; r <= FlushStop; r++ {
		i.flushes[r] = flushes.WithLabelValues(r.String())
	}
	for _, reason := range append([]string{Other}, m.config.RetryReasons...) {
		i.retries[reason] = retries.WithLabelValues(reason)
	}
	rows, took := m.histogram(ingestBatchRows, rowBuckets()), m.histogram(ingestInsert, insertBuckets())
	for _, table := range m.config.Tables {
		i.rows[table], i.took[table] = rows.WithLabelValues(table), took.WithLabelValues(table)
	}
	for _, s := range m.config.Sources {
		if s.Reconciles {
			i.compared(s.Name, false)
			i.compared(s.Name, true)
			m.budget.used += 2
		}
	}
	m.budget.used += len(i.flushes) - 1 + len(i.retries)
	m.budget.used += len(i.rows) * (histogramSeries(rowBuckets()) + histogramSeries(insertBuckets()))
	return i
}

// Flush counts one acknowledged flush. It panics on a reason that is none.
func (m *Metrics) Flush(r FlushReason) { m.ingest.flushes[r].Inc() }

// Retry counts one insert tried again; a reason that Config.RetryReasons does not
// name counts as "other".
func (m *Metrics) Retry(reason string) {
	c := m.ingest.retries[reason]
	if c == nil {
		c = m.ingest.retries[Other]
	}
	c.Inc()
}

// Insert observes one acknowledged insert. A table that Config.Tables does not
// name is not observed.
func (m *Metrics) Insert(table string, rows int, took time.Duration) {
	if o := m.ingest.rows[table]; o != nil {
		o.Observe(float64(rows))
		m.ingest.took[table].Observe(took.Seconds())
	}
}

// SetAudit tells what the last audit of a topic found.
func (m *Metrics) SetAudit(topic string, missing, duplicate int64) {
	m.ingest.missing.WithLabelValues(topic).Set(float64(missing))
	m.ingest.duplicate.WithLabelValues(topic).Set(float64(duplicate))
}

// SetReconciliation tells how many orders of a source differ in one way from its own
// list.
func (m *Metrics) SetReconciliation(source, kind string, orders float64) {
	m.ingest.reconciled.WithLabelValues(source, kind).Set(orders)
}

// Reconciliation counts one scheduled comparison of a source with its own list.
func (m *Metrics) Reconciliation(source string, failed bool) { m.ingest.compared(source, failed).Inc() }

func (i *ingest) compared(source string, failed bool) prometheus.Counter {
	result := "done"
	if failed {
		result = "failed"
	}
	return i.reconciliations.WithLabelValues(source, result)
}

// source are the handles of one configured source.
type source struct {
	name, process string

	stored, history, duplicated, lettered, skipped prometheus.Counter

	dead []prometheus.Counter // by order.Reason

	unknown map[string]prometheus.Counter // by Source.Fields

	channels map[string]string // admitted, as kept; guarded by Metrics.mu
}

func newSource(m *Metrics, c Source) *source {
	with := func(result string) prometheus.Counter { return m.ingest.records.WithLabelValues(c.Name, result) }
	s := &source{
		name: c.Name, process: c.Process, channels: map[string]string{}, unknown: map[string]prometheus.Counter{},
		stored: with("stored"), history: with("history"), duplicated: with("duplicate"), lettered: with("dead_letter"), skipped: with("skipped"),
	}
	for _, field := range c.Fields {
		s.unknown[field] = m.ingest.unknown.WithLabelValues(c.Name, field)
	}
	reasons := order.Reasons()
	s.dead = make([]prometheus.Counter, len(reasons)+1)
	for _, r := range reasons {
		s.dead[r] = m.ingest.dead.WithLabelValues(c.Name, r.String())
	}
	m.budget.used += 5 + len(c.Fields) + len(reasons) + 4 + 1 + 5 + 2 // lag and audit of the topic; channel "other"; kinds and results of reconciliation
	return s
}

// sourceChannel is the label pair of takt_source_last_event_timestamp_seconds.
type sourceChannel struct{ source, channel string }

// Records counts the records of one acknowledged flush.
func (p *Partition) Records(r Records) {
	s := p.source
	s.stored.Add(float64(r.Stored))
	s.history.Add(float64(r.History))
	s.duplicated.Add(float64(r.Duplicate))
	s.lettered.Add(float64(r.Dead))
	s.skipped.Add(float64(r.Skipped))
}

// DeadLetter counts one record that was written to the dead letters. It panics on
// a reason outside order.Reasons.
func (p *Partition) DeadLetter(r order.Reason) { p.source.dead[r].Inc() }

// Unknown counts values of the records of one acknowledged flush that the mapping has
// no word for. It panics on a field outside Source.Fields.
func (p *Partition) Unknown(field string, values int64) {
	p.source.unknown[field].Add(float64(values))
}

// seen returns the label value for a channel of s: "other" if it is refused.
func (m *Metrics) seen(s *source, channel string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept, ok := s.channels[channel]; ok {
		return kept
	}
	if channel == Other || !m.budget.take(1) {
		return Other
	}
	channel = strings.Clone(channel)
	s.channels[channel] = channel
	return channel
}
