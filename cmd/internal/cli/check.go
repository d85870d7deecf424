package cli

import (
	"fmt"

	"github.com/takt-orders/takt/cmd/internal/config"
)

type checkCmd struct {
	Print bool `help:"Also print the configuration in effect, secrets hidden."`
}

func (c *checkCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	if c.Print {
		if _, err := e.stdout.Write(cfg.Redacted()); err != nil {
			return err
		}
	}
	for _, w := range cfg.Warnings {
		if _, err := fmt.Fprintln(e.stderr, "warning:", w); err != nil {
			return err
		}
	}
	return c.praise(e, cfg)
}

// praise sums up a configuration without errors.
func (c *checkCmd) praise(e *env, cfg *config.Config) error {
	stages := 0
	for _, p := range cfg.Processes {
		stages += len(p.Stages)
	}
	_, err := fmt.Fprintf(e.stderr, "%s is right: %s, %s, %s\n", e.path,
		count(len(cfg.Sources), "source", "sources"), count(len(cfg.Processes), "process", "processes"), count(stages, "stage", "stages"))
	return err
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n) + " " + many
}
