package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/cmd/internal/config"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func none(string) string { return "" }

func mustLoad(t *testing.T, path string, getenv func(string) string) *config.Config {
	t.Helper()
	cfg, err := config.Load(path, getenv)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// golden compares got with the file, or rewrites that with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s (-got +want); rewrite it with -update:\n%s", file, diff)
	}
}

// TestInvalid holds the messages of testdata/invalid-*.yaml, one file per rule,
// against testdata/messages.txt. Those that are process files are named by a
// takt.yaml made here.
func TestInvalid(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	var messages strings.Builder
	for _, file := range files {
		path := file
		if strings.HasPrefix(file, "testdata/invalid-process-") {
			path = takt(t, file)
		}
		cfg, err := config.Load(path, none)
		var invalid *config.Invalid
		if cfg != nil || !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
			t.Errorf("%s: got %v, want problems", file, err)
			continue
		}
		dir, err := filepath.Abs("testdata")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(invalid.Error(), dir, "testdata")
		messages.WriteString("# " + filepath.Base(file) + "\n" + text + "\n\n")
	}
	golden(t, "testdata/messages.txt", messages.String())
}

// takt writes a takt.yaml that names the process file, whose process is "own".
func takt(t *testing.T, processFile string) string {
	t.Helper()
	abs, err := filepath.Abs(processFile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "takt.yaml")
	text := "processes: [" + abs + "]\nsources: [{name: own, topic: own, process: own, mapping: canonical}]\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadMissingFile(t *testing.T) {
	_, err := config.Load("testdata/none.yaml", none)
	if want := "testdata/none.yaml: cannot be read: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
