package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/takt-orders/takt/alerts/backtest"
)

// backtestText tells a replay to people, in the zone of the process.
type backtestText struct {
	w    io.Writer
	zone *time.Location
	zh   bool
}

// say writes a line in the language asked for.
func (b backtestText) say(en, zh string, args ...any) {
	if b.zh {
		en = zh
	}
	fmt.Fprintf(b.w, en+"\n", args...)
}

func (b backtestText) at(t time.Time) string { return t.In(b.zone).Format("2006-01-02 15:04") }

func (b backtestText) print(r *backtest.Report) {
	b.say("%s to %s (%.1f weeks), %d events", "%s 至 %s（%.1f 周），%d 个事件", b.at(r.From), b.at(r.Until), r.Weeks(), r.Events)
	if r.Skipped > 0 {
		b.say("%d events of orders closed more than 31 days before were skipped.", "跳过 %d 个事件：所属订单已关闭超过 31 天。", r.Skipped)
	}
	fmt.Fprintln(b.w)
	b.sums(r)
	if len(r.Current.Rules) > 0 {
		fmt.Fprintln(b.w)
		b.say("Rules that fired, the noisiest first:", "触发过的规则，误报最多者在前：")
		b.rules(r.Current.Rules)
	}
	if len(r.Current.Incidents) > 0 {
		fmt.Fprintln(b.w)
		b.say("Incidents:", "异常时段：")
		b.incidents(r.Current.Incidents)
	}
	if r.Changed != nil {
		fmt.Fprintln(b.w)
		b.changes(r)
	}
	fmt.Fprintln(b.w)
	b.gaps(r)
}

// sums is the table of results, that of the changed file beside the current one.
func (b backtestText) sums(r *backtest.Report) {
	heads := []string{"", "fires", "per week", "right", "precision", "incidents", "caught", "recall", "median lead"}
	names := [2]string{"current file", "changed file"}
	if b.zh {
		heads = []string{"", "触发", "每周", "正确", "准确率", "异常时段", "已发现", "召回率", "提前量中位数"}
		names = [2]string{"现行文件", "改后文件"}
	}
	rows := [][]string{heads}
	for i, result := range [...]*backtest.Result{&r.Current, r.Changed} {
		if result == nil {
			continue
		}
		lead := "-"
		if d, ok := result.Lead(); ok {
			lead = signed(d)
		}
		fires, incidents := len(result.Fires), len(result.Incidents)
		rows = append(rows, []string{
			names[i], fmt.Sprint(fires), fmt.Sprintf("%.1f", float64(fires)/r.Weeks()), fmt.Sprint(result.Right()), percentOf(result.Right(), fires),
			fmt.Sprint(incidents), fmt.Sprint(result.Caught()), percentOf(result.Caught(), incidents), lead,
		})
	}
	table(b.w, rows)
}

func (b backtestText) rules(all []backtest.Tally) {
	heads := []string{"alert", "fires", "false", "precision", "recall", "stage"}
	if b.zh {
		heads = []string{"告警", "触发", "误报", "准确率", "召回率", "环节"}
	}
	rows := [][]string{heads}
	for i := range all {
		t := &all[i]
		rows = append(rows, []string{
			named(t.Key), fmt.Sprint(t.Fires), fmt.Sprint(t.Fires - t.Right), percentOf(t.Right, t.Fires), percentOf(t.Caught, t.Incidents), b.stage(t.Stage),
		})
	}
	table(b.w, rows)
}

func (b backtestText) incidents(all []*backtest.Incident) {
	heads := []string{"begin", "end", "broken", "reported", "lead", "stage"}
	missed := "missed"
	if b.zh {
		heads, missed = []string{"开始", "结束", "超时", "上报异常", "提前量", "环节"}, "漏报"
	}
	rows := [][]string{heads}
	for _, x := range all {
		lead := missed
		if x.Caught {
			lead = signed(x.Lead)
		}
		rows = append(rows, []string{b.at(x.From), b.at(x.To), fmt.Sprint(x.Breaches), fmt.Sprint(x.Reported), lead, b.stage(x.Stage)})
	}
	table(b.w, rows)
}

func (b backtestText) changes(r *backtest.Report) {
	if len(r.Changes) == 0 {
		b.say("The changed file changes no rule's result.", "改后文件不影响任何规则的结果。")
	} else {
		b.say("What the changed file changes:", "改后文件带来的变化：")
		heads := []string{"alert", "fires", "precision", "recall", "stage"}
		if b.zh {
			heads = []string{"告警", "触发", "准确率", "召回率", "环节"}
		}
		rows := [][]string{heads}
		for i := range r.Changes {
			was, is := &r.Changes[i].Current, &r.Changes[i].Changed
			rows = append(rows, []string{
				named(was.Key), fmt.Sprintf("%d -> %d", was.Fires, is.Fires),
				percentOf(was.Right, was.Fires) + " -> " + percentOf(is.Right, is.Fires),
				percentOf(was.Caught, was.Incidents) + " -> " + percentOf(is.Caught, is.Incidents), b.stage(was.Stage),
			})
		}
		table(b.w, rows)
	}
	if len(r.Newly) > 0 {
		b.say("Incidents newly caught:", "新增发现的异常时段：")
		b.incidents(r.Newly)
	}
	if len(r.Missed) > 0 {
		b.say("Incidents newly missed:", "不再发现的异常时段：")
		b.incidents(r.Missed)
	}
}

// gaps says what was not evaluated.
func (b backtestText) gaps(r *backtest.Report) {
	for _, g := range r.Gaps {
		if g.Until.Before(r.Until) {
			b.say("Not evaluated before %[2]s: %[1]s, for the events begin %[3]s.", "%[2]s 之前未评估 %[1]s：历史事件始于 %[3]s。", g.Alert, b.at(g.Until), b.at(r.First))
		} else {
			b.say("Not evaluated: %s, for the events begin %s.", "未评估 %s：历史事件始于 %s。", g.Alert, b.at(r.First))
		}
	}
	separator := ", "
	if b.zh {
		separator = "、"
	}
	b.say("Not evaluated: alerts about Takt itself (%s).", "未评估：关于 Takt 自身的告警（%s）。", strings.Join(backtest.NotEvaluated(), separator))
}

// stage names a stage as a table does.
func (b backtestText) stage(name string) string {
	switch {
	case name != "":
		return name
	case b.zh:
		return "（整单）"
	default:
		return "(order)"
	}
}

// named names a rule but for its stage.
func named(k backtest.Key) string {
	name := k.Alert + " " + k.Severity
	if k.Kind != "" {
		name += " " + k.Kind
	}
	return name
}

// percentOf writes a part of n, "-" of none.
func percentOf(part, n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(n))
}

// signed writes a lead time, which may be less than nothing.
func signed(d time.Duration) string {
	switch {
	case d == 0:
		return "0 m"
	case d < 0:
		return "-" + hours(-d)
	default:
		return hours(d)
	}
}
