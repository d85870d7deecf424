package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// soakSample is what takt takes of the machine at one moment.
type soakSample struct{ rss, heap, goroutines float64 }

// TestSoak keeps a service under live load: orders come, pass through and close.
// What it takes of the machine has to stay flat. TAKT_SOAK, a duration, makes it
// long; as it comes it only sees what leaks at once.
func TestSoak(t *testing.T) {
	long := 10 * time.Second
	if text := os.Getenv("TAKT_SOAK"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatalf("TAKT_SOAK: %v", err)
		}
	} else {
		t.Parallel()
	}
	env, engine := stack(t)
	w := &world{env[0][len("TAKT_KAFKA_BROKERS="):], engine, engine}
	const name, perBeat, beat = "soak", 200, 100 * time.Millisecond
	r := run{rows: 10_000, every: 500 * time.Millisecond}
	config := filepath.Join(t.TempDir(), "takt.yaml")
	configure(t, config, name, r)
	if err := w.cluster().CreateTopic(t.Context(), name, killPartitions, 1, nil); err != nil {
		t.Fatal(err)
	}
	l := w.start(t, config)
	w.untilBegun(t, name, r)
	l.ready(t)
	p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: w.cluster(), Topic: name})
	if err != nil {
		t.Fatal(err)
	}
	// The last one ends the stage after delivery: an order with an open stage is kept for good.
	steps := []string{"order.placed", "order.approved", "order.shipped", "order.delivered", "satisfaction.scored"}
	var samples []soakSample
	began, produced := time.Now(), 0
	for i := 0; time.Since(began) < long; i++ {
		time.Sleep(time.Until(began.Add(time.Duration(i) * beat)))
		var batch []kafka.Message
		for s, activity := range steps { // an order is done four beats after it was placed
			for n := range perBeat / len(steps) {
				if i >= s {
					batch = append(batch, message(order.Event{OrderID: fmt.Sprintf("SO-%d-%d", i-s, n), Activity: activity, OccurredAt: order.At(time.Now())}))
				}
			}
		}
		if err := p.Write(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
		if produced += len(batch); i%5 == 4 {
			samples = append(samples, soakSample{
				l.metric(t, "process_resident_memory_bytes"), l.metric(t, "go_memstats_heap_inuse_bytes"), l.metric(t, "go_goroutines"),
			})
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	w.untilStored(t, name, produced)
	l.stop(t)
	w.audited(t, name, config, produced)
	w.until(t, name, fmt.Sprint(produced), "SELECT count() FROM takt.events")
	if len(samples) < 8 {
		t.Fatalf("only %d samples", len(samples))
	}
	// The first quarter warms up. A leak grows from quarter to quarter; the peaks of
	// two quarters differ by what the garbage collector has not come to.
	quarter := func(n int, of func(soakSample) float64) float64 {
		part := samples[n*len(samples)/4 : (n+1)*len(samples)/4]
		return of(slices.MaxFunc(part, func(a, b soakSample) int { return int(of(a) - of(b)) }))
	}
	for _, m := range []struct {
		name        string
		of          func(soakSample) float64
		share, plus float64
	}{
		{"resident memory, MB", func(s soakSample) float64 { return s.rss / 1e6 }, 1.3, 30},
		{"heap, MB", func(s soakSample) float64 { return s.heap / 1e6 }, 1.3, 30},
		{"goroutines", func(s soakSample) float64 { return s.goroutines }, 1, 30},
	} {
		var peaks [4]float64
		for n := range peaks {
			peaks[n] = quarter(n, m.of)
		}
		t.Logf("%s: peaks of the quarters %.0f", m.name, peaks)
		if peaks[3] > peaks[1]*m.share+m.plus {
			t.Errorf("%s grew: peaks of the quarters %.0f", m.name, peaks)
		}
	}
	t.Logf("%d records in %v", produced, time.Since(began).Round(time.Second))
}
