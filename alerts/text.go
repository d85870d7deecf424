package alerts

import (
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Texts are written for somebody who was asleep a minute ago: what and how many in
// the summary; against what is usual, whose it is and what to do first in the
// description.

// ask is a template that puts the value of a query into a text.
func ask(query, how string) string {
	if strings.Contains(query, "`") {
		return fmt.Sprintf("{{ with query %q }}{{ . | first | value | %s }}{{ else }}?{{ end }}", query, how)
	}
	return fmt.Sprintf("{{ with query `%s` }}{{ . | first | value | %s }}{{ else }}?{{ end }}", query, how)
}

const (
	count = `printf "%.0f"`
	age   = "humanizeDuration"
)

// texts returns the four annotations.
func texts(summary, description, summaryZH, descriptionZH string) map[string]string {
	return map[string]string{
		"summary": summary, "description": description, "summary_zh": summaryZH, "description_zh": descriptionZH,
	}
}

// owner says who acts and who is next.
func owner(s *process.Stage) (en, zh string) {
	if s.Owner.Team == "" {
		return "No team owns this stage.", "该环节未指定负责团队。"
	}
	en, zh = "Owner: "+s.Owner.Team, "负责团队："+s.Owner.Team
	if s.Owner.EscalateTo != "" {
		en, zh = en+", then "+s.Owner.EscalateTo, zh+"，升级至 "+s.Owner.EscalateTo
	}
	return en + ".", zh + "。"
}

func plain(d time.Duration) (en, zh string) {
	switch {
	case d > 72*time.Hour && d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour)), fmt.Sprintf("%d 天", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour), fmt.Sprintf("%d 小时", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute), fmt.Sprintf("%d 分钟", d/time.Minute)
	default:
		return fmt.Sprintf("%g s", d.Seconds()), fmt.Sprintf("%g 秒", d.Seconds())
	}
}

// waiting says how many orders a stage holds and how many are usual.
func waiting(on string) (en, zh string) {
	open, usual := ask("sum(takt_stage_orders{"+on+"})", count), ask("max(takt_stage_orders_normal_upper{"+on+"})", count)
	return fmt.Sprintf("%s wait in the stage (at this hour usually at most %s)", open, usual),
		fmt.Sprintf("当前停留 %s 单（同时段通常不超过 %s 单）", open, usual)
}

func (c Config) burnText(s *process.Stage, on string, w time.Duration) map[string]string {
	limit, limitZH := plain(s.Limit.Within)
	if s.Limit.Of == process.Working {
		limit, limitZH = limit+" of working time", limitZH+"（工作时间）"
	}
	overdue := ask("sum(takt_stage_orders{"+on+`,state="overdue"})`, count)
	atRisk := ask("sum(takt_stage_orders{"+on+`,state="at_risk"})`, count)
	oldest := ask("max(takt_stage_oldest_order_age_seconds{"+on+"})", age)
	share := ask(breaches+span(w)+"{"+on+"}", "humanizePercentage")
	who, whoZH := owner(s)
	wait, waitZH := waiting(on)
	over, overZH := plain(w)
	overZH = " " + overZH
	return texts(
		fmt.Sprintf("%s (%s): %s orders past the limit of %s", s.Title.EN, c.Process.Title.EN, overdue, limit),
		fmt.Sprintf("Of the orders due in the last %s, %s broke the limit; the objective is to keep %s. %s; oldest %s, %s more at risk. %s First: is the stage at a standstill (TaktStageSilent) or only slow? Then the runbook.",
			over, share, percent(s.Limit.Objective), wait, oldest, atRisk, who),
		fmt.Sprintf("%s（%s）：%s 单超过时限 %s", s.Title.ZH, c.Process.Title.ZH, overdue, limitZH),
		fmt.Sprintf("最近%s内到期的订单中 %s 超时，目标达标率 %s。%s，最久 %s，另有 %s 单即将超时。%s先判断该环节是停摆（是否同时有 TaktStageSilent）还是变慢，再按处置手册处理。",
			overZH, share, percent(s.Limit.Objective), waitZH, oldest, atRisk, whoZH),
	)
}

func (c Config) silentText(s *process.Stage, on string) map[string]string {
	who, whoZH := owner(s)
	wait, waitZH := waiting(on)
	usual := ask("sum(increase(takt_stage_visits_finished_total{"+on+"}[1h] offset 1d))", count)
	return texts(
		fmt.Sprintf("%s (%s): hardly any order leaves the stage", s.Title.EN, c.Process.Title.EN),
		fmt.Sprintf("Next to nothing was finished lately, yesterday at this time %s in an hour. %s. Either the work stands still or its records do not arrive: ask the team whether it works. %s", usual, wait, who),
		fmt.Sprintf("%s（%s）：几乎没有订单离开该环节", s.Title.ZH, c.Process.Title.ZH),
		fmt.Sprintf("近期几乎没有订单完成，昨天同一时段每小时完成 %s 单。%s。要么作业停摆，要么数据未上传：请先向负责团队确认现场是否在作业。%s", usual, waitZH, whoZH),
	)
}

func (c Config) backlogText(s *process.Stage, on string) map[string]string {
	who, whoZH := owner(s)
	wait, waitZH := waiting(on)
	in, out := ask("sum(increase(takt_stage_visits_started_total{"+on+"}[1h]))", count), ask("sum(increase(takt_stage_visits_finished_total{"+on+"}[1h]))", count)
	return texts(
		fmt.Sprintf("%s (%s): more orders wait than usual", s.Title.EN, c.Process.Title.EN),
		fmt.Sprintf("%s. In the last hour %s came in and %s went out. %s If more come in than usual, add hands; if fewer go out, find what slows the work.", wait, in, out, who),
		fmt.Sprintf("%s（%s）：积压高于平时", s.Title.ZH, c.Process.Title.ZH),
		fmt.Sprintf("%s。最近一小时进入 %s 单、完成 %s 单。%s若进单偏多，请增派人手；若出单偏少，请查明变慢的原因。", waitZH, in, out, whoZH),
	)
}

func (c Config) oldestText(s *process.Stage, on string, after time.Duration) map[string]string {
	who, whoZH := owner(s)
	long, longZH := plain(after)
	oldest := ask("max(takt_stage_oldest_order_age_seconds{"+on+"})", age)
	return texts(
		fmt.Sprintf("%s (%s): orders have waited longer than %s", s.Title.EN, c.Process.Title.EN, long),
		fmt.Sprintf("The oldest has been in the stage for %s. They are probably forgotten, lost or waiting for somebody: look them up and decide. %s", oldest, who),
		fmt.Sprintf("%s（%s）：多个订单停留超过 %s", s.Title.ZH, c.Process.Title.ZH, longZH),
		fmt.Sprintf("最久的一单已停留 %s。这些订单很可能被遗漏、丢失或在等人处理：请逐单查出并处理。%s", oldest, whoZH),
	)
}
