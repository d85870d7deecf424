package dashboards_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/takt-orders/takt/dashboards"
)

// TestReadme wants every board to be listed in both languages.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []dashboards.Language{dashboards.English, dashboards.Chinese} {
		for _, b := range dashboards.Boards(l) {
			if row := fmt.Sprintf("| %s | `%s` | ", b.Title, b.UID); !strings.Contains(string(text), row) {
				t.Errorf("README.md has no row %q", row)
			}
		}
	}
}
