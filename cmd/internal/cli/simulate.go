package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

type simulateCmd struct {
	Process  string  `default:"retail" placeholder:"NAME" help:"A shipped process (${processes}) or a process file (default: ${default})."`
	Scenario string  `placeholder:"NAME" help:"What goes wrong: ${scenarios} (default: drawn from the seed)."`
	Seed     uint64  `default:"42" placeholder:"N" help:"Equal seeds give equal orders, with equal --until (default: ${default})."`
	Days     int     `default:"30" placeholder:"N" help:"Days of orders (default: ${default})."`
	Until    moment  `placeholder:"TIME" help:"When the last of them ends, such as 2026-01-31T00:00:00Z (default: now)."`
	PerDay   float64 `default:"2040" placeholder:"N" help:"Orders a day, on average (default: ${default})."`
	Truth    string  `type:"path" placeholder:"FILE" help:"Write what really went wrong to this file, as JSON."`
	Source   string  `placeholder:"NAME" help:"Write into the topic of this source of takt.yaml, and go on live until Ctrl-C (default: to stdout, and end)."`
	faultFlags
}

// Help is shown by takt simulate --help.
func (*simulateCmd) Help() string {
	return `Writes the events to stdout as JSON lines, in the order a log would receive them; takt replay takes them through a source with mapping: canonical. With --source they go into Kafka instead: those that have been carry the header takt-replay, as history, and orders go on coming at the same rate. The topic has to be empty.

--lose, --repeat and --change make faults between the source and the log for takt reconcile to find: N orders each, drawn by the seed, no order twice; --truth names them. The list of --list has no fault: every order whose placement came by the end, at the amount the source knows; it is one of --system oms. A lost order is missing, a changed one a mismatch of its amount. A duplicate is an order that was placed twice, each time under a delivery number of its own; a delivery told again under its own number is dropped and is no difference, and the simulation always has some.

Examples:

	takt simulate --days 7 | gzip > orders.jsonl.gz
	takt simulate --scenario slow_reviewers --truth truth.json > orders.jsonl
	takt simulate --lose 9 --change 9 --list list.csv --truth t.json > all.jsonl
	takt simulate --source orders --scenario warehouse_outage`
}

// moment is a time as people type it.
type moment struct{ time.Time }

// UnmarshalText reads RFC 3339, or a date, which is its first moment in UTC.
func (m *moment) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			m.Time = t
			return nil
		}
	}
	return fmt.Errorf("%q is no time such as 2026-01-31T00:00:00Z or 2026-01-31", text)
}

// Validate is kong's.
func (c *simulateCmd) Validate() error {
	switch {
	case c.Days < 1 || c.Days > 3660:
		return fmt.Errorf("--days: %d is not from 1 to 3660", c.Days)
	case c.PerDay <= 0 || c.PerDay > 1e7:
		return fmt.Errorf("--per-day: %g is not more than 0 and at most 10 million", c.PerDay)
	case c.Source != "" && !c.Until.IsZero():
		return errors.New("--until: orders of a --source end now and go on")
	}
	return c.faultFlags.validate(c.Source)
}

func (c *simulateCmd) Run(ctx context.Context, e *env) error {
	if c.Source != "" {
		return c.feed(ctx, e)
	}
	p, err := loadProcess(e, c.Process)
	if err != nil {
		return err
	}
	cfg, err := c.config(p)
	if err != nil {
		return err
	}
	injected, err := c.inject(cfg)
	if err != nil {
		return err
	}
	if c.Truth != "" {
		if err := writeTruth(c.Truth, cfg, injected); err != nil {
			return err
		}
	}
	if c.List != "" {
		if err := c.writeList(cfg); err != nil {
			return err
		}
	}
	run, err := simulate.New(cfg)
	if err != nil {
		return usageError{err}
	}
	out := bufio.NewWriterSize(e.stdout, 1<<20)
	var line []byte
	for d := range injected.Deliveries(run) {
		line = append(d.Event.AppendJSON(line[:0], d.ID), '\n')
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("write events: %w", err)
		}
		if ctx.Err() != nil { // half of the events is no result
			return ctx.Err()
		}
	}
	return out.Flush()
}

func (c *simulateCmd) config(p *process.Process) (simulate.Config, error) {
	until := c.Until.Time
	if until.IsZero() {
		until = time.Now()
	}
	cfg := simulate.Config{
		Process: p, Seed: c.Seed, From: until.AddDate(0, 0, -c.Days), To: until, OrdersPerDay: c.PerDay, Scenario: simulate.Drawn(c.Seed),
	}
	if c.Scenario != "" {
		if err := cfg.Scenario.UnmarshalText([]byte(c.Scenario)); err != nil {
			return cfg, misused("--scenario: %q is none of %s", c.Scenario, scenarioNames())
		}
	}
	if cfg.Scenario != simulate.Normal && !until.Add(-cfg.Scenario.Lead()).After(cfg.From) {
		return cfg, misused("--days: %d is too short for the scenario %s, which begins %g hours before the end", c.Days, cfg.Scenario, cfg.Scenario.Lead().Hours())
	}
	return cfg, nil
}

// scenarioNames lists the scenarios for the help.
func scenarioNames() string {
	var names []string
	for _, s := range simulate.Scenarios() {
		names = append(names, s.String())
	}
	return strings.Join(names, ", ")
}

// writeTruth writes what goes wrong; injected may be nil.
func writeTruth(path string, cfg simulate.Config, injected *simulate.Injected) error {
	truth, err := simulate.FindTruth(cfg)
	if err != nil {
		return err
	}
	truth.Injected = injected
	text, err := json.MarshalIndent(truth, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// loadProcess reads one process, shipped or from a file, by the same rules as a
// configuration that has those files of calendars.
func loadProcess(e *env, name string, calendars ...string) (_ *process.Process, err error) {
	dir, err := os.MkdirTemp("", "takt-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if _, shipped := process.Shipped(name); !shipped {
		if _, err := os.Stat(name); err != nil {
			return nil, misused("--process: %q is neither shipped (%s) nor a file", name, strings.Join(process.ShippedNames(), ", "))
		}
		if name, err = filepath.Abs(name); err != nil {
			return nil, err
		}
	}
	path, err := adhocConfig(dir, name, "localhost:9092", "localhost:8123", calendars...)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(path, func(string) string { return "" })
	if err != nil {
		return nil, usageError{err}
	}
	return cfg.Processes[0], nil
}

// adhocConfig writes a takt.yaml with one process, fed by canonical events.
func adhocConfig(dir, process, brokers, clickhouse string, calendars ...string) (path string, err error) {
	path = filepath.Join(dir, "takt.yaml")
	text := fmt.Sprintf(`kafka: {brokers: [%q], group: takt-demo}
clickhouse: {addr: [%q]}
processes: [%q]
sources:
  - {name: demo, topic: orders, process: %q, mapping: canonical, assignment: static}
channels: [app, web, marketplace, vip, store]
`, brokers, clickhouse, process, processName(process))
	for i, file := range calendars {
		if i == 0 {
			text += "calendars:\n"
		}
		text += fmt.Sprintf("  - %q\n", file)
	}
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// processName returns the name that a process file gives itself, for the source
// that feeds it; a shipped process is called as its file.
func processName(process string) string {
	f, err := os.Open(process)
	if err != nil {
		return process
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 1<<16))
	if err != nil {
		return process
	}
	for line := range strings.Lines(string(head)) {
		if name, ok := strings.CutPrefix(line, "process:"); ok {
			return strings.Trim(strings.TrimSpace(strings.SplitN(name, "#", 2)[0]), `"'`)
		}
	}
	return process
}
