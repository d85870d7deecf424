package cli

import "fmt"

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
	stages := 0
	for _, p := range cfg.Processes {
		stages += len(p.Stages)
	}
	_, err = fmt.Fprintf(e.stderr, "%s is right: %d sources, %d processes, %d stages\n", e.path, len(cfg.Sources), len(cfg.Processes), stages)
	return err
}
