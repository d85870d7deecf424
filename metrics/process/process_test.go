package process_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// retail returns a small valid process.
func retail(t *testing.T) *process.Process {
	t.Helper()
	return &process.Process{
		Name: "retail", Title: process.Text{EN: "Retail", ZH: "零售"}, Zone: mustZone(t, "Asia/Shanghai"),
		OpensOn:  []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			{
				Name: "审核", StartsOn: []string{"order.placed"}, EndsOn: []string{"order.approved", "order.rejected"},
				Limit: process.Limit{Within: 4 * time.Hour, Of: process.Wall, Objective: 0.95, WarnAt: 0.75},
				Overrides: []process.Override{
					{When: "vip", Holds: func(e *order.Event) bool { return e.Channel == "vip" }, Within: time.Hour},
					{When: "large", Holds: func(e *order.Event) bool { return e.Amount.Units > 100_000 }, Within: 8 * time.Hour},
				},
				Next: []string{"pick"},
			},
			{
				Name: "pick", StartsOn: []string{"order.approved"}, EndsOn: []string{"order.picked"},
				Limit: process.Limit{Within: 2 * time.Hour, Of: process.Wall},
				Overrides: []process.Override{
					{When: "east", Holds: func(e *order.Event) bool { return e.Warehouse == "east" }, Within: 30 * time.Minute},
				},
			},
			{Name: "transit", StartsOn: []string{"order.picked", "order.shipped"}, EndsOn: []string{"order.delivered"}},
		},
	}
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestNames(t *testing.T) {
	for _, tc := range []struct {
		name string
		got  string
		want string
	}{
		{"wall", process.Wall.String(), "wall"},
		{"working", process.Working.String(), "working"},
		{"no clock", process.Clock(0).String(), ""},
		{"open", process.Open.String(), "open"},
		{"completed", process.Completed.String(), "completed"},
		{"cancelled", process.Cancelled.String(), "cancelled"},
		{"no status", process.Status(0).String(), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestShipped(t *testing.T) {
	want := []string{"after_sales", "b2b", "purchase", "retail"}
	if diff := cmp.Diff(process.ShippedNames(), want); diff != "" {
		t.Errorf("shipped processes (-got +want):\n%s", diff)
	}
	for _, name := range want {
		if data, ok := process.Shipped(name); !ok || !slices.Contains(slices.Collect(lines(data)), "process: "+name) {
			t.Errorf("file of %q does not define it", name)
		}
	}
	for _, name := range []string{"", "none", "../retail", "retail.yaml"} {
		if _, ok := process.Shipped(name); ok {
			t.Errorf("%q is shipped", name)
		}
	}
}

func TestShippedCalendars(t *testing.T) {
	want := []string{"always", "cn"}
	if diff := cmp.Diff(process.ShippedCalendarNames(), want); diff != "" {
		t.Errorf("shipped calendars (-got +want):\n%s", diff)
	}
	for _, name := range want {
		if data, ok := process.ShippedCalendar(name); !ok || !slices.Contains(slices.Collect(lines(data)), "calendar: "+name) {
			t.Errorf("file of %q does not define it", name)
		}
	}
	if _, ok := process.ShippedCalendar("../calendars/cn"); ok {
		t.Error("a path is shipped")
	}
}

func lines(data []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i, c := range data {
			if c == '\n' {
				if !yield(string(data[start:i])) {
					return
				}
				start = i + 1
			}
		}
	}
}
