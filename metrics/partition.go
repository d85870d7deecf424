package metrics

import (
	"fmt"
	"sync"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// Partition is the share of one owned partition in the metrics: the counters it
// moves are the process's, the gauges are its own.
type Partition struct {
	m      *Metrics
	family *family
	source *source
	topic  string

	mu         sync.Mutex
	cells      map[labels]*cell
	channels   map[string]*cell // cells by channel alone, which hashes faster; nil with extra labels
	exceptions map[exceptionKey]*exceptionCell
	handled    map[*exception]*handled
	slots      map[string]int // of currencies
	last       *tracker.Dims  // of the delta before, valid within one Apply
	lastCell   *cell

	oldest, lastEvent []order.Instant // by stage
	orders, bytes     int64
	lag               lag
	seen              map[string]*order.Instant // by channel: latest event
}

// cell is one combination of labels in one partition.
type cell struct {
	*tuple
	open, late           int64
	openMoney, lateMoney purse
	at                   []*stageCell // by stage; nil: not touched so far
}

// stageCell is one stage of a cell; of the cell of "other" where it was refused.
type stageCell struct {
	*visits
	owner *cell
	open  [3]int64 // on time, at risk, overdue
	money [3]purse // of those
}

type exceptionCell struct {
	*exception
	open int64
}

type lag struct {
	known   bool
	records int64
	behind  time.Duration
}

// Partition returns the share of one partition that the process has come to
// own. Its gauges count from nothing and last until Close. It panics on a source
// that Config.Sources does not name: that is a fault of the wiring.
func (m *Metrics) Partition(source, topic string, _ int) *Partition {
	s := m.sources[source]
	if s == nil {
		panic(fmt.Sprintf("metrics: source %q is not configured", source))
	}
	f := m.families[s.process]
	p := &Partition{
		m: m, family: f, source: s, topic: topic,
		cells: map[labels]*cell{}, exceptions: map[exceptionKey]*exceptionCell{}, slots: map[string]int{}, seen: map[string]*order.Instant{},
		oldest: make([]order.Instant, len(f.process.Stages)), lastEvent: make([]order.Instant, len(f.process.Stages)),
	}
	if len(m.config.ExtraLabels) == 0 {
		p.channels = map[string]*cell{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.partitions[p] = struct{}{}
	return p
}

// Close lets the partition's gauges vanish. What it counted stays.
func (p *Partition) Close() {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	delete(p.m.partitions, p)
}

// Apply counts the effects of one acknowledged flush. Nothing of e is kept. After
// Close only the counters move. A delta outside the contract of tracker is ignored.
func (p *Partition) Apply(e *tracker.Effects) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.lastCell = nil, nil
	for i := range e.Deltas {
		p.move(&e.Deltas[i])
	}
	p.last, p.lastCell = nil, nil
	copy(p.oldest, e.Oldest)
	copy(p.lastEvent, e.LastEvent)
	p.orders, p.bytes = e.Held, e.Bytes
}

// SetLag tells how many records of the partition are not yet stored and how old
// the oldest of them is.
func (p *Partition) SetLag(records int64, behind time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lag = lag{true, records, behind}
}

// Events notes when the latest event of each channel in an acknowledged flush
// happened. An event ahead of the clock counts as one of now: it must not hide
// that its source falls silent.
func (p *Partition) Events(latest map[string]order.Instant) {
	now := order.At(p.m.config.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, at := range latest {
		seen := p.seen[name]
		if seen == nil {
			channel := p.m.seen(p.source, name)
			if channel != name {
				p.countValue("channel", name)
			}
			if seen = p.seen[channel]; seen == nil {
				seen = new(order.Instant)
				p.seen[channel] = seen
			}
		}
		*seen = max(*seen, min(at, now))
	}
}

func (p *Partition) move(d *tracker.Delta) {
	switch d.Kind {
	case tracker.VisitsStarted:
		if s := p.stage(d); s != nil {
			s.started.Add(d.Value)
		}
	case tracker.VisitsFinished:
		if s := p.stage(d); s != nil {
			s.finished.Add(d.Value)
		}
	case tracker.VisitsDue:
		if s := p.stage(d); s != nil && (d.A == uint8(tracker.No) || d.A == uint8(tracker.Yes)) {
			s.due[d.A-uint8(tracker.No)].Add(d.Value)
		}
	case tracker.VisitsOpen:
		if s := p.stage(d); s != nil && d.A >= 1 && d.A <= 3 {
			s.open[d.A-1] += int64(d.Value)
			p.put(&s.money[d.A-1], d)
		}
	case tracker.VisitsCorrected:
		if p.has(d.Stage) && d.A < 3 && d.B < 3 && d.A != d.B {
			p.family.fixes[d.Stage][d.A][d.B].Add(d.Value)
		}
	case tracker.VisitDuration:
		if p.has(d.Stage) {
			p.family.visits[d.Stage].Observe(d.Value)
		}
	case tracker.OrderDuration:
		p.family.orders.Observe(d.Value)
	case tracker.ExceptionsOpened:
		p.exception(d).opened.Add(d.Value)
	case tracker.ExceptionsOpen:
		p.exception(d).open += int64(d.Value)
	default:
		p.moveOrder(d)
	}
}

func (p *Partition) has(stage int8) bool { return stage >= 0 && int(stage) < len(p.oldest) }
