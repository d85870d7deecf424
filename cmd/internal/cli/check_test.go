package cli

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/metrics/process"
)

func TestUnannounced(t *testing.T) {
	calendar := func(name string, years ...int) *process.Calendar {
		h := process.Hours{Name: name, Zone: time.FixedZone("", 8*3600)}
		for _, y := range years {
			h.Years = append(h.Years, process.Year{Year: y})
		}
		return process.NewCalendar(h)
	}
	calendars := []*process.Calendar{calendar("always"), calendar("cn", 2025, 2026), calendar("new", 2026, 2027), calendar("old", 2020)}
	got := unannounced(calendars, time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC)) // 2026 in the zone
	want := []string{
		`calendar "cn" has no holidays for 2027: regular weeks count until a newer file announces them`,
		`calendar "old" has no holidays for 2026 and 2027: regular weeks count until a newer file announces them`,
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("warnings (-got +want):\n%s", diff)
	}
}
