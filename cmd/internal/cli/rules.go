package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/metrics/process"
)

type rulesCmd struct {
	Processes []string `arg:"" optional:"" name:"process" help:"Shipped processes (${processes}) or process files (default: those of takt.yaml)."`

	Format    string `default:"prometheus" enum:"prometheus,operator,grafana,grafana-delete,alertmanager" placeholder:"FORMAT" help:"prometheus, operator (PrometheusRule objects), grafana (its own alerting), grafana-delete (takes those out again) or alertmanager (default: ${default})."`
	Out       string `type:"path" placeholder:"DIR" help:"Write one file each into this directory (default: all to stdout)."`
	Runbooks  string `default:"${runbooks}" placeholder:"URL" help:"Where runbooks are read, URL/<alert>.md (default: those of Takt's repository)."`
	Grafana   string `default:"http://localhost:3000" placeholder:"URL" help:"Address of Grafana (default: ${default})."`
	Team      string `default:"operations" placeholder:"NAME" help:"Team for alerts that belong to no stage (default: ${default})."`
	Job       string `default:"takt" placeholder:"NAME" help:"Scrape job of takt in Prometheus (default: ${default})."`
	Receiver  string `default:"${receiver}" placeholder:"URL" help:"Webhook that tells people; ?team=NAME is added (default: ${default})."`
	TokenFile string `type:"path" placeholder:"FILE" help:"Token of that webhook, as Alertmanager reads it (default: notify.token_file of takt.yaml)."`
	Heartbeat string `placeholder:"URL" help:"Webhook that expects TaktWatchdog every minute (default: none)."`
}

// Help is shown by takt rules --help.
func (*rulesCmd) Help() string {
	return `Writes what Prometheus and Alertmanager need to know of the limits and owners in the process files. Equal files give equal rules.

Examples:

	takt rules --out /etc/prometheus/takt
	takt rules --format alertmanager > alertmanager.yml
	takt rules retail b2b --format operator --out manifests`
}

// output is one file to be written.
type output struct {
	name string
	text []byte
}

func (c *rulesCmd) Run(e *env) error {
	processes, tokenFile, err := c.load(e)
	if err != nil {
		return err
	}
	cfg := alerts.Config{RunbookBase: c.Runbooks, Grafana: c.Grafana, Team: c.Team, Job: c.Job}
	if err := cfg.Validate(); err != nil {
		return usageError{err}
	}
	var files []output
	if c.Format == "alertmanager" {
		text, err := alerts.Routing{Processes: processes, Team: c.Team, Receiver: c.Receiver, TokenFile: cmp.Or(c.TokenFile, tokenFile), Heartbeat: c.Heartbeat}.Alertmanager()
		if err != nil {
			return err
		}
		files = []output{{"alertmanager.yml", text}}
	} else if strings.HasPrefix(c.Format, "grafana") {
		text, err := c.grafana(cfg, processes)
		if err != nil {
			return err
		}
		files = []output{{"takt.yaml", text}}
	} else if files, err = c.rules(cfg, processes); err != nil {
		return err
	}
	return c.write(e, files)
}

// grafana returns the alerting rules for Grafana's own alerting, or what deletes them.
func (c *rulesCmd) grafana(cfg alerts.Config, processes []*process.Process) ([]byte, error) {
	files := []alerts.File{}
	for _, p := range processes {
		cfg.Process = p
		files = append(files, cfg.Alerting())
	}
	files = append(files, cfg.Own())
	if c.Format == "grafana-delete" {
		return alerts.GrafanaDeleted(files...)
	}
	return alerts.Grafana(files...)
}

// load returns the processes named, else those of the configuration with the file of
// the token that its webhook asks for.
func (c *rulesCmd) load(e *env) (all []*process.Process, tokenFile string, err error) {
	if len(c.Processes) == 0 {
		cfg, err := e.load()
		if err != nil {
			return nil, "", err
		}
		if cfg.Notify == nil || !cfg.Notify.Token.Known() {
			return cfg.Processes, "", nil
		}
		if cfg.Notify.TokenFile == "" {
			if c.Format == "alertmanager" && c.TokenFile == "" {
				return nil, "", usageError{errors.New("the webhook asks for the token of TAKT_NOTIFY_TOKEN: name a file that holds it for Alertmanager with --token-file")}
			}
			return cfg.Processes, "", nil
		}
		tokenFile, err := filepath.Abs(cfg.Notify.TokenFile)
		return cfg.Processes, tokenFile, err
	}
	for _, name := range c.Processes {
		p, err := loadProcess(e, name)
		if err != nil {
			return nil, "", err
		}
		all = append(all, p)
	}
	return all, "", nil
}

// rules returns two files per process and one for Takt itself.
func (c *rulesCmd) rules(cfg alerts.Config, processes []*process.Process) ([]output, error) {
	type part struct {
		name, suffix string
		file         alerts.File
	}
	var parts []part
	for _, p := range processes {
		cfg.Process = p
		parts = append(parts, part{p.Name, "rules", cfg.Recording()}, part{p.Name, "alerts", cfg.Alerting()})
	}
	parts = append(parts, part{"own", "alerts", cfg.Own()})
	var files []output
	for _, p := range parts {
		text, err := p.file.YAML()
		if c.Format == "operator" {
			text, err = p.file.Operator(alerts.ObjectName(p.name, p.suffix))
		}
		if err != nil {
			return nil, err
		}
		files = append(files, output{p.name + "." + p.suffix + ".yaml", text})
	}
	return files, nil
}

// write puts the files into the directory, or one after the other to stdout.
func (c *rulesCmd) write(e *env, files []output) error {
	if c.Out == "" {
		for i, f := range files {
			if i > 0 {
				if _, err := fmt.Fprintln(e.stdout, "---"); err != nil {
					return err
				}
			}
			if _, err := e.stdout.Write(f.text); err != nil {
				return err
			}
		}
		return nil
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make the directory of rules: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(c.Out, f.name), f.text, 0o644); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
		if _, err := fmt.Fprintln(e.stderr, "wrote", filepath.Join(c.Out, f.name)); err != nil {
			return err
		}
	}
	return nil
}
