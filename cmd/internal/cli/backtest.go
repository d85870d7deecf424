package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/takt-orders/takt/alerts/backtest"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/metrics/process"
)

type backtestCmd struct {
	From    string `required:"" placeholder:"TIME" help:"Begin of the period, a day (2026-11-01) or an instant (RFC 3339)."`
	Until   string `placeholder:"TIME" help:"End of the period, not included (default: now)."`
	Process string `placeholder:"FILE" help:"A changed process file, compared with the one of takt.yaml."`
	JSON    bool   `help:"Tell it as JSON."`
	Lang    string `enum:"en,zh,auto" default:"auto" placeholder:"LANG" help:"Language of the text: en or zh (default: as LANG says)."`
}

// Help is shown by takt backtest --help.
func (*backtestCmd) Help() string {
	return `Replays the stored events of a period and tells which alerts of the generated rules would have fired, how often they were right, what they missed, and which rules are the noisiest. Nothing is written and nobody is told. With --process it tells what a changed process file would change.

An incident is a stretch of hours of a stage in which clearly more limits were broken, or exceptions reported, than the objective and chance explain (of promises: days); what is at most 12 hours apart is one. Precision is the share of the fires that an incident of their stage explains: it overlaps them, begins within the stage's limit after them, or ended within the hour (of promises: the day) before them. Recall is the share of the incidents that an alert of their stage told. Lead is the time from the earliest such alert to the first limit broken, less than 0 where the alert came later.

The eight weeks before the period are read as history: normals need two, silence two days. Alerts about Takt itself are not evaluated; how it was doing is not stored.

Examples:

	takt backtest --from 2026-10-01 --until 2026-11-01
	takt backtest --from 2026-10-01 --process retail.changed.yaml
	takt backtest --from 2026-10-01 --json`
}

func (c *backtestCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	all, err := c.plans(e, cfg, time.Now())
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	reports := []backtestReport{}
	for _, plan := range all {
		r, err := c.replay(ctx, db, plan)
		switch {
		case errors.Is(err, backtest.ErrNoEvents) && len(all) > 1:
			fmt.Fprintf(e.stderr, "process %q: no events are stored for the period\n", plan.Process.Name)
			continue
		case errors.Is(err, backtest.ErrNoEvents):
			return hinted{err, storesEvents}
		case err != nil:
			return storeTrouble(cfg, err)
		}
		if reports = append(reports, backtestReport{r}); !c.JSON {
			if len(reports) > 1 {
				fmt.Fprintln(e.stdout)
			}
			fmt.Fprintln(e.stdout, title(plan.Process, chinese(e, c.Lang)))
			backtestText{e.stdout, plan.Process.Zone, chinese(e, c.Lang)}.print(r)
		}
	}
	if len(reports) == 0 {
		return hinted{backtest.ErrNoEvents, storesEvents}
	}
	if c.JSON {
		out := json.NewEncoder(e.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(reports)
	}
	return nil
}

// storesEvents says where the events of a back-test come from.
const storesEvents = "takt run stores events as they come, takt replay brings in older ones."

// plans returns what is to be replayed: each process of the configuration, or the one
// that the changed file is of.
func (c *backtestCmd) plans(e *env, cfg *config.Config, now time.Time) (all []backtest.Config, err error) {
	processes := cfg.Processes
	var changed *process.Process
	if c.Process != "" {
		if changed, err = loadProcess(e, c.Process, cfg.CalendarFiles()...); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(processes, func(p *process.Process) bool { return p.Name == changed.Name })
		if i < 0 {
			return nil, misused("--process: %s has no process %q to compare with", e.path, changed.Name)
		}
		processes = processes[i : i+1]
	}
	for _, p := range processes {
		plan := backtest.Config{Process: p, Changed: changed, Until: now}
		if plan.From, err = instant("--from", c.From, p.Zone); err != nil {
			return nil, err
		}
		if c.Until != "" {
			if plan.Until, err = instant("--until", c.Until, p.Zone); err != nil {
				return nil, err
			}
		}
		switch {
		case plan.Until.After(now):
			return nil, misused("--until: %s is still to come", c.Until)
		case !plan.From.Before(plan.Until):
			return nil, misused("--from: the period ends before it begins")
		}
		all = append(all, plan)
	}
	return all, nil
}

// instant reads a day in the zone, or an instant.
func instant(flag, text string, zone *time.Location) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.Time{}, misused("%s: %q is neither a day, such as 2026-11-01, nor an instant, such as 2026-11-01T08:00:00+08:00", flag, text)
}

func (c *backtestCmd) replay(ctx context.Context, db *clickhouse.DB, plan backtest.Config) (*backtest.Report, error) {
	var err error
	if plan.Rests, err = db.Rests(ctx, plan.Process); err != nil {
		return nil, err
	}
	if plan.Changed != nil {
		if plan.ChangedRests, err = db.Rests(ctx, plan.Changed); err != nil {
			return nil, err
		}
	}
	return backtest.Run(ctx, db, plan)
}
