// Package cli is the command line of takt: one file per command. What a command
// tells goes to stdout as data, what happens on the way to stderr as a log. Main
// returns the exit code: 0 done, 1 failed, 2 used wrongly.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/metrics/process"
)

// env is what a command has of the world outside.
type env struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	log    *slog.Logger
	path   string // of takt.yaml
}

// load reads the configuration.
func (e *env) load() (*config.Config, error) {
	cfg, err := config.Load(e.path, e.getenv)
	if err == nil {
		return cfg, nil
	}
	if _, missing := os.Stat(e.path); errors.Is(missing, fs.ErrNotExist) {
		return nil, usageError{hinted{err, "Name your configuration with -c FILE. To see Takt without one: takt demo"}}
	}
	return nil, usageError{err}
}

type commands struct {
	Config   string `short:"c" default:"takt.yaml" placeholder:"FILE" group:"global" help:"The configuration (default: ${default}); demo, simulate, stack and version need none."`
	LogLevel string `name:"log.level" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" group:"global" help:"Log messages of this level and above: debug, info, warn or error (default: ${default})."`
	LogForm  string `name:"log.format" default:"logfmt" enum:"logfmt,json" placeholder:"FORMAT" group:"global" help:"Format of log messages: logfmt or json (default: ${default})."`

	Demo     demoCmd     `cmd:"" group:"try" help:"Show Takt on simulated orders, with Kafka and ClickHouse in the box."`
	Simulate simulateCmd `cmd:"" group:"try" help:"Simulate a process, with an incident or without, as events."`
	Stack    stackCmd    `cmd:"" group:"try" help:"Run Kafka and ClickHouse in the box, nothing else."`

	Check      checkCmd      `cmd:"" group:"run" help:"Check takt.yaml and the files it names; tell every error with file and line."`
	Migrate    migrateCmd    `cmd:"" group:"run" help:"Bring ClickHouse's tables and views up to date."`
	Run        runCmd        `cmd:"" group:"run" help:"Take orders from Kafka to ClickHouse and export metrics, until told to stop."`
	Gateway    gatewayCmd    `cmd:"" group:"run" help:"Take what systems push over HTTP into Kafka, until told to stop."`
	Poll       pollCmd       `cmd:"" group:"run" help:"Ask systems that do not push for what has changed, into Kafka, until told to stop."`
	Rules      rulesCmd      `cmd:"" group:"run" help:"Write the rules of Prometheus, or the routes of Alertmanager, for the processes."`
	Dashboards dashboardsCmd `cmd:"" group:"run" help:"Write the boards of Grafana, or put them into a running one."`
	Source     sourceCmd     `cmd:"" group:"run" help:"Tell which systems Takt knows, how to connect one, and what its payloads make."`
	Replay     replayCmd     `cmd:"" group:"run" help:"Write the rows of a file into a source's topic, as history."`

	Summary summaryCmd `cmd:"" group:"ask" help:"Tell where orders are, where they wait and which stage holds them up."`
	Order   orderCmd   `cmd:"" group:"ask" help:"Tell everything about one order: its way, its promises, its exceptions."`

	Exceptions exceptionsCmd `cmd:"" group:"ask" help:"List exceptions and say what was done about them: take, assign, note, resolve, archive."`
	Digest     digestCmd     `cmd:"" group:"ask" help:"Send each team and the managers how things stand, or print it."`
	Backtest   backtestCmd   `cmd:"" group:"ask" help:"Replay stored events: which alerts would have fired, and were they right?"`

	Health healthCmd `cmd:"" group:"care" help:"Ask takt run whether it is ready."`
	Notify notifyCmd `cmd:"" group:"care" help:"Try the receivers of messages."`

	Audit       auditCmd       `cmd:"" group:"care" help:"Prove that every record was taken exactly once."`
	Reconcile   reconcileCmd   `cmd:"" group:"care" help:"Compare a source's own list of orders with what Takt has."`
	Deadletters deadlettersCmd `cmd:"" group:"care" help:"List or replay the records that could not be taken."`
	Version     versionCmd     `cmd:"" group:"care" help:"Tell the version."`
}

const description = `Takt tells people who run orders where orders are late, why, and who can act.

It reads order events from Kafka, keeps every order's way in ClickHouse exactly once, and exports cycle times and exceptions as Prometheus metrics.

See it at work, with nothing to set up:

	takt demo`

// groups are the headings of the help.
func groups() []kong.Group {
	return []kong.Group{
		{Key: "try", Title: "Try it:"},
		{Key: "run", Title: "Run it:"},
		{Key: "ask", Title: "Ask it:"},
		{Key: "care", Title: "Look after it:"},
		{Key: "global", Title: "Global flags:"},
	}
}

// newParser returns the parser of the command line into c.
func newParser(ctx context.Context, e *env, c *commands, exit func(code int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("takt"), kong.Description(description), kong.Writers(e.stdout, e.stderr), kong.Exit(exit),
		kong.Vars{
			"scenarios": scenarioNames(), "processes": strings.Join(process.ShippedNames(), ", "), "reasons": reasonNames(),
			"runbooks": alerts.DefaultRunbookBase, "receiver": alerts.DefaultReceiver, "states": stateNames(),
		},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.ExplicitGroups(groups()),
		kong.PostBuild(func(k *kong.Kong) error {
			k.Model.HelpFlag.Help = "Show this help."
			for i := range groups() {
				if g := groups()[i]; g.Key == "global" {
					k.Model.HelpFlag.Group = &g
				}
			}
			return nil
		}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(e),
	)
}

// Main runs the command that args name and returns the exit code.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	e := &env{stdin: stdin, stdout: stdout, stderr: stderr, getenv: getenv}
	var c commands
	exit := -1
	parser, err := newParser(ctx, e, &c, func(code int) { exit = code })
	if err != nil {
		fmt.Fprintln(stderr, "takt:", err)
		return 1
	}
	command, err := parser.Parse(customary(args))
	if exit >= 0 { // help was asked for and told
		return exit
	}
	if err != nil {
		fmt.Fprint(stderr, misuse(err))
		return 2
	}
	e.path = c.Config
	e.log = newLogger(stderr, c.LogLevel, c.LogForm)
	return e.tell(ctx, command.Run())
}

// customary translates what people try first on any program.
func customary(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "--version":
		return []string{"version"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

func newLogger(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	// The parser lets no other level pass.
	_ = l.UnmarshalText([]byte(level))
	options := &slog.HandlerOptions{Level: l}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
