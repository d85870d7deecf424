package backtest

import (
	"syscall"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// BenchmarkReplay replays nine weeks, the last of them judged, with an outage in it: the
// whole work but reading from the store.
func BenchmarkReplay(b *testing.B) {
	p := shop(b, nil)
	until := wednesday().AddDate(0, 0, 2)
	from := until.AddDate(0, 0, -7)
	events := record(b, simulate.Config{
		Process: p, Seed: 1, From: from.Add(-history), To: until, OrdersPerDay: 800, Scenario: simulate.WarehouseOutage, Onset: wednesday(), Duration: 6 * time.Hour,
	})
	for name, c := range map[string]Config{
		"one": {Process: p, From: from, Until: until},
		"two": {Process: p, Changed: p, From: from, Until: until},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := burnt(b)
			for b.Loop() {
				if _, err := Run(b.Context(), events, c); err != nil {
					b.Fatal(err)
				}
			}
			n := float64(b.N) * float64(len(events))
			b.ReportMetric(float64(b.Elapsed())/n, "ns/event")
			b.ReportMetric(n/(burnt(b)-before).Seconds(), "events/cpu-s")
			b.ReportMetric(float64(len(events)), "events")
		})
	}
}

// burnt is the CPU time of this process so far.
func burnt(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
