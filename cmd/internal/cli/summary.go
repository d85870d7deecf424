package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rivo/uniseg"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

type summaryCmd struct {
	JSON bool   `help:"Tell it as JSON."`
	Lang string `enum:"en,zh,auto" default:"auto" placeholder:"LANG" help:"Language of the sentences: en or zh (default: as LANG says)."`
}

// report is what summary tells of one process.
type report struct {
	Process    string
	At         time.Time
	Overview   view.Overview
	Bottleneck *view.Finding // nil: nothing is abnormal
}

// empty reports whether no order is known, so that there is nothing to judge.
func (r *report) empty() bool {
	for _, s := range r.Overview.Stages {
		if s.Open > 0 || s.Left > 0 {
			return false
		}
	}
	return r.Overview.Late.Delivered == 0 && r.Overview.Late.OpenLate == 0
}

// Help is shown by takt summary --help.
func (*summaryCmd) Help() string {
	return `For each process: a table of its stages (open orders, median and 90th percentile of the last 7 days, limit, orders near it and over it with their amounts, the oldest, and who owns most of them), how promises stand, and the bottleneck, if there is one: where it is, since when, whose it is, and what it costs.

Examples:

	takt summary
	takt summary --lang zh
	takt summary --json`
}

func (c *summaryCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	reports := []report{}
	for _, p := range cfg.Processes {
		r, err := makeReport(ctx, db.Conn(), p, time.Now())
		if err != nil {
			return storeTrouble(cfg, err)
		}
		if reports = append(reports, r); c.JSON {
			continue
		}
		zh := chinese(e, c.Lang)
		fmt.Fprintln(e.stdout, title(p, zh))
		r.print(e.stdout, zh)
	}
	if c.JSON {
		out := json.NewEncoder(e.stdout)
		out.SetIndent("", "  ")
		return out.Encode(reports)
	}
	return nil
}

// title names a process, as "retail: Retail order".
func title(p *process.Process, zh bool) string {
	name := p.Title.EN
	if zh && p.Title.ZH != "" {
		name = p.Title.ZH
	}
	if name == "" {
		return p.Name
	}
	return p.Name + ": " + name
}

// chinese tells whether sentences are wanted in Chinese.
func chinese(e *env, lang string) bool {
	if lang != "auto" {
		return lang == "zh"
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := e.getenv(name); v != "" {
			return strings.HasPrefix(v, "zh")
		}
	}
	return false
}

func makeReport(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) (report, error) {
	r := report{Process: p.Name, At: now}
	var err error
	if r.Overview, err = view.Summary(ctx, conn, p, now); err != nil {
		return r, err
	}
	f, found, err := view.Bottleneck(ctx, conn, p, now)
	if found {
		r.Bottleneck = &f
	}
	return r, err
}

// print writes the table of stages and the sentences under it.
func (r *report) print(w io.Writer, zh bool) {
	heads := []string{"stage", "open", "p50", "p90", "limit", "at risk", "amount", "over", "amount", "oldest", "owner"}
	if zh {
		heads = []string{"环节", "进行中", "中位", "九成", "时限", "将超时", "金额", "超时", "金额", "最久", "负责人"}
	}
	rows := [][]string{heads}
	for _, s := range r.Overview.Stages {
		mark := ""
		if r.Bottleneck != nil && r.Bottleneck.Stage == s.Stage {
			mark = "   <-"
		}
		rows = append(rows, []string{
			s.Stage + " " + s.Title.ZH, fmt.Sprint(s.Open), hours(s.P50), hours(s.P90), limit(s),
			fmt.Sprint(s.AtRisk), s.Money(s.RiskAmount), fmt.Sprint(s.Over), s.Money(s.OverAmount), hours(s.Oldest), s.Owner + mark,
		})
	}
	table(w, rows)
	worked := slices.ContainsFunc(r.Overview.Stages, func(s view.StageRow) bool { return s.Limit > 0 && s.Of == process.Working })
	switch {
	case worked && zh:
		fmt.Fprintln(w, "* 时限按工作时间计，同行的中位与九成亦然。")
	case worked:
		fmt.Fprintln(w, "* counts working time, as do p50 and p90 beside it.")
	}
	switch {
	case zh && r.empty():
		fmt.Fprintln(w, "没有进行中的订单，近 7 天也没有：takt run 从 Kafka 读取订单。")
	case r.empty():
		fmt.Fprintln(w, "No orders are open, and there were none in the last 7 days: takt run takes them from Kafka.")
	case zh && r.Bottleneck != nil:
		fmt.Fprintln(w, r.Overview.Late.SentenceZH()+"\n"+r.Bottleneck.SentenceZH())
	case zh:
		fmt.Fprintln(w, r.Overview.Late.SentenceZH()+"\n没有瓶颈：各环节都在平时水平。")
	case r.Bottleneck != nil:
		fmt.Fprintln(w, r.Overview.Late.Sentence()+"\n"+r.Bottleneck.Sentence())
	default:
		fmt.Fprintln(w, r.Overview.Late.Sentence()+"\nNo bottleneck: every stage is at its normal level.")
	}
}

// widthsOf returns how wide each column is on a terminal.
func widthsOf(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	return widths
}

// table aligns columns by the width that a terminal gives them: a Chinese
// character takes two places. The first and the last column are texts.
func table(w io.Writer, rows [][]string) {
	widths := widthsOf(rows)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell))
			switch {
			case i == 0:
				line.WriteString(cell + pad)
			case i == len(row)-1:
				line.WriteString("  " + cell)
			default:
				line.WriteString("  " + pad + cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// limit writes a stage's limit, marked if it counts working time.
func limit(s view.StageRow) string {
	if s.Limit > 0 && s.Of == process.Working {
		return fmt.Sprintf("%.4g h*", s.Limit.Hours())
	}
	return hours(s.Limit)
}

// hours writes a duration as people compare them: minutes below an hour, then
// hours, days from ten on, "-" for none.
func hours(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Hour:
		return fmt.Sprintf("%.0f m", d.Minutes())
	case d < 10*time.Hour:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Hours()), ".0") + " h"
	case d < 10*24*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	default:
		return fmt.Sprintf("%.0f d", d.Hours()/24)
	}
}
