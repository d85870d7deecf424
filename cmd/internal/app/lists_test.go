package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestNewest has a workbook that a person looks at, and a folder of a fitting name.
func TestNewest(t *testing.T) {
	dir := t.TempDir()
	pattern := filepath.Join(dir, "*.xlsx")
	if file, _, err := newest(pattern); err == nil {
		t.Errorf("found %q in an empty folder", file)
	}
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range []string{"a.xlsx", "b.xlsx", "c.txt", "~$a.xlsx", "d.xlsx/e"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		at := began.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	file, written, err := newest(pattern)
	if err != nil || filepath.Base(file) != "b.xlsx" || !written.Equal(began.Add(time.Hour)) {
		t.Errorf("got %q of %v, %v", file, written, err)
	}
}
