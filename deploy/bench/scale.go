package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/takt-orders/takt/metrics/view"
)

// scale measures the tracker alone with millions of open orders, each row in a
// process of its own.
func scale(ctx context.Context, c *config, r *report, out io.Writer) error {
	var rows [][]string
	for _, text := range strings.Split(c.Units, ",") {
		units, err := strconv.Atoi(text)
		if err != nil || units < 1 {
			return fmt.Errorf("-units: %q is no number of units", text)
		}
		// An order of ten units has 33 events: fewer orders say as much.
		orders := max(c.Orders/units, 1000)
		var a ordersAnswer
		u, err := start(ctx, &job{Row: "orders", Orders: orders, Units: units, Seconds: c.Seconds, Profile: rowProfile(c, fmt.Sprintf("orders-%d", units))}, &a)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.progress, "%d orders of %d units: %.0f s CPU\n", orders, units, u.CPU.Seconds())
		goal := ""
		if units == 1 {
			goal = "<= 200"
		}
		for _, f := range []figure{
			{"bytes per order, as it ran", a.Bytes, "B", goal},
			{"bytes per order, after a collection", a.Settled, "B", goal},
			{"bytes per order, restored", a.Restored, "B", goal},
			{"bytes per order, restored, until the first cut", a.Raw, "B", ""},
			{"bytes per order, as the tracker tells", a.Told, "B", ""},
			{"bytes of a stored state", a.State, "B", ""},
			{"Apply", a.Apply, "CPU ns per event", ""},
			{"Cut", a.Cut, "CPU ns per order", ""},
			{"deadline to breach, p99", a.Breach, "ms", "<= 1000"},
			{"deadline to breach, worst", a.Worst, "ms", ""},
			{"restore", a.Restore, "CPU s per million orders", "<= 6"},
		} {
			r.add(fmt.Sprintf("scale/%d units/%s", units, f.Name), f.Value, f.Unit, f.Goal)
		}
		rows = append(rows, []string{
			fmt.Sprintf("%d units, %s orders, %d events", units, view.Thousands(int64(orders)), 3+3*units),
			decimals(a.Bytes, 0), decimals(a.Settled, 0), decimals(a.Raw, 0), decimals(a.Restored, 0), decimals(a.Told, 0), decimals(a.State, 0),
			decimals(a.Apply, 0), decimals(a.Cut, 0), decimals(a.Breach, 0), decimals(a.Worst, 0), decimals(a.Restore, 2),
		})
	}
	table(out, fmt.Sprintf("Scale: open orders in one tracker, one goroutine; number of 24 B, 6 dimensions, promise; GOGC=%s; deadlines 1,000/s, a tick of 250 ms\n"+
		"bytes per order: growth of the resident set as it ran, after a collection, restored into a new tracker until and after its first cut; goal <= 200 with one unit", r.Machine.GOGC),
		[]string{"", "ran B", "settled B", "restoring B", "restored B", "told B", "state B", "Apply ns", "Cut ns", "p99 ms", "worst ms", "restore s/M"}, rows)

	var a closedAnswer
	if _, err := start(ctx, &job{Row: "closed", Closed: c.Closed, Orders: min(c.Orders, 1_000_000), Profile: rowProfile(c, "closed")}, &a); err != nil {
		return err
	}
	for _, f := range []figure{
		{"memory", a.Bytes / (1 << 20), "MiB", ""},
		{"bits per order", a.Bytes * 8 / float64(c.Closed), "bits", ""},
		{"false positives", a.False * 100, "%", ""},
		{"add", a.Add, "CPU ns", ""},
		{"locate", a.Locate, "CPU ns", ""},
		{"events per CPU second", a.Rate, "events/s", ""},
	} {
		r.add("scale/closed/"+f.Name, f.Value, f.Unit, f.Goal)
	}
	table(out, fmt.Sprintf("Closed orders: the filter with %s of them, then %s events at 1 %% duplicates and 1 %% late (Locate, Apply, Cut)",
		view.Thousands(int64(c.Closed)), view.Thousands(int64(a.Events))),
		[]string{"", "MiB", "bits/order", "false %", "add ns", "locate ns", "events/CPU s"},
		[][]string{{
			"filter and flow", decimals(a.Bytes/(1<<20), 0), decimals(a.Bytes*8/float64(c.Closed), 1), decimals(a.False*100, 2),
			decimals(a.Add, 0), decimals(a.Locate, 0), view.Thousands(int64(a.Rate)),
		}})
	return nil
}

func rowProfile(c *config, row string) string {
	if c.Profile == "" {
		return ""
	}
	if err := os.MkdirAll(c.Profile, 0o755); err != nil {
		return ""
	}
	return c.Profile + "/" + row + ".pprof"
}

// resident returns the resident set of this process, bytes.
func resident() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Fscan(strings.NewReader(string(data)), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
