package alerts_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
)

// monitoring returns Debian's Prometheus and Alertmanager. Where they cannot be had
// the test is skipped, but not in CI.
func monitoring(t *testing.T) embedded.Monitoring {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	m, err := embedded.FindMonitoring(ctx, os.Stderr)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return m
}

func tool(t *testing.T, path string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(path), strings.Join(args, " "), err, out)
	}
}

// TestDebian has the Prometheus and the Alertmanager that people have installed, older
// than the libraries of the other tests, check and evaluate what is generated.
func TestDebian(t *testing.T) {
	m := monitoring(t)
	files, err := filepath.Glob("rules/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	tool(t, m.Promtool, append([]string{"check", "rules"}, files...)...)
	tool(t, m.Promtool, "test", "rules", filepath.Join("testdata", "retail.test.yaml"))
	_, text := routing(t)
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, m.Amtool, "check-config", path)
}
