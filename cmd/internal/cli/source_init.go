package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/propose"
)

type sourceInitCmd struct {
	File string `arg:"" type:"path" help:"Sample payloads: .json (objects or an array), or a file as takt replay reads it; a few hundred orders."`

	Name string `default:"orders" placeholder:"NAME" help:"Name of the source and its process (default: ${default})."`
	Zone string `default:"Asia/Shanghai" placeholder:"ZONE" help:"Zone of times without one and of the process's days (default: ${default})."`
	Dir  string `default:"." type:"path" placeholder:"DIR" help:"Where the files are written (default: here)."`
}

// Help is shown by takt source init --help.
func (*sourceInitCmd) Help() string {
	return `Writes takt.yaml, sources/NAME.yaml and processes/NAME.yaml: a mapping found from the samples' columns and a process found from the order of what happens, with limits that 95% of the samples kept. What it could not decide is told on stdout. Files that exist are never overwritten.

Examples:

	takt source init orders.csv --name shop --zone Europe/Berlin
	takt check
	takt replay shop orders.csv`
}

var nameOfSource = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Validate is kong's.
func (c *sourceInitCmd) Validate() error {
	if !nameOfSource.MatchString(c.Name) {
		return fmt.Errorf("--name: %q is not of small letters, digits and _", c.Name)
	}
	return nil
}

func (c *sourceInitCmd) Run(e *env) error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || c.Zone == "Local" {
		return misused("--zone: %q is no IANA time zone", c.Zone)
	}
	p, err := propose.From(source.Payloads(c.File), propose.Config{Name: c.Name, Zone: zone})
	if err != nil {
		return err
	}
	files := []struct{ name, text string }{
		{"takt.yaml", fmt.Sprintf(`kafka: {brokers: [localhost:9092], group: takt-%[1]s}
clickhouse: {addr: [localhost:8123], protocol: http, user: takt_writer}
processes: [processes/%[1]s.yaml]
sources:
  - {name: %[1]s, topic: %[1]s, process: %[1]s, epoch: 1, mapping: sources/%[1]s.yaml}
`, c.Name)},
		{filepath.Join("sources", c.Name+".yaml"), p.Mapping},
		{filepath.Join("processes", c.Name+".yaml"), p.Process},
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(c.Dir, f.name)); !errors.Is(err, fs.ErrNotExist) {
			return misused("%s exists; name another directory with --dir", filepath.Join(c.Dir, f.name))
		}
	}
	for _, f := range files {
		path := filepath.Join(c.Dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write proposal: %w", err)
		}
		if err := os.WriteFile(path, []byte(f.text), 0o644); err != nil {
			return fmt.Errorf("write proposal: %w", err)
		}
		fmt.Fprintf(e.stdout, "wrote %s\n", path)
	}
	fmt.Fprintf(e.stdout, "\nTo decide or look at:\n")
	for i, what := range p.Undecided {
		fmt.Fprintf(e.stdout, "%d. %s\n", i+1, what)
	}
	return nil
}
