package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The library as npm packs it. The "latest" tag is another version, which
// resets the SIGSEGV handler of the Go runtime: never use it.
const (
	libraryPackage   = "@chdb/lib-linux-x64-gnu"
	libraryVersion   = "26.7.3-stable.1"
	libraryIntegrity = "XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw=="
	libraryTarball   = 177_817_999 // bytes
	libraryName      = "libchdb.so"
)

// errPlatform says that there is no engine for this machine.
var errPlatform = errors.New("embedded ClickHouse runs on Linux x64 only so far: point clickhouse.addr at a real server")

// Library returns the path of the ClickHouse library. The first time it is
// fetched through npm, checked against its known digest and kept in the cache
// directory, with the progress on w. TAKT_CHDB_LIB names a library to use
// instead.
func Library(ctx context.Context, w io.Writer) (string, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "", errPlatform
	}
	if path := os.Getenv("TAKT_CHDB_LIB"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("use the ClickHouse library that TAKT_CHDB_LIB names: %w", err)
		}
		return path, nil
	}
	dir, err := fetchOnce(ctx, "chdb-"+libraryVersion, func(ctx context.Context, dir string) error {
		return fetchLibrary(ctx, dir, libraryIntegrity, w)
	})
	if err != nil {
		return "", fmt.Errorf("fetch the ClickHouse library: %w", err)
	}
	return filepath.Join(dir, libraryName), nil
}

func fetchLibrary(ctx context.Context, dir, integrity string, w io.Writer) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("npm is not installed: install it, or set TAKT_CHDB_LIB to a %s of version %s, or point clickhouse.addr at a real server", libraryName, libraryVersion)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, npm, "pack", "--ignore-scripts", "--silent", "--cache", filepath.Join(dir, "npm"), libraryPackage+"@"+libraryVersion)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = &out, &out
	fmt.Fprintf(w, "fetching ClickHouse %s (%d MB, once)\n", libraryVersion, libraryTarball/1_000_000)
	watch := watchSize(w, "fetching ClickHouse", libraryTarball, filepath.Join(dir, "npm"))
	err = cmd.Run()
	watch()
	if err != nil {
		return fmt.Errorf("npm pack %s@%s: %w: %s", libraryPackage, libraryVersion, err, bytes.TrimSpace(out.Bytes()))
	}
	tarballs, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(tarballs) != 1 {
		return fmt.Errorf("npm pack %s@%s left %d tarballs, not 1: %s", libraryPackage, libraryVersion, len(tarballs), bytes.TrimSpace(out.Bytes()))
	}
	if err := unpackLibrary(tarballs[0], dir, integrity, w); err != nil {
		return err
	}
	return errors.Join(os.Remove(tarballs[0]), os.RemoveAll(filepath.Join(dir, "npm")))
}

// unpackLibrary checks the tarball's digest, then takes the library out of it.
func unpackLibrary(tarball, dir, integrity string, w io.Writer) error {
	f, err := os.Open(tarball)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	defer f.Close()
	digest := sha512.New()
	if _, err := io.Copy(digest, f); err != nil {
		return fmt.Errorf("read the package: %w", err)
	}
	if got := base64.StdEncoding.EncodeToString(digest.Sum(nil)); got != integrity {
		return fmt.Errorf("check the package: its sha512 is %s, not the known %s: do not use this source", got, integrity)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the package: %w", err)
	}
	bar := newBar(w, "unpacking ClickHouse", libraryTarball)
	defer bar.finish()
	gz, err := gzip.NewReader(io.TeeReader(f, bar))
	if err != nil {
		return fmt.Errorf("unpack the package: %w", err)
	}
	for archive := tar.NewReader(gz); ; {
		h, err := archive.Next()
		if err != nil {
			return fmt.Errorf("find %s in the package: %w", libraryName, err)
		}
		if filepath.Base(h.Name) == libraryName {
			return writeFile(filepath.Join(dir, libraryName), archive)
		}
	}
}

func writeFile(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return fmt.Errorf("write the library: %w", err)
	}
	if _, err := io.Copy(f, r); err != nil {
		return errors.Join(fmt.Errorf("write the library: %w", err), f.Close())
	}
	// Synced before the rename that makes it visible: a power cut must not
	// leave half a library under its final name.
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the library: %w", err)
	}
	return nil
}
