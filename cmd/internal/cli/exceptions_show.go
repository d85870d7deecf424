package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/alerts/exception/rest"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/metrics/process"
)

type exceptionsShowCmd struct {
	tellFlags
	ID uint64 `arg:"" help:"Identity of the exception."`
}

func (c *exceptionsShowCmd) Run(ctx context.Context, e *env) error {
	return withLedger(ctx, e, func(cfg *config.Config, store *clickhouse.Ledger) error {
		f, changes, err := store.Exception(ctx, c.ID)
		if err != nil {
			return err
		}
		entry := exception.Fold(f, changes)
		if c.JSON {
			return encode(e, rest.NewException(entry, changes))
		}
		zh := chinese(e, c.Lang)
		printExceptions(e, cfg, []exception.Listed{{Entry: entry}}, zh)
		printChanges(e, zoneOf(cfg, f.Process), changes, zh)
		return nil
	})
}

// zoneOf is the zone in which people of the process read times.
func zoneOf(cfg *config.Config, name string) *time.Location {
	if p := cfg.Process(name); p != nil {
		return p.Zone
	}
	return time.UTC
}

// minute writes an instant for people, "-" for none.
func minute(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return "-"
	}
	return at.In(zone).Format("2006-01-02 15:04")
}

// printExceptions writes a table, one line an exception.
func printExceptions(e *env, cfg *config.Config, all []exception.Listed, zh bool) {
	if len(all) == 0 {
		if zh {
			fmt.Fprintln(e.stdout, "没有符合条件的异常。")
		} else {
			fmt.Fprintln(e.stdout, "No exceptions of that kind.")
		}
		return
	}
	rows := [][]string{{"exception", "order", "severity", "kind", "stage", "state", "revision", "opened", "answered", "escalated", "owner"}}
	if zh {
		rows = [][]string{{"异常", "订单", "严重程度", "类型", "环节", "状态", "修订", "触发", "响应", "升级", "负责人"}}
	}
	for i := range all {
		x := &all[i]
		zone, state, escalated, severity, kind := zoneOf(cfg, x.Process), x.State.String(), "-", x.Severity, x.Kind
		if zh {
			state, severity = x.State.TitleZH(), severityZH(x.Severity)
			if p := cfg.Process(x.Process); p != nil {
				kind = p.Handling(x.Kind).Title.ZH
			}
		}
		if !x.EscalatedAt.IsZero() {
			escalated = x.EscalateTo
		}
		rows = append(rows, []string{
			fmt.Sprint(x.ID), x.OrderID, severity, kind, cmp.Or(x.Stage, "-"), state, fmt.Sprint(x.Revision), minute(x.OpenedAt, zone),
			minute(x.AcknowledgedAt, zone), escalated, cmp.Or(x.Owner, x.Team, "-"),
		})
	}
	table(e.stdout, rows)
}

// severityZH is the severity in Chinese.
func severityZH(severity string) string {
	switch severity {
	case process.Critical.String():
		return "严重"
	case process.Info.String():
		return "提示"
	default:
		return "警告"
	}
}

// printChanges writes the audit log.
func printChanges(e *env, zone *time.Location, changes []exception.Change, zh bool) {
	rows := [][]string{{"change", "revision", "when", "by", "told"}}
	refused := "refused"
	if zh {
		rows, refused = [][]string{{"变更", "修订", "时间", "操作人", "说明"}}, "被拒绝"
	}
	for i := range changes {
		c := &changes[i]
		step := c.Step.String()
		if zh {
			step = c.Step.TitleZH()
		}
		if c.Refused {
			step += " (" + refused + ")"
		}
		var told []string
		for _, s := range []string{cmp.Or(c.Assignee, c.Team), c.Stage, c.Cause, c.Action, c.Note, c.Reason} {
			if s != "" {
				told = append(told, s)
			}
		}
		rows = append(rows, []string{step, fmt.Sprint(c.Revision), minute(c.At, zone), c.Author, strings.Join(told, "; ")})
	}
	fmt.Fprintln(e.stdout)
	table(e.stdout, rows)
}
