package embedded

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Chromium is a browser that runs without a window.
type Chromium struct {
	Path string
	Env  []string // what its environment needs besides
}

// Debian's Chromium without anything to see, about 100 MB, and what has to lie beside it.
const (
	chromiumPackage = "chromium-headless-shell"
	chromiumData    = "chromium-common"
)

// FindChromium returns a browser for tests of pages: one that is installed, else
// Debian's, fetched with apt-get and unpacked with dpkg into the cache, without root.
// Where there is neither, the error says what to do.
func FindChromium(ctx context.Context, w io.Writer) (Chromium, error) {
	for _, name := range []string{"chromium", chromiumPackage, "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return Chromium{Path: path}, nil
		}
	}
	return fetchChromium(ctx, w)
}

func fetchChromium(ctx context.Context, w io.Writer) (Chromium, error) {
	dir, err := fetchOnce(ctx, "debian-chromium", func(ctx context.Context, dir string) error {
		if err := debianTools("chromium"); err != nil {
			return err
		}
		packages, err := missingFor(ctx, chromiumPackage)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "fetching Debian's Chromium (%d packages, 100 MB, once)\n", len(packages))
		return unpackDebian(ctx, dir, packages)
	})
	if err != nil {
		return Chromium{}, fmt.Errorf("fetch Chromium: %w", err)
	}
	path, err := exec.LookPath(filepath.Join(dir, "usr", "lib", "chromium", chromiumPackage))
	if err != nil {
		return Chromium{}, fmt.Errorf("find Chromium: %q does not hold it: remove it to fetch it again", dir)
	}
	var libraries []string
	// libpulse keeps a library of its own in a folder of its own.
	for _, folder := range []string{"", "pulseaudio"} {
		found, err := filepath.Glob(filepath.Join(dir, "usr", "lib", "*-linux-gnu*", folder))
		if err != nil {
			return Chromium{}, fmt.Errorf("find Chromium's libraries: %w", err)
		}
		libraries = append(libraries, found...)
	}
	c := Chromium{Path: path}
	if len(libraries) > 0 {
		c.Env = []string{"LD_LIBRARY_PATH=" + strings.Join(libraries, ":")}
	}
	return c, nil
}

// missingFor returns a package and those that it needs and that are not installed, as
// apt would install them.
func missingFor(ctx context.Context, name string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "apt-get", "install", "--simulate", "--no-install-recommends", "-q", name).Output()
	if err != nil {
		return nil, fmt.Errorf("ask apt-get what %s needs: %w; apt-get update may help", name, err)
	}
	packages := []string{name, chromiumData}
	for line := range bytes.Lines(out) {
		if f := bytes.Fields(line); len(f) > 1 && string(f[0]) == "Inst" && !slices.Contains(packages, string(f[1])) {
			packages = append(packages, string(f[1]))
		}
	}
	return packages, nil
}
