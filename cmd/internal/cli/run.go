package cli

import (
	"context"
	"errors"
	"net"

	"github.com/takt-orders/takt/cmd/internal/app"
)

type webFlags struct {
	Listen    []string `name:"web.listen-address" default:":8380" placeholder:"ADDR" help:"Addresses of /metrics, /healthz and /readyz (default: :8380); may be given several times."`
	WebConfig string   `name:"web.config.file" type:"path" placeholder:"FILE" help:"TLS and basic authentication of these pages, as in every exporter."`
}

type runCmd struct {
	webFlags
	UntilCaughtUp bool   `help:"Stop once everything in the topics is stored."`
	Failpoint     string `hidden:"" help:"Kill the process at this point of a flush (for tests)."`
}

func (c *runCmd) Run(ctx context.Context, e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	version, commit := build()
	failpoint, err := parseFailpoint(c.Failpoint)
	if err != nil {
		return usageError{err}
	}
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
		return err
	}
	return errors.Join(a.Run(ctx), a.Close())
}
