package metrics

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/ingest/order"
)

// gauges are summed over the owned partitions at each scrape.
type gauges struct {
	descs map[string]*prometheus.Desc
}

func newGauges(m *Metrics) *gauges {
	g := &gauges{descs: map[string]*prometheus.Desc{}}
	for _, name := range []string{
		stageWorking, stageOrders, stageOrdersAmount, stageOldest, stageLastEvent,
		ordersOpen, ordersOpenAmount, ordersOpenLate, ordersOpenLateAmount, exceptionsOpen,
		exceptionsUnanswered, exceptionsAcknowledged, exceptionAcknowledge, exceptionsResolved, exceptionResolve,
		sourceLastEvent, ingestLagRecords, ingestLagSeconds, trackerOrders, trackerMemory, ready,
	} {
		c := m.catalog[name]
		g.descs[name] = prometheus.NewDesc(name, c.Help, m.labels(c), nil)
	}
	return g
}

// sums are the gauges of one process.
type sums struct {
	tuples            map[*tuple]*tupleSum
	exceptions        map[*exception]int64
	handled           map[*exception]*handled
	oldest, lastEvent []order.Instant
}

type tupleSum struct {
	open, late           int64
	openMoney, lateMoney purse
	stages               map[int]*stageSum
}

// stageSum is one stage: on time, at risk, overdue.
type stageSum struct {
	open  [3]int64
	money [3]purse
}

// collect sends the gauges. A process without an owned partition has none.
func (g *gauges) collect(m *Metrics, ch chan<- prometheus.Metric) {
	send := func(name string, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(g.descs[name], prometheus.GaugeValue, value, labels...)
	}
	processes := processSums{}
	sources := map[sourceChannel]order.Instant{}
	lags := map[string]lag{}
	var orders, bytes int64
	for _, p := range m.owned() {
		s := processes.of(p.family)
		p.mu.Lock()
		s.add(p)
		for channel, at := range p.seen {
			k := sourceChannel{p.source.name, channel}
			sources[k] = max(sources[k], *at)
		}
		if p.lag.known {
			l := lags[p.topic]
			lags[p.topic] = lag{true, l.records + p.lag.records, max(l.behind, p.lag.behind)}
		}
		orders += p.orders
		bytes += p.bytes
		p.mu.Unlock()
	}
	now := order.At(m.config.Now())
	for _, p := range m.config.Processes {
		for i := range p.Stages {
			send(stageWorking, map[bool]float64{true: 1}[p.CalendarOf(i).Open(now)], p.Name, p.Stages[i].Name)
		}
	}
	for f, s := range processes {
		s.send(f, now, send)
	}
	for k, at := range sources {
		send(sourceLastEvent, seconds(at), k.source, k.channel)
	}
	for topic, l := range lags {
		send(ingestLagRecords, float64(l.records), topic)
		send(ingestLagSeconds, l.behind.Seconds(), topic)
	}
	send(trackerOrders, float64(orders))
	send(trackerMemory, float64(bytes))
	send(ready, map[bool]float64{true: 1}[m.Ready()])
}

// owned returns the partitions that are owned now.
func (m *Metrics) owned() []*Partition {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Collect(maps.Keys(m.partitions))
}

// processSums are the gauges of the processes that have an owned partition.
type processSums map[*family]*sums

// of returns the sums of a process, zero ones if it has none yet.
func (all processSums) of(f *family) *sums {
	if all[f] == nil {
		all[f] = newSums(f)
	}
	return all[f]
}

func newSums(f *family) *sums {
	s := &sums{
		tuples: map[*tuple]*tupleSum{}, exceptions: map[*exception]int64{}, handled: map[*exception]*handled{},
		oldest:    make([]order.Instant, len(f.process.Stages)),
		lastEvent: make([]order.Instant, len(f.process.Stages)),
	}
	known := f.m.config.knownCurrencies()
	for _, k := range f.known {
		sum := s.of(k.tuple)
		sum.openMoney.seen, sum.lateMoney.seen = known, known
		for _, i := range k.stages {
			st := sum.stage(i)
			for state := range st.money {
				st.money[state].seen = known
			}
		}
	}
	for _, e := range f.reported {
		s.exceptions[e] = 0
	}
	return s
}

func (s *sums) of(t *tuple) *tupleSum {
	if s.tuples[t] == nil {
		s.tuples[t] = &tupleSum{stages: map[int]*stageSum{}}
	}
	return s.tuples[t]
}

func (s *tupleSum) stage(i int) *stageSum {
	if s.stages[i] == nil {
		s.stages[i] = &stageSum{}
	}
	return s.stages[i]
}

// add adds the gauges of p, whose lock is held.
func (s *sums) add(p *Partition) {
	for _, c := range p.cells {
		sum := s.of(c.tuple)
		sum.open += c.open
		sum.late += c.late
		sum.openMoney.add(&c.openMoney)
		sum.lateMoney.add(&c.lateMoney)
		for i, st := range c.at {
			if st == nil || st.owner != c {
				continue
			}
			total := sum.stage(i)
			for state := range total.open {
				total.open[state] += st.open[state]
				total.money[state].add(&st.money[state])
			}
		}
	}
	for _, e := range p.exceptions {
		s.exceptions[e.exception] += e.open
	}
	for e, h := range p.handled {
		if s.handled[e] == nil {
			s.handled[e] = &handled{}
		}
		s.handled[e].add(h)
	}
	for i := range s.oldest {
		if at := p.oldest[i]; at.Known() && (!s.oldest[i].Known() || at < s.oldest[i]) {
			s.oldest[i] = at
		}
		s.lastEvent[i] = max(s.lastEvent[i], p.lastEvent[i])
	}
}

func (s *sums) send(f *family, now order.Instant, send func(name string, value float64, labels ...string)) {
	name, currencies := f.process.Name, f.m.currencyNames()
	for t, sum := range s.tuples {
		values := func(head ...string) []string { return append(head, t.extra...) }
		send(ordersOpen, float64(sum.open), values(name, t.labels.channel)...)
		send(ordersOpenLate, float64(sum.late), values(name, t.labels.channel)...)
		sum.openMoney.each(currencies, func(currency string, amount float64) {
			send(ordersOpenAmount, amount, values(name, t.labels.channel, currency)...)
		})
		sum.lateMoney.each(currencies, func(currency string, amount float64) {
			send(ordersOpenLateAmount, amount, values(name, t.labels.channel, currency)...)
		})
		for i, st := range sum.stages {
			for state, label := range [3]string{"on_time", "at_risk", "overdue"} {
				send(stageOrders, float64(st.open[state]), values(name, f.stageName(i), t.labels.channel, label)...)
				st.money[state].each(currencies, func(currency string, amount float64) {
					send(stageOrdersAmount, amount, values(name, f.stageName(i), t.labels.channel, label, currency)...)
				})
			}
		}
	}
	for e, open := range s.exceptions {
		send(exceptionsOpen, float64(open), name, f.stageName(e.key.stage), e.key.kind, e.key.team)
	}
	s.sendHandled(f, send)
	for i := range s.oldest {
		age := time.Duration(0)
		if s.oldest[i].Known() {
			age = max(0, now.Sub(s.oldest[i]))
		}
		send(stageOldest, age.Seconds(), name, f.stageName(i))
		if s.lastEvent[i].Known() {
			send(stageLastEvent, seconds(s.lastEvent[i]), name, f.stageName(i))
		}
	}
}

func seconds(at order.Instant) float64 { return float64(at) / 1000 }
