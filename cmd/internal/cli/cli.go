// Package cli is the command line of takt: one file per command. What a command
// tells goes to stdout as data, what happens on the way to stderr as a log. Main
// returns the exit code: 0 done, 1 failed, 2 used wrongly.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"

	"github.com/takt-orders/takt/cmd/internal/config"
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

// load reads the configuration and logs its warnings.
func (e *env) load() (*config.Config, error) {
	cfg, err := config.Load(e.path, e.getenv)
	if err != nil {
		return nil, usageError{err}
	}
	for _, w := range cfg.Warnings {
		e.log.Warn(w.String())
	}
	return cfg, nil
}

// usageError is an error that is the caller's: the exit code is 2.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

type commands struct {
	Config   string `short:"c" default:"takt.yaml" type:"path" placeholder:"FILE" help:"The configuration (default: takt.yaml here)."`
	LogLevel string `name:"log.level" default:"info" enum:"debug,info,warn,error" help:"Only log messages of this level or above: debug, info, warn, error."`
	LogForm  string `name:"log.format" default:"logfmt" enum:"logfmt,json" help:"Format of log messages: logfmt or json."`

	Run         runCmd         `cmd:"" help:"Take orders from Kafka to ClickHouse and export metrics, until told to stop."`
	Demo        demoCmd        `cmd:"" help:"Show Takt on simulated orders, with Kafka and ClickHouse in the box."`
	Summary     summaryCmd     `cmd:"" help:"Tell where orders are, where they wait and which stage holds them up."`
	Order       orderCmd       `cmd:"" help:"Tell everything about one order: its way, its promises, its exceptions."`
	Check       checkCmd       `cmd:"" help:"Check takt.yaml and the files it names; tell every error with file and line."`
	Audit       auditCmd       `cmd:"" help:"Prove that every record was taken exactly once."`
	Deadletters deadlettersCmd `cmd:"" help:"List or replay the records that could not be taken."`
	Replay      replayCmd      `cmd:"" help:"Write rows of a file into a source's topic, as history."`
	Simulate    simulateCmd    `cmd:"" help:"Simulate a process, with an incident or without, as events."`
	Migrate     migrateCmd     `cmd:"" help:"Bring ClickHouse's tables and views up to date."`
	Stack       stackCmd       `cmd:"" help:"Run Kafka and ClickHouse in the box, nothing else."`
	Version     versionCmd     `cmd:"" help:"Tell the version."`
}

const description = `Takt tells people who run orders where orders are late, why, and who can act.

It reads order events from Kafka, keeps every order's way in ClickHouse exactly once, and exports cycle times and exceptions as Prometheus metrics. Try it with: takt demo`

// Main runs the command that args name and returns the exit code.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	e := &env{stdin: stdin, stdout: stdout, stderr: stderr, getenv: getenv}
	var c commands
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("takt"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.Vars{"scenarios": scenarioNames()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(e),
	)
	if err != nil {
		fmt.Fprintln(stderr, "takt:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // help was asked for and told
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "takt: %v\nSee takt --help.\n", err)
		return 2
	}
	e.path = c.Config
	e.log = newLogger(stderr, c.LogLevel, c.LogForm)
	err = command.Run()
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, err)
		return 2
	default:
		fmt.Fprintln(stderr, "takt:", err)
		return 1
	}
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
