package dashboards_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/dashboards"
)

// TestGoldens holds json/, which is what people provision.
func TestGoldens(t *testing.T) {
	for _, l := range []dashboards.Language{dashboards.English, dashboards.Chinese} {
		dir := filepath.Join("json", string(l))
		wanted := map[string]bool{}
		for _, b := range dashboards.Boards(l) {
			got, err := b.Encode()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, b.UID+".json")
			wanted[path] = true
			if *update {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs, run go test ./dashboards -update and read the diff:\n%s", path, cmp.Diff(string(want), string(got)))
			}
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !wanted[f] {
				t.Errorf("%s is no board of this version: remove it", f)
			}
		}
	}
}
