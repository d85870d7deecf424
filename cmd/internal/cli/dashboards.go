package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

type dashboardsCmd struct {
	Lang       string `enum:"en,zh,auto" default:"auto" placeholder:"LANG" help:"Language: en or zh (default: as TAKT_LANG says, else zh where a process of takt.yaml is in China, else en)."`
	Out        string `type:"path" placeholder:"DIR" help:"Write one file for each board into this directory."`
	Grafana    string `placeholder:"URL" help:"Put the boards into the Grafana at this address, with the token in GRAFANA_TOKEN."`
	Prometheus string `placeholder:"URL" help:"With --grafana: also put the datasource Takt Prometheus, at this address."`
	Clickhouse string `placeholder:"ADDR" help:"With --grafana: also put the datasource Takt ClickHouse, its HTTP interface at this host:port, with the password in TAKT_BOARDS_PASSWORD."`
}

// Help is shown by takt dashboards --help.
func (*dashboardsCmd) Help() string {
	return `The boards are the same for every process: what they show comes from ClickHouse and Prometheus. Both languages have the same addresses; provision one of them.

Examples:

	takt dashboards --lang zh --out /var/lib/grafana/dashboards/takt
	GRAFANA_TOKEN=... takt dashboards --grafana https://grafana.example --clickhouse clickhouse:8123 --prometheus http://prometheus:9090`
}

func (c *dashboardsCmd) Run(ctx context.Context, e *env) error {
	switch {
	case c.Out == "" && c.Grafana == "":
		return misused("dashboards: name --out DIR or --grafana URL")
	case c.Grafana == "" && c.Prometheus+c.Clickhouse != "":
		return misused("dashboards: --prometheus and --clickhouse go with --grafana")
	}
	boards := dashboards.Boards(c.language(e))
	if c.Out != "" {
		if err := c.write(e, boards); err != nil {
			return err
		}
	}
	if c.Grafana == "" {
		return nil
	}
	return c.put(ctx, e, boards)
}

// language returns that of the flag, of the environment, or of the processes.
func (c *dashboardsCmd) language(e *env) dashboards.Language {
	said := c.Lang
	if said == "auto" {
		said = e.getenv("TAKT_LANG")
	}
	var zones []*time.Location
	// Boards need no configuration: without one, or with one at fault, nobody has said
	// where the processes are.
	if cfg, err := e.load(); err == nil {
		for _, p := range cfg.Processes {
			zones = append(zones, p.Zone)
		}
	}
	return dashboards.LanguageOf(said, zones...)
}

func (c *dashboardsCmd) write(e *env, boards []grafana.Dashboard) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make the directory of boards: %w", err)
	}
	for i := range boards {
		text, err := boards[i].Encode()
		if err != nil {
			return err
		}
		path := filepath.Join(c.Out, boards[i].UID+".json")
		// Grafana reads the directory at any time: a file is there whole or not at all.
		if err := errors.Join(os.WriteFile(path+".new", text, fs.FileMode(0o644)), os.Rename(path+".new", path)); err != nil {
			return fmt.Errorf("write board: %w", err)
		}
		if _, err := fmt.Fprintln(e.stderr, "wrote", path); err != nil {
			return err
		}
	}
	return nil
}

// put puts the datasources that are named, the folder and the boards into Grafana.
func (c *dashboardsCmd) put(ctx context.Context, e *env, boards []grafana.Dashboard) error {
	client := grafana.Client{URL: c.Grafana, Token: e.getenv("GRAFANA_TOKEN"), HTTP: &http.Client{Timeout: 30 * time.Second}}
	if client.Token == "" {
		return misused("dashboards: GRAFANA_TOKEN is empty: set it to the token of a service account of Grafana")
	}
	var sources []grafana.Source
	if c.Prometheus != "" {
		sources = append(sources, dashboards.PrometheusSource(c.Prometheus))
	}
	if c.Clickhouse != "" {
		s, err := dashboards.ClickHouseSource(c.Clickhouse, clickhouse.BoardsUser, e.getenv("TAKT_BOARDS_PASSWORD"))
		if err != nil {
			return misused("--clickhouse: %v", err)
		}
		sources = append(sources, s)
	}
	for i := range sources {
		if err := client.Datasource(ctx, &sources[i]); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(e.stderr, "put datasource", sources[i].Name); err != nil {
			return err
		}
	}
	if err := client.Folder(ctx, dashboards.FolderUID, dashboards.Folder); err != nil {
		return err
	}
	for i := range boards {
		if err := client.Board(ctx, dashboards.FolderUID, &boards[i]); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(e.stderr, "put board %s/d/%s\n", c.Grafana, boards[i].UID); err != nil {
			return err
		}
	}
	return nil
}
