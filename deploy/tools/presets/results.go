package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// kind is one kind of proof: the subtests of a test that bear a preset's name.
type kind struct {
	name  string
	pkg   string // as go test takes it
	test  string
	under string // subtest above the presets', if any, with its slash
}

func kinds() []kind {
	const decoder, program = "./ingest/source/presets", "./cmd/takt"
	return []kind{
		{"samples", decoder, "TestFixtures", ""},
		{"traps", decoder, "TestTraps", ""},
		{"1,000 orders", decoder, "TestWriters", ""},
		{"program: samples", program, "TestPresets", ""},
		{"ten orders by topic", program, "TestPresetOrders", "topic/"},
		{"by gateway", program, "TestPresetOrders", "gateway/"},
		{"by poller", program, "TestPresetOrders", "poll/"},
	}
}

// preset returns whose proof of this kind a test is, empty if it is none. A trap is
// called "preset:_what_it_is", a sample "preset/file".
func (k *kind) preset(test string) string {
	rest, ok := strings.CutPrefix(test, k.test+"/"+k.under)
	if !ok {
		return ""
	}
	if end := strings.IndexAny(rest, ":/"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// proof is a kind of proof of a preset.
type proof struct{ preset, kind string }

// result is what became of its subtests.
type result struct{ passed, failed, skipped int }

type results map[proof]*result

// read takes the events of go test -json to their end. What failed tests and failed
// builds said goes to log.
func (r results) read(events io.Reader, log io.Writer) error {
	said := map[string][]string{}
	for in := json.NewDecoder(events); ; {
		var e struct{ Action, ImportPath, Test, Output string }
		if err := in.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read go test -json: %w", err)
		}
		switch e.Action {
		case "output", "build-output":
			said[e.Test] = append(said[e.Test], e.Output)
		case "fail", "build-fail":
			fmt.Fprint(log, strings.Join(said[e.Test], ""))
			r.count(e.Test, func(one *result) { one.failed++ })
		case "pass":
			r.count(e.Test, func(one *result) { one.passed++ })
		case "skip":
			r.count(e.Test, func(one *result) { one.skipped++ })
		}
	}
}

func (r results) count(test string, add func(*result)) {
	for _, k := range kinds() {
		name := k.preset(test)
		if name == "" {
			continue
		}
		at := proof{name, k.name}
		if r[at] == nil {
			r[at] = &result{}
		}
		add(r[at])
	}
}

// preset is a row of the table.
type preset struct{ name, tier string }

func (r results) print(w io.Writer, rows []preset) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(out, "preset\ttier")
	for _, k := range kinds() {
		fmt.Fprint(out, "\t", k.name)
	}
	fmt.Fprintln(out)
	for _, p := range rows {
		fmt.Fprint(out, p.name, "\t", p.tier)
		for _, k := range kinds() {
			fmt.Fprint(out, "\t", r[proof{p.name, k.name}])
		}
		fmt.Fprintln(out)
	}
	out.Flush()
}

// String tells a cell of the table: with the number of cases where there are several.
func (r *result) String() string {
	several := func(word string, n int) string {
		if n < 2 {
			return word
		}
		return fmt.Sprintf("%s (%d)", word, n)
	}
	switch {
	case r == nil:
		return "not there"
	case r.failed > 0:
		return several("FAILED", r.failed)
	case r.skipped > 0:
		return several("not run", r.skipped)
	default:
		return several("passed", r.passed)
	}
}

// verdict returns an error if a proof failed, a kind has no result of any preset, or
// a result is of no preset, which means that subtests are called otherwise by now.
func (r results) verdict(rows []preset) error {
	var errs []error
	known := map[string]bool{}
	for _, p := range rows {
		known[p.name] = true
	}
	seen, failed := map[string]bool{}, 0
	for at, one := range r {
		seen[at.kind] = true
		if !known[at.preset] {
			errs = append(errs, fmt.Errorf("a test of the kind %q is of %q, which is no preset", at.kind, at.preset))
		}
		if one.failed > 0 {
			failed++
		}
	}
	if failed > 0 {
		errs = append(errs, fmt.Errorf("failed proofs: %d", failed))
	}
	for _, k := range kinds() {
		if !seen[k.name] {
			errs = append(errs, fmt.Errorf("no preset has a result of the kind %q: %s/%s has no subtests with their names", k.name, k.test, k.under))
		}
	}
	return errors.Join(errs...)
}
