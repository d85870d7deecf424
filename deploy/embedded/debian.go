package embedded

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Monitoring holds the paths of Prometheus's and Alertmanager's programs.
type Monitoring struct{ Prometheus, Promtool, Alertmanager, Amtool string }

// debianMonitoring are the packages that hold them, and their size in bytes.
func debianMonitoring() ([]string, int64) {
	return []string{"prometheus", "prometheus-alertmanager"}, 29_845_000
}

// FindMonitoring returns the programs of Debian's packages, for tests against what
// people run: those that are installed, else fetched with apt-get and unpacked with dpkg
// into the cache, without root. Where there is neither, the error says what to do.
func FindMonitoring(ctx context.Context, w io.Writer) (Monitoring, error) {
	if m := monitoringIn(""); m.Prometheus != "" {
		return m, nil
	}
	packages, size := debianMonitoring()
	dir, err := fetchOnce(ctx, "debian-monitoring", func(ctx context.Context, dir string) error {
		for _, tool := range []string{"apt-get", "dpkg"} {
			if _, err := exec.LookPath(tool); err != nil {
				return fmt.Errorf("%s is not installed: install prometheus and alertmanager so that they are on the PATH", tool)
			}
		}
		fmt.Fprintf(w, "fetching Debian's Prometheus and Alertmanager (%d MB, once)\n", size/1_000_000)
		if err := command(ctx, dir, "apt-get", append([]string{"download", "-q"}, packages...)...); err != nil {
			return fmt.Errorf("%w; apt-get update may help", err)
		}
		archives, err := filepath.Glob(filepath.Join(dir, "*.deb"))
		if err != nil {
			return fmt.Errorf("find the packages: %w", err)
		}
		for _, a := range archives {
			if err := command(ctx, dir, "dpkg", "-x", a, dir); err != nil {
				return err
			}
			if err := os.Remove(a); err != nil {
				return fmt.Errorf("remove the package: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return Monitoring{}, fmt.Errorf("fetch Prometheus and Alertmanager: %w", err)
	}
	if m := monitoringIn(filepath.Join(dir, "usr", "bin")); m.Prometheus != "" {
		return m, nil
	}
	return Monitoring{}, fmt.Errorf("find Prometheus and Alertmanager: %q does not hold them: remove it to fetch them again", dir)
}

// monitoringIn returns the programs in a directory, or on the PATH if it is empty; none
// unless all are there.
func monitoringIn(dir string) (m Monitoring) {
	for _, p := range []struct {
		names []string
		path  *string
	}{
		{[]string{"prometheus"}, &m.Prometheus},
		{[]string{"promtool"}, &m.Promtool},
		{[]string{"prometheus-alertmanager", "alertmanager"}, &m.Alertmanager}, // Debian's name first
		{[]string{"amtool"}, &m.Amtool},
	} {
		for _, name := range p.names {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && *p.path == "" {
				*p.path = path
			}
		}
		if *p.path == "" {
			return Monitoring{}
		}
	}
	return m
}

func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, args[0], err, bytes.TrimSpace(out))
	}
	return nil
}
