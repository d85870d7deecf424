package cli

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime/debug"

	"github.com/takt-orders/takt/cmd/internal/app"
)

type webFlags struct {
	Listen    []string `name:"web.listen-address" default:":8380" placeholder:"ADDR" help:"Addresses of the console, /metrics, /healthz and /readyz (default: ${default}); may be given several times."`
	WebConfig string   `name:"web.config.file" type:"path" placeholder:"FILE" help:"TLS and basic authentication of these pages, as in every exporter."`
}

type runCmd struct {
	webFlags
	UntilCaughtUp bool   `help:"Exit with 0 once everything in the topics is stored."`
	Failpoint     string `hidden:"" help:"Kill the process at this point of a flush (for tests)."`
}

// Help is shown by takt run --help.
func (*runCmd) Help() string {
	return `Tables are brought up to date first. Ctrl-C and SIGTERM end it in order: what was read is stored. After a crash it goes on where the last stored record ends, exactly once.

Examples:

	takt run
	takt run -c shop.yaml --web.listen-address 127.0.0.1:8380
	takt run --until-caught-up`
}

func (c *runCmd) Run(ctx context.Context, e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	failpoint, err := parseFailpoint(c.Failpoint)
	if err != nil {
		return usageError{err}
	}
	for _, w := range cfg.Warnings {
		e.log.Warn(w.String())
	}
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	// The heap is buffers used again and again and slabs without pointers: to collect
	// it early costs little CPU and saves a third of the memory.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(30)
	}
	version, commit := build()
	a, err := app.New(ctx, cfg, app.Options{
		Listen: c.Listen, WebConfig: c.WebConfig, UntilCaughtUp: c.UntilCaughtUp,
		Version: version, Commit: commit, Logger: e.log, Failpoint: failpoint,
		Listening: func(addresses []net.Addr) {
			for _, a := range addresses {
				e.log.Info("metrics served", "address", a.String())
			}
		},
	})
	if err != nil {
		return storeTrouble(cfg, err)
	}
	return errors.Join(a.Run(ctx), a.Close())
}
