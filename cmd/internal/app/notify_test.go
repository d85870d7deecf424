package app

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/metrics/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNextDigest(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{Processes: []*process.Process{{Zone: zone}}, Notify: &config.Notify{Digest: &config.Digest{At: "08:30"}}}
	for _, test := range []struct{ name, now, want string }{
		{"before", "2026-11-24T08:29:59+08:00", "2026-11-24T08:30:00+08:00"},
		{"at the time, the next day's", "2026-11-24T08:30:00+08:00", "2026-11-25T08:30:00+08:00"},
		{"another day in UTC", "2026-11-24T23:00:00Z", "2026-11-25T08:30:00+08:00"},
		{"over the weekend", "2026-11-27T09:00:00+08:00", "2026-11-30T08:30:00+08:00"},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextDigest(cfg, now).Format(time.RFC3339); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
