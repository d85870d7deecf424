package view

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// TestReadme asks the twenty questions of a shop whose warehouse stands still, and
// wants each relation that the page names to be there.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Minute)
	p := retail(t)
	for i, team := range []string{"sales", "cashier", "warehouse", "dispatch", "carrier-desk"} {
		p.Stages[i].Owner.Team = team
	}
	db := fill(t, simulate.Config{
		Process: p, Seed: 42, From: now.AddDate(0, 0, -30), Scenario: simulate.WarehouseOutage, Onset: now.Add(-simulate.WarehouseOutage.Lead()),
		OrdersPerDay: 300, Rates: simulate.DefaultRates(),
	}, now)
	questions := regexp.MustCompile("(?s)### (\\d+)\\. ([^\n]+)\n\n```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(questions) != 20 {
		t.Errorf("got %d questions, want 20", len(questions))
	}
	// At some hours nothing falls due today, or no order is late yet; nobody acts on exceptions here.
	quiet := []string{"1", "2", "14"}
	for _, q := range questions {
		t.Run(q[1], func(t *testing.T) {
			rows := lines(t, db, strings.TrimSpace(q[3]))
			if len(rows) == 0 && !slices.Contains(quiet, q[1]) {
				t.Errorf("%s finds nothing:\n%s", q[2], q[3])
			}
			t.Logf("%s %d rows, %s", q[2], len(rows), strings.Join(rows[:min(2, len(rows))], " "))
		})
	}
	all := lines(t, db, "SELECT name FROM system.tables WHERE database = 'takt'")
	for _, m := range regexp.MustCompile("`([a-z_]+)(\\*)?`").FindAllStringSubmatch(string(text), -1) {
		name := m[1]
		if m[2] != "" {
			name += "daily"
		}
		if strings.Contains(name, "_") && !strings.HasPrefix(name, "_") && !slices.Contains(all, name) {
			t.Errorf("takt.%s is no relation", name)
		}
	}
}
