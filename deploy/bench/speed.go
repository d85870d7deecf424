package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

// result is one row of the speed table, measured once.
type result struct {
	usage
	rows    int64 // taken by the engine
	flushes int64
}

// The rows of the speed table.
const (
	rowBound  = "bound"
	rowHand   = "hand-written"
	rowEvents = "events only"
	rowWhole  = "whole"
)

// speed measures the CPU of the client per million events.
func speed(ctx context.Context, w *world, r *report, out io.Writer) error {
	orders := w.Events / len(steps)
	g := newGenerator(orders, false)
	flush := min(flushRows(orders), 100_000)
	const topic = "speed"
	config, bytes, err := w.prepare(ctx, topic, g, flush)
	if err != nil {
		return err
	}
	events := int64(g.events())
	names := w.lines()
	results := map[string][]result{}
	for n := range w.Repeat {
		for _, name := range names {
			if err := w.empty(ctx); err != nil {
				return err
			}
			res, err := w.measure(ctx, name, topic, config, events)
			if err != nil {
				return err
			}
			results[name] = append(results[name], res)
			fmt.Fprintf(w.progress, "%d/%d %s: %.2f s CPU\n", n+1, w.Repeat, name, res.CPU.Seconds())
		}
	}
	perMillion := func(d time.Duration) float64 { return d.Seconds() * 1e6 / float64(events) }
	base := math.NaN()
	if len(results[rowBound]) > 0 {
		base = perMillion(median(results[rowBound]).CPU)
	}
	goals := map[string]string{rowEvents: ">= 0.9 of bound", rowWhole: "<= 5.0, stretch 3.3"}
	var rows [][]string
	for _, name := range names {
		m := median(results[name])
		c := perMillion(m.CPU)
		var each []string
		for _, res := range results[name] {
			each = append(each, decimals(perMillion(res.CPU), 2))
		}
		rows = append(rows, []string{
			name, decimals(c, 2), decimals(base/c, 2), decimals(float64(m.rows)/float64(events), 2), decimals(float64(m.Peak)/(1<<20), 0),
			view.Thousands(m.flushes), goals[name], strings.Join(each, " "),
		})
		r.add("speed/"+name, c, "CPU s per million events", goals[name])
		if !math.IsNaN(base) {
			r.add("speed/"+name+"/of bound", base/c, "ratio", "")
		}
		r.add("speed/"+name+"/rows per event", float64(m.rows)/float64(events), "rows", "")
		r.add("speed/"+name+"/peak", float64(m.Peak)/(1<<20), "MiB", "")
	}
	title := fmt.Sprintf("Speed: client CPU per million events; %s events of %d B, lz4, %d partitions, 14 members mapped, Apache Kafka 4.3.1, ClickHouse %s;\n"+
		"batches of %s rows, the whole's of %s, so that no flush has two events of one order (checked)",
		view.Thousands(events), bytes/events, partitions, w.engine.Version, view.Thousands(int64(w.Rows)), view.Thousands(int64(flush)))
	table(out, title, []string{"", "CPU s", "of bound", "rows/event", "peak MiB", "flushes", "goal", "each"}, rows)
	return nil
}

// lines are the rows to be measured.
func (w *world) lines() []string {
	all := []string{rowBound, rowHand, rowEvents, rowWhole}
	if w.Lines != "" {
		all = strings.Split(w.Lines, ",")
	}
	for _, path := range strings.Split(w.Against, ",") {
		if path != "" {
			all = append(all, path)
		}
	}
	return all
}

// binary returns the takt that a row runs, and whether it runs one.
func (w *world) binary(name string) (path string, ok bool) {
	if name == rowWhole {
		return w.Takt, true
	}
	return name, strings.ContainsRune(name, '/')
}

// measure runs one row over the whole topic.
func (w *world) measure(ctx context.Context, name, topic, config string, events int64) (result, error) {
	before, err := w.inserted(ctx)
	if err != nil {
		return result{}, err
	}
	var res result
	takt, whole := w.binary(name)
	if whole {
		res.usage, err = w.catchUp(ctx, takt, config, profilePath(w, filepath.Base(name)))
	} else {
		var a rowAnswer
		res.usage, err = start(ctx, &job{
			Row: name, Kafka: w.broker.Addr, ClickHouse: w.engine.Addr, Topic: topic, Rows: w.Rows, Profile: profilePath(w, strings.ReplaceAll(name, " ", "-")),
		}, &a)
		if err == nil && a.Events != events {
			err = fmt.Errorf("row %q took %d of %d events", name, a.Events, events)
		}
	}
	if err != nil {
		return res, err
	}
	after, err := w.inserted(ctx)
	if err != nil {
		return res, err
	}
	res.rows = after - before
	if whole {
		s, err := w.stored(ctx, topic)
		if err != nil {
			return res, err
		}
		if s.events != events || s.shared > 0 {
			return res, fmt.Errorf("%s stored %d of %d events, and %d times two of one order in one flush", name, s.events, events, s.shared)
		}
		res.flushes = s.flushes
	}
	return res, nil
}

// median returns the result whose CPU is the median.
func median(all []result) result {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b result) int { return int(a.CPU - b.CPU) })
	return sorted[(len(sorted)-1)/2]
}
