package presets

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMatrix compares the tables of the README with the presets.
func TestMatrix(t *testing.T) {
	const file = "../README.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	for _, lang := range []string{"en", "zh"} {
		rows, err := Matrix(lang)
		if err != nil {
			t.Fatal(err)
		}
		start, end := "<!-- matrix "+lang+" -->\n", "<!-- /matrix -->"
		before, rest, ok := strings.Cut(want, start)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no %s", file, start)
		}
		want = before + start + Markdown(rows) + end + after
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("%s; rewrite it with -update (-want +got):\n%s", file, diff)
	}
}
