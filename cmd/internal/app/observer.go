package app

import (
	"sync"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/metrics"
)

// observer tells the metrics what becomes of the records of one source.
type observer struct {
	app    *App
	source *config.Source

	mu         sync.Mutex
	partitions map[int]*metrics.Partition
	recovered  bool
}

func newObserver(a *App, s *config.Source) observer {
	return observer{app: a, source: s, partitions: map[int]*metrics.Partition{}}
}

var _ ingest.Observer = (*observer)(nil)

// Owned is ingest.Observer's.
func (o *observer) Owned(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.partitions[n] = o.app.metrics.Partition(o.source.Name, o.source.Topic, n)
}

// Dropped is ingest.Observer's.
func (o *observer) Dropped(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p := o.partitions[n]; p != nil {
		p.Close()
		delete(o.partitions, n)
	}
}

func (o *observer) partition(n int) *metrics.Partition {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.partitions[n]
}

// Flushed is ingest.Observer's.
func (o *observer) Flushed(f *ingest.Flush, why ingest.Reason) {
	p := o.partition(f.Partition)
	if p == nil {
		return
	}
	p.Apply(f.Effects)
	p.Events(f.Latest)
	c := &f.Counts
	p.Records(metrics.Records{
		Stored: c.Stored - c.History, History: c.History, Duplicate: c.Duplicate, Dead: c.Dead, Skipped: c.Tombstone + c.Ignored,
	})
	for field, values := range f.Unknown {
		p.Unknown(field, values)
	}
	for i := range f.Dead {
		p.DeadLetter(f.Dead[i].Reason)
	}
	o.app.metrics.Flush(map[ingest.Reason]metrics.FlushReason{
		ingest.BySize: metrics.FlushSize, ingest.ByTime: metrics.FlushTime,
		ingest.ByTimer: metrics.FlushTimer, ingest.ByStop: metrics.FlushStop,
	}[why])
}

// Lag is ingest.Observer's.
func (o *observer) Lag(n int, records int64, age time.Duration) {
	if p := o.partition(n); p != nil {
		p.SetLag(records, age)
	}
}

// Ready is ingest.Observer's.
func (o *observer) Ready(ready bool) {
	if o.recovered != ready {
		o.recovered = ready
		o.app.ready(ready)
	}
}
