package embedded

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestMissingParts(t *testing.T) {
	t.Setenv("TAKT_CACHE", t.TempDir())
	t.Setenv("TAKT_CHDB_LIB", "")
	t.Setenv("PATH", t.TempDir())
	_, err := Library(t.Context(), io.Discard)
	wantError(t, err, "npm is not installed")
	_, err = StartClickHouse(t.Context(), ClickHouseConfig{Dir: t.TempDir()})
	wantError(t, err, "npm is not installed")
	_, err = StartApacheKafka(t.Context(), t.TempDir(), io.Discard)
	wantError(t, err, "java is not installed")
	_, err = StartClickHouse(t.Context(), ClickHouseConfig{})
	wantError(t, err, "data directory of the embedded ClickHouse is empty")
	t.Setenv("TAKT_CHDB_LIB", filepath.Join(t.TempDir(), "none.so"))
	_, err = Library(t.Context(), io.Discard)
	wantError(t, err, "TAKT_CHDB_LIB")
}

func TestWrongLibrary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(path, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TAKT_CHDB_LIB", path)
	_, err := StartClickHouse(t.Context(), ClickHouseConfig{Dir: t.TempDir()})
	wantError(t, err, "load the ClickHouse library")
}

func TestLibraryOfAnotherDigest(t *testing.T) {
	dir := t.TempDir()
	tarball := filepath.Join(dir, "x.tgz")
	if err := os.WriteFile(tarball, []byte("tampered with"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, unpackLibrary(tarball, dir, libraryIntegrity, io.Discard), "not the known "+libraryIntegrity)
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestFetchOnce(t *testing.T) {
	t.Setenv("TAKT_CACHE", t.TempDir())
	if _, err := fetchOnce(t.Context(), "part", func(context.Context, string) error { return errors.New("cut") }); err == nil {
		t.Fatal("no error")
	}
	var fills atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			dir, err := fetchOnce(t.Context(), "part", func(_ context.Context, dir string) error {
				fills.Add(1)
				return os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600)
			})
			if err != nil || !exists(filepath.Join(dir, "file")) {
				t.Errorf("%s: %v", dir, err)
			}
		})
	}
	wg.Wait()
	if fills.Load() != 1 {
		t.Errorf("filled %d times", fills.Load())
	}
	left, err := filepath.Glob(filepath.Join(os.Getenv("TAKT_CACHE"), "*partial*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
