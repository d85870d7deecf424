// Command bench measures Takt: the CPU that an event costs from Kafka to
// ClickHouse, beside what others and the bound need in the same run, and the
// tracker alone with millions of open orders. It prints tables and writes JSON.
//
// Every row of the speed table is a process of its own over the same topic; its
// CPU is what the system accounts to that process, the broker and the engine
// excluded. CPU seconds and ratios within one run mean something; wall time on a
// shared machine does not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/takt-orders/takt/deploy/embedded"
)

func main() {
	embedded.ChildMain() // never returns in the child that is the embedded ClickHouse
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// config is what the command line says.
type config struct {
	Out      string // JSON file; empty: none
	Only     string // comma list of speed, restart, scale, gateway, views, viewers; empty: all but the last two
	Takt     string // binary under measurement; empty: built for the run
	Against  string // comma list of further takt binaries, measured as rows of the speed table
	Lines    string // comma list of rows of the speed table; empty: all
	Dir      string // where broker and engine keep their data; empty: a temporary directory
	Profile  string // directory of CPU profiles; empty: none
	Events   int    // events of the speed table
	Rows     int    // rows of a batch, of every row of the speed table but the whole
	Repeat   int    // how often the speed table is measured; the median counts
	Open     int    // open orders of the memory row and of the restarts
	Flush    int    // takt's flush.rows in the memory row and the restarts
	Restarts int    // how often each assignment is killed
	Orders   int    // open orders of the scale tables
	Units    string // comma list of units of an order, a row of the scale table each
	Closed   int    // closed orders of the filter
	Visits   int    // visits that views are asked over
	View     string // views whose names begin so; empty: all, and the boards
	Viewers  int    // people who open Overview at once
	Seconds  int    // how long deadlines are watched, and how long the gateway is pushed to by each number of senders
	Hold     bool   // broker and engine stay up when all is measured

	progress io.Writer
}

func parse(args []string, stderr io.Writer) (*config, error) {
	c := &config{progress: stderr}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&c.Out, "out", "", "write the figures to this file, as JSON")
	f.StringVar(&c.Only, "only", "", "measure only these, of speed, restart, scale, gateway, views, viewers; the last two only if named")
	f.StringVar(&c.Takt, "takt", "", "the takt binary; built for the run if empty")
	f.StringVar(&c.Against, "against", "", "measure these takt binaries too, a comma list")
	f.StringVar(&c.Lines, "lines", "", "measure only these rows of the speed table, a comma list")
	f.StringVar(&c.Dir, "dir", "", "where broker and engine keep their data; a temporary directory if empty")
	f.StringVar(&c.Profile, "profile", "", "write CPU profiles into this directory")
	f.IntVar(&c.Events, "events", 1_000_000, "events of the speed table")
	f.IntVar(&c.Rows, "rows", 20_000, "rows of a batch, of every row of the speed table but the whole")
	f.IntVar(&c.Repeat, "repeat", 1, "measure the speed table so often; the median counts")
	f.IntVar(&c.Open, "open", 100_000, "open orders of the memory row and of the restarts")
	f.IntVar(&c.Flush, "flush", 20_000, "takt's flush.rows in the memory row and the restarts")
	f.IntVar(&c.Restarts, "restarts", 3, "kill each assignment so often")
	f.IntVar(&c.Orders, "orders", 1_000_000, "open orders of the scale tables; the goal is stated for 10,000,000")
	f.StringVar(&c.Units, "units", "1,3,10", "units of an order, a row of the scale table each; orders are fewer by as much")
	f.IntVar(&c.Closed, "closed", 100_000_000, "closed orders of the filter")
	f.IntVar(&c.Visits, "visits", 10_000_000, "visits that views are asked over")
	f.StringVar(&c.View, "view", "", "ask only the views whose names begin so, and no boards")
	f.IntVar(&c.Viewers, "viewers", 20, "people who open Overview at once")
	f.IntVar(&c.Seconds, "seconds", 20, "watch deadlines, and push to the gateway, for so many seconds")
	f.BoolVar(&c.Hold, "hold", false, "when all is measured, keep broker and engine up until interrupted")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	for _, name := range strings.Split(c.Only, ",") {
		if !strings.Contains(",speed,restart,scale,gateway,views,viewers,", ","+name+",") {
			return nil, fmt.Errorf("-only: %q is none of speed, restart, scale, gateway, views, viewers", name)
		}
	}
	if c.Events < 1000 || c.Rows < 1 || c.Repeat < 1 || c.Open < 100 || c.Orders < 1000 || c.Closed < 1 || c.Viewers < 1 || c.Seconds < 1 {
		return nil, errors.New("-events and -orders are at least 1000, -open 100, the others 1")
	}
	return c, nil
}

func (c *config) wants(what string) bool { return c.Only == "" || c.names(what) }

// names reports whether something is named, as what takes long has to be.
func (c *config) names(what string) bool { return strings.Contains(","+c.Only+",", ","+what+",") }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == childCommand {
		return child(ctx, args[1:], stdout)
	}
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	r := newReport(c)
	fmt.Fprintln(stdout, r.Machine.String())
	if c.wants("scale") {
		if err := scale(ctx, c, r, stdout); err != nil {
			return fmt.Errorf("measure scale: %w", err)
		}
	}
	if c.wants("speed") || c.wants("restart") {
		if err := stacked(ctx, c, r, stdout); err != nil {
			return err
		}
	}
	if c.wants("gateway") {
		if err := pushed(ctx, c, r, stdout); err != nil {
			return fmt.Errorf("measure gateway: %w", err)
		}
	}
	if c.names("views") || c.names("viewers") {
		if err := views(ctx, c, r, stdout); err != nil {
			return fmt.Errorf("measure views: %w", err)
		}
	}
	if c.Out == "" {
		return nil
	}
	return r.write(c.Out)
}

// stacked measures what needs a broker and an engine.
func stacked(ctx context.Context, c *config, r *report, stdout io.Writer) (err error) {
	w, err := newWorld(ctx, c, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if c.wants("speed") {
		if err := speed(ctx, w, r, stdout); err != nil {
			return fmt.Errorf("measure speed: %w", err)
		}
	}
	runtime.GC() // the parent's own memory competes with what is measured
	if c.wants("restart") {
		if err := restart(ctx, w, r, stdout); err != nil {
			return fmt.Errorf("measure restart: %w", err)
		}
	}
	if c.Hold {
		fmt.Fprintf(c.progress, "TAKT_KAFKA_BROKERS=%s TAKT_CLICKHOUSE_ADDR=%s dir %s takt %s\n", w.broker.Addr, w.engine.Addr, w.dir, w.Takt)
		<-ctx.Done()
	}
	return nil
}
