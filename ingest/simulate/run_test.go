package simulate

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
)

func mustNew(t testing.TB, cfg Config) *Run {
	t.Helper()
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// line is a delivery as it would stand in the log.
func line(d Delivery) []byte {
	at := order.Event{OccurredAt: d.At}
	return append(d.Event.AppendJSON(nil, d.ID), at.AppendJSON(nil, "")...)
}

func TestSameConfigSameLog(t *testing.T) {
	for _, p := range processes(t) {
		cfg := Config{Process: p, Seed: 9, From: start, Scenario: CarrierDelay, Onset: start.Add(72 * time.Hour)}
		a, b := mustNew(t, cfg), mustNew(t, cfg)
		cfg.Seed++
		other, differs := mustNew(t, cfg), false
		for range 20_000 {
			x, _ := a.Next()
			y, _ := b.Next()
			z, _ := other.Next()
			if !bytes.Equal(line(x), line(y)) || x.Duplicate != y.Duplicate || x.Late != y.Late {
				t.Fatalf("got %s, want %s", line(y), line(x))
			}
			differs = differs || !bytes.Equal(line(x), line(z))
		}
		if !differs {
			t.Error("another seed gives the same log")
		}
	}
}

// Until the onset a scenario's log is the clean one; after it every order that
// the clean run places is placed at the same instant and says the same.
func TestIncidentChangesNothingElse(t *testing.T) {
	onset := start.Add(4*24*time.Hour + 5*time.Hour)
	for _, p := range processes(t) {
		for _, s := range Scenarios() {
			clean := mustNew(t, Config{Process: p, Seed: 3, From: start, OrdersPerDay: 400})
			dirty := mustNew(t, Config{Process: p, Seed: 3, From: start, OrdersPerDay: 400, Scenario: s, Onset: onset})
			before := 0
			for want := range clean.Until(onset.Add(-time.Millisecond)) {
				got, ok := dirty.Next()
				if !ok || !bytes.Equal(line(got), line(want)) {
					t.Fatalf("%s, %s: delivery %d before the onset: got %s, want %s", p.Name, s, before, line(got), line(want))
				}
				before++
			}
			if before < 1000 {
				t.Fatalf("%s: only %d deliveries before the onset", p.Name, before)
			}
			end := onset.Add(5 * 24 * time.Hour)
			want, got := placed(clean, end), placed(dirty, end)
			for id, e := range want {
				if g, ok := got[id]; s != SilentSource && (!ok || g != e) {
					t.Fatalf("%s, %s: order %s: got %q, want %q", p.Name, s, id, g, e)
				}
			}
		}
	}
}

// placed returns the placing events up to end, less those under way to the log.
func placed(r *Run, end time.Time) map[string]string {
	open := r.cfg.Process.OpensOn[0]
	events := map[string]string{}
	for d := range r.Until(end) {
		if d.Event.Activity == open && d.Event.Amount.Valid {
			e := *d.Event
			e.RecordedAt = 0
			events[e.OrderID] = string(e.AppendJSON(nil, d.ID))
		}
	}
	return events
}

// A run cut anywhere goes on as if it had not been cut.
func TestCutAnywhere(t *testing.T) {
	p := retail(t)
	rapid.Check(t, func(rt *rapid.T) {
		cfg := Config{
			Process: p, From: start, OrdersPerDay: 200,
			Seed:     rapid.Uint64().Draw(rt, "seed"),
			Scenario: rapid.SampledFrom(Scenarios()).Draw(rt, "scenario"),
			Onset:    start.Add(24 * time.Hour), Duration: 30 * time.Hour,
		}
		end := start.Add(72 * time.Hour)
		whole, cut := mustNew(t, cfg), mustNew(t, cfg)
		var want, got [][]byte
		for d := range whole.Until(end) {
			want = append(want, line(d))
		}
		at := start
		for at.Before(end) {
			at = at.Add(time.Duration(rapid.Int64Range(1, int64(40*time.Hour)).Draw(rt, "step")))
			if at.After(end) {
				at = end
			}
			for d := range cut.Until(at) {
				if d.At > order.At(at) {
					rt.Fatalf("delivery at %v, asked until %v", d.At.Time(), at)
				}
				got = append(got, line(d))
			}
		}
		if !bytes.Equal(bytes.Join(got, nil), bytes.Join(want, nil)) {
			rt.Fatalf("got %d deliveries, want %d", len(got), len(want))
		}
	})
}

func TestEventsAreValidAndOrdered(t *testing.T) {
	for _, p := range processes(t) {
		for _, s := range Scenarios() {
			run := mustNew(t, Config{Process: p, Seed: 4, From: start, Scenario: s, Onset: start.Add(3 * 24 * time.Hour), Duration: 24 * time.Hour})
			last := order.Instant(0)
			for d := range run.Until(start.Add(6 * 24 * time.Hour)) {
				if inv := d.Event.Validate(d.At); inv != nil {
					t.Fatalf("%s: %v: %s", p.Name, inv, line(d))
				}
				if d.At < last || d.Event.OccurredAt > d.At || d.Event.RecordedAt > d.At || d.Event.RecordedAt < d.Event.OccurredAt {
					t.Fatalf("%s: delivered %v after %v: %s", p.Name, d.At.Time(), last.Time(), line(d))
				}
				last = d.At
			}
		}
	}
}

func BenchmarkRun(b *testing.B) {
	run := mustNew(b, Config{Process: retail(b), Seed: 1, From: start})
	for b.Loop() {
		run.Next()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
