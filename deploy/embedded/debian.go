package embedded

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// Monitoring holds the paths of Prometheus's and Alertmanager's programs.
type Monitoring struct {
	Prometheus, Promtool, Alertmanager, Amtool string
	// Dir is the directory that Alertmanager has to be started in; empty: any.
	Dir string
}

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
	dir, err := fetchOnce(ctx, "debian-monitoring-relative", func(ctx context.Context, dir string) error {
		if err := debianTools("prometheus and alertmanager"); err != nil {
			return err
		}
		fmt.Fprintf(w, "fetching Debian's Prometheus and Alertmanager (%d MB, once)\n", size/1_000_000)
		if err := unpackDebian(ctx, dir, packages); err != nil {
			return err
		}
		return relative(filepath.Join(dir, "usr", "bin", "prometheus-alertmanager"))
	})
	if err != nil {
		return Monitoring{}, fmt.Errorf("fetch Prometheus and Alertmanager: %w", err)
	}
	if m := monitoringIn(filepath.Join(dir, "usr", "bin")); m.Prometheus != "" {
		m.Dir = dir
		return m, nil
	}
	return Monitoring{}, fmt.Errorf("find Prometheus and Alertmanager: %q does not hold them: remove it to fetch them again", dir)
}

// relative makes Debian's Alertmanager, which reads its templates from a directory that
// only root can fill, read them from the same one under where it is started. The two
// paths are equally long, so that nothing else of the program changes.
func relative(program string) error {
	code, err := os.ReadFile(program)
	if err != nil {
		return fmt.Errorf("read Alertmanager: %w", err)
	}
	fixed := regexp.MustCompile(`/(usr/share/prometheus/alertmanager)([^/])`)
	moved := fixed.ReplaceAll(code, []byte("$1/$2"))
	if bytes.Equal(moved, code) {
		return fmt.Errorf("move Alertmanager's templates: %q does not name their directory: install prometheus-alertmanager instead", program)
	}
	if err := os.WriteFile(program, moved, 0o755); err != nil {
		return fmt.Errorf("write Alertmanager: %w", err)
	}
	return nil
}

// debianTools reports what is missing to fetch packages; programs are what to install
// instead.
func debianTools(programs string) error {
	for _, tool := range []string{"apt-get", "dpkg"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not installed: install %s so that it is on the PATH", tool, programs)
		}
	}
	return nil
}

// unpackDebian fetches packages, of the versions that apt offers, and unpacks them into
// dir.
func unpackDebian(ctx context.Context, dir string, packages []string) error {
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
