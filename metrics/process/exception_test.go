package process_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/takt-orders/takt/metrics/process"
)

// TestExceptionsPage holds that the EXCEPTIONS.md names every kind in both languages, the first
// ones, which Takt and its rules raise, in its tables.
func TestExceptionsPage(t *testing.T) {
	text, err := os.ReadFile("EXCEPTIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range process.Kinds() {
		rows := []string{fmt.Sprintf("| `%s` | %s | %s |", k.Name, k.Title.EN, k.Severity), fmt.Sprintf("| `%s` | %s | %s |", k.Name, k.Title.ZH, k.Severity)}
		if strings.Contains(string(text), "| `"+k.Name+"` |") {
			for _, row := range rows {
				if !strings.Contains(string(text), row) {
					t.Errorf("EXCEPTIONS.md has no row %s", row)
				}
			}
		} else if strings.Count(string(text), "`"+k.Name+"`") < 2 || !strings.Contains(string(text), "`"+k.Name+"` "+k.Title.ZH) {
			t.Errorf("EXCEPTIONS.md does not name %q as %q", k.Name, k.Title.ZH)
		}
	}
}
