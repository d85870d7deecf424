package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

type orderCmd struct {
	ID   string `arg:"" help:"The order number, as stored."`
	JSON bool   `help:"Tell it as JSON."`
}

// Help is shown by takt order --help.
func (*orderCmd) Help() string {
	return `Times are in the process's time zone; with --json they are in UTC.

Examples:

	takt order SO-20260131-0042
	takt order SO-20260131-0042 --json`
}

func (c *orderCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	found, err := view.Order(ctx, db.Conn(), c.ID)
	if err != nil {
		return storeTrouble(cfg, err)
	}
	if len(found) == 0 {
		return hinted{fmt.Errorf("no order %q is stored", c.ID), "Order numbers are compared as they stand, letter by letter."}
	}
	if c.JSON {
		out := json.NewEncoder(e.stdout)
		out.SetIndent("", "  ")
		return out.Encode(found)
	}
	for i := range found {
		p := cfg.Process(found[i].Process)
		if p == nil {
			p = &process.Process{Zone: time.UTC} // of another configuration
		}
		printOrder(e, &found[i], p)
	}
	return nil
}

func printOrder(e *env, o *view.OrderStory, p *process.Process) {
	at := func(t *time.Time) string {
		if t == nil || t.IsZero() {
			return "-"
		}
		return t.In(p.Zone).Format("2006-01-02 15:04")
	}
	fmt.Fprintf(e.stdout, "%s  %s: %s, opened %s, closed %s, promised %s, times in %s\n",
		o.OrderID, o.Process, o.Status, at(o.OpenedAt), at(o.ClosedAt), at(o.PromiseDueAt), p.Zone)
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nstage\tunit\tentered\tleft\ttook\tlimit\towner\t")
	for _, v := range o.Visits {
		took, limit, note := "open", "-", ""
		if v.LimitSeconds != nil {
			limit = hours(time.Duration(*v.LimitSeconds * float64(time.Second)))
		}
		if v.WallSeconds != nil {
			took = hours(max(time.Duration(*v.WallSeconds*float64(time.Second)), 1)) // a visit of no time took 0 m
		}
		if v.Breached != nil && *v.Breached {
			note = "over the limit"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.Stage, v.Unit, at(v.EnteredAt), at(v.LeftAt), took,
			limit, cmp.Or(v.Owner, v.OwnerTeam), note)
	}
	fmt.Fprintln(w, "\nhappened\tactivity\tunit\tby\tsource\t")
	for _, ev := range o.Events {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", at(ev.OccurredAt), ev.Activity, ev.Unit, ev.Actor, ev.Source)
	}
	if len(o.Exceptions) > 0 {
		fmt.Fprintln(w, "\nexception\tstage\tseverity\topened\tresolved\towner\tcause\t")
	}
	for _, x := range o.Exceptions {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Handling(x.Kind).Title.Both(), x.Stage, x.Severity, at(x.OpenedAt), at(x.ResolvedAt),
			cmp.Or(x.Owner, x.OwnerTeam), cmp.Or(x.Cause, "-"))
	}
	_ = w.Flush() // stdout's error shows at the next write
}
