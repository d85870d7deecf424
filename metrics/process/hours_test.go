package process_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/metrics/process"
)

func TestValidateHours(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*process.Hours)
		want  []string // path: first words
	}{
		{"valid", func(*process.Hours) {}, nil},
		{"empty", func(h *process.Hours) { *h = process.Hours{} }, []string{"calendar: is missing", "timezone: is missing", "week: is missing"}},
		{"backwards", func(h *process.Hours) { h.Week[2] = []process.Span{span(9, 8)} }, []string{"week.tue: holds a span that does not open"}},
		{"longer than a day", func(h *process.Hours) { h.Week[2] = []process.Span{span(9, 34)} }, []string{
			"week.tue: holds a span that does not open", "week.tue: goes over midnight into",
		}},
		{"overlap", func(h *process.Hours) { h.MakeUp = []process.Span{span(9, 12), span(11, 13)} }, []string{"make_up_hours: holds spans that overlap"}},
		{"into the next day", func(h *process.Hours) { h.Week[0] = []process.Span{span(20, 34)} }, []string{"week.sun: goes over midnight into"}},
		{"up to the next day", func(h *process.Hours) { h.Week[0] = []process.Span{span(20, 33)} }, nil},
		{"cut-off of no day", func(h *process.Hours) { h.CutOff = 24 * time.Hour }, []string{"cut_off: must be a time of the day"}},
		{"year of no calendar", func(h *process.Hours) { h.Years[0].Year = 1999 }, []string{
			"years.1999: is not a year", "years.1999.holidays[0].from: 2026-01-01 does not belong", "years.1999.holidays[0].to:",
			"years.1999.holidays[0].make_up[0]:", "years.1999.holidays[1].from:", "years.1999.holidays[1].to:",
			"years.1999.holidays[1].make_up[0]:", "years.1999.holidays[1].make_up[1]:",
		}},
		{"year twice", func(h *process.Hours) { h.Years = append(h.Years, process.Year{Year: 2026}) }, []string{"years.2026: must come after"}},
		{"day off and worked", func(h *process.Hours) { h.Years[0].Holidays[1].MakeUp[0] = date(2026, 1, 2) }, []string{"years.2026.holidays[1].make_up[0]: 2026-01-02 stands twice"}},
		{"holiday twice", func(h *process.Hours) {
			h.Years[0].Holidays[1].From, h.Years[0].Holidays[1].To = date(2026, 1, 3), date(2026, 1, 3)
		}, []string{"years.2026.holidays[1].from: 2026-01-03 stands twice"}},
		{"holiday backwards", func(h *process.Hours) { h.Years[0].Holidays[0].To = date(2025, 12, 31) }, []string{"years.2026.holidays[0].to: lies before from"}},
		{"holiday without end", func(h *process.Hours) { h.Years[0].Holidays[1].To = date(2026, 12, 31) }, []string{"years.2026.holidays[1].to: makes a holiday of more", "years.2026.holidays[1].make_up[1]: 2026-02-28 stands twice"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := china(t)
			tc.spoil(&h)
			var got []string
			for i, problem := range h.Validate() {
				line := problem.Path + ": " + problem.Message
				if i < len(tc.want) && strings.HasPrefix(line, tc.want[i]) {
					line = tc.want[i]
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
		})
	}
}

func TestShare(t *testing.T) {
	if got := mustCalendar(t, china(t)).Share(); got != 40.0/168 {
		t.Errorf("china: got %g, want 40 of 168 hours", got)
	}
	if got := mustCalendar(t, every(t, "UTC", span(0, 24))).Share(); got != 1 {
		t.Errorf("every hour: got %g, want 1", got)
	}
}
