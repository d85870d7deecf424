package metrics_test

import (
	"fmt"
	"sync"
	"testing"
	"unsafe"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/tracker"
)

func aliased(b []byte) string { return unsafe.String(&b[0], len(b)) }

// TestConcurrency applies from several partitions, some of which come and go,
// while others scrape; with -race it also proves the locks.
func TestConcurrency(t *testing.T) {
	const workers, flushes = 4, 200
	c := config(retail(), "web")
	c.SeriesCap = 1_000
	m, reg := mustNew(t, c)
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := reg.Gather(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	last := make([]*metrics.Partition, workers)
	for w := range workers {
		writers.Go(func() {
			p := m.Partition("shop", "orders", w)
			for i := range flushes {
				if i == flushes/2 {
					p.Close()
					p = m.Partition("shop", "orders", w)
				}
				ch := fmt.Sprintf("channel-%d", i%50)
				x := delta(tracker.ExceptionsOpened, 1, ch)
				x.Exception, x.Team = "lost", ch
				p.Apply(&tracker.Effects{
					Deltas: []tracker.Delta{
						delta(tracker.OrdersOpened, -1, ch), gauge(tracker.OrdersOpen, -1, ch, 0, 1),
						delta(tracker.VisitsStarted, 0, ch), gauge(tracker.VisitDuration, 0, ch, 0, 60), x,
					},
					Oldest: []order.Instant{ago(0)}, Held: 1,
				})
				p.Events(map[string]order.Instant{ch: ago(0)})
				p.SetLag(1, 0)
				p.Records(metrics.Records{Stored: 1})
				p.DeadLetter(order.NoOrder)
				m.Flush(metrics.FlushTime)
				m.Retry("network")
				m.Insert("visits", 1, 1)
				m.SetReady(i%2 == 0)
				m.SetAudit("orders", 0, 0)
			}
			last[w] = p
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	var opened, open float64
	all := samples(t, reg)
	for name, value := range all {
		switch {
		case len(name) > 24 && name[:24] == "takt_orders_opened_total":
			opened += value
		case len(name) > 17 && name[:17] == "takt_orders_open{":
			open += value
		}
	}
	if opened != workers*flushes {
		t.Errorf("%v orders opened, want %d", opened, workers*flushes)
	}
	if open != workers*flushes/2 {
		t.Errorf("%v orders open, want those of the partitions that remain: %d", open, workers*flushes/2)
	}
	want(t, all, `takt_ingest_records_total{result="stored",source="shop"}`, workers*flushes)
	for _, p := range last {
		p.Close()
	}
}
