package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/metrics/process"
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
	for _, w := range unannounced(cfg.Calendars, time.Now()) {
		if _, err := fmt.Fprintln(e.stderr, "warning:", w); err != nil {
			return err
		}
	}
	return c.praise(e, cfg)
}

// unannounced tells which calendars lack the holidays of this year or the next.
func unannounced(calendars []*process.Calendar, now time.Time) (warnings []string) {
	for _, c := range calendars {
		year := now.In(c.Zone).Year()
		var missing []string
		for _, y := range []int{year, year + 1} {
			if !c.Announced(y) {
				missing = append(missing, strconv.Itoa(y))
			}
		}
		if len(missing) > 0 {
			warnings = append(warnings, fmt.Sprintf("calendar %q has no holidays for %s: regular weeks count until a newer file announces them",
				c.Name, strings.Join(missing, " and ")))
		}
	}
	return warnings
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
