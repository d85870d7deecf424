package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/metrics/process"
)

func TestMain(m *testing.M) {
	embedded.ChildMain()
	goleak.VerifyTestMain(m)
}

func TestNextDigest(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{Processes: []*process.Process{{Zone: zone}}, Notify: &config.Notify{Digest: &config.Digest{At: "08:30"}}}
	shipped := mustLoad(t, "process: own\ncalendar: cn\ntimezone: Asia/Shanghai\nopens_on: [a]\ncloses_on: {completed: [b]}\n"+
		"stages: [{name: s, starts_on: [a], ends_on: [b]}]\n")
	shipped.Notify = cfg.Notify
	for _, test := range []struct {
		name string
		cfg  *config.Config
		now  string
		want string
	}{
		{"before", cfg, "2026-11-24T08:29:59+08:00", "2026-11-24T08:30:00+08:00"},
		{"at the time, the next day's", cfg, "2026-11-24T08:30:00+08:00", "2026-11-25T08:30:00+08:00"},
		{"another day in UTC", cfg, "2026-11-24T23:00:00Z", "2026-11-25T08:30:00+08:00"},
		{"over the weekend", cfg, "2026-11-27T09:00:00+08:00", "2026-11-30T08:30:00+08:00"},
		{"over a holiday", shipped, "2026-09-30T09:00:00+08:00", "2026-10-08T08:30:00+08:00"},
		{"a Saturday that works", shipped, "2026-10-09T09:00:00+08:00", "2026-10-10T08:30:00+08:00"},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextDigest(test.cfg, now).Format(time.RFC3339); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// mustLoad loads a configuration with one process.
func mustLoad(t *testing.T, process string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"own.yaml":  process,
		"takt.yaml": "processes: [own.yaml]\nsources: [{name: own, topic: own, process: own, mapping: canonical}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "takt.yaml"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
