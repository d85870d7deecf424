package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// stage is the board about one stage: what alerts about it lead to, then what is slow
// in it. The live graphs read what Takt exports, the daily ones the views.
func stage(l Language) grafana.Dashboard {
	s := managers(l, Stage, "stage")
	s.name("Stage", "环节", "How one stage does: its limit, what waits in it, and for whom it is slow.", "单个环节的表现：时限、积压，以及慢在哪些渠道、地区、仓库与责任人。")
	s.asked("stage", s.say("Stage", "环节"), "SELECT stage, "+s.titled("", "stage")+" AS title FROM takt.stages WHERE "+ours()+" ORDER BY position")
	s.dimension(stageDimensions())
	s.marks(`,stage="${stage}"`, " AND "+is("stage", "stage"))
	s.add(16, 4, s.stageVerdict())
	s.add(8, 4, s.freshness())
	s.stageAlerts()
	s.add(12, 9, s.stageCycle())
	s.add(12, 9, s.stageShare())
	s.add(12, 9, s.stageSplit())
	s.add(12, 9, labeled(lines(frame{
		title: s.say("Cycle time by day and the chosen property", "每日环节耗时（按所选维度，九成不超过）"),
		about: s.say("Time that nine of ten stays finished on the day kept; the ten values with the most stays (takt.stage_split_daily).",
			"当日完成的停留九成不超过的耗时；停留最多的十个取值（takt.stage_split_daily）。"),
		empty: s.unmeasured(), unit: s.hourUnit(),
	}, nil, s.splitSeries("stage_split_daily", hours("wall_p90_seconds"), "finished", " AND "+is("stage", "stage"))), "value"))
	s.add(12, 9, s.stageAges())
	s.add(12, 9, s.stageOrders())
	return s.board
}

// onStage selects the exported series of the board's stage.
const onStage = `process="${process}",stage="${stage}"`

// stageVerdict says how the stage stands against normal, and whose it is.
func (s *sheet) stageVerdict() grafana.Panel {
	return sentence(frame{
		title: s.say("How does it stand, and whose is it?", "现状如何、归谁"),
		about: s.say("The stage at the end of the range against the same hour of the last four weeks (takt.bottleneck_now).", "所选时段结束时该环节与近四周同一时段相比（takt.bottleneck_now）。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT concat(multiIf(bottleneck, '%s', abnormal, '%s', isNull(median_seconds), '%s', '%s'), '%s', toString(open), '%s', toString(round(open_normal)), '%s', %s,
    if(open = 0, '', concat('%s', %s)), if(isNull(limit_seconds), '', concat('%s', %s)), '%s', toString(owner)) AS %s
FROM takt.%s
WHERE %s AND %s`,
		s.say("Bottleneck", "瓶颈"), s.say("More than usual wait", "明显积压"), s.say("Not measured yet", "尚无数据"), s.say("Normal", "正常"),
		s.say(". Under way ", "。在办 "), s.say(" (normal ", "（平时 "), s.say("), ", "），"), s.money("amount", "currency"),
		s.say(", oldest ", "，最久"), s.span("oldest_seconds"), s.say(", limit ", "，时限"), s.span("limit_seconds"), s.say(", owner ", "，责任人 "),
		s.as("Verdict", "结论"), then("bottleneck"), ours(), is("stage", "stage"))),
		colored{s.say("^Bottleneck", "^瓶颈"), bad}, colored{s.say("^More", "^明显"), warn}, colored{s.say("^Not measured", "^尚无"), muted}, colored{".*", good})
}

// stageAlerts adds the panels that alerts about a stage lead to.
func (s *sheet) stageAlerts() {
	live := s.say("Nothing was exported in this time: Takt did not run, or Prometheus does not scrape it", "该时段没有实时指标：Takt 未运行或未被 Prometheus 采集")
	burn := lines(frame{
		title: s.say("Over the limit, of what was due in an hour", "每小时超时率"),
		about: s.say("Share of stays judged in the last hour that were over the limit, and the share that the objective allows. TaktStageBudgetBurn leads here.",
			"最近一小时判定的停留中超时的比例，以及目标允许的比例。告警 TaktStageBudgetBurn 指向此图。"),
		empty: live, unit: "percentunit",
	}, nil,
		over(`sum by (stage) (increase(takt_stage_due_total{`+onStage+`,outcome="breached"}[1h])) / (sum by (stage) (increase(takt_stage_due_total{`+onStage+`}[1h])) > 0)`, s.say("over the limit", "超时率")),
		over(`1 - max by (stage) (takt_stage_objective_ratio{`+onStage+`})`, s.say("allowed by the objective", "目标允许")))
	s.add(12, 8, burn)
	s.add(12, 8, lines(frame{
		title: s.say("Backlog against normal", "积压与平时对比"),
		about: s.say("Stays that are open, and how many usually are at this hour of the week at most. TaktStageBacklogGrowing leads here. Normal needs two weeks of history.",
			"在办数，以及每周同一时段通常不超过的数量。告警 TaktStageBacklogGrowing 指向此图；“平时上限”需两周历史。"),
		empty: live, unit: count,
	}, nil,
		over(`sum by (stage) (takt_stage_orders{`+onStage+`})`, s.say("under way", "在办")),
		over(`max by (stage) (takt_stage_orders_normal_upper{`+onStage+`})`, s.say("normal at most", "平时上限"))))
	s.add(12, 8, lines(frame{
		title: s.say("Oldest stay", "最久在办"),
		about: s.say("Age of the oldest stay in the stage, and the limit. TaktStageOldestOrder leads here.", "该环节停留最久者的时长与时限。告警 TaktStageOldestOrder 指向此图。"),
		empty: live, unit: s.hourUnit(),
	}, nil,
		over(`max by (stage) (takt_stage_oldest_order_age_seconds{`+onStage+`}) / 3600`, s.say("oldest", "最久")),
		over(`max by (stage) (takt_stage_limit_seconds{`+onStage+`}) / 3600`, s.say("limit", "时限"))))
	s.add(12, 8, lines(frame{
		title: s.say("In and out an hour", "每小时进入与完成"),
		about: s.say("Stays that began and that were finished in the last hour. Finished at nothing while others wait is a standstill: TaktStageSilent leads here.",
			"最近一小时进入与完成的次数。有积压却无完成即停滞，告警 TaktStageSilent 指向此图。"),
		empty: live, unit: count,
	}, nil,
		over(`sum by (stage) (increase(takt_stage_visits_started_total{`+onStage+`}[1h]))`, s.say("in", "进入")),
		over(`sum by (stage) (increase(takt_stage_visits_finished_total{`+onStage+`}[1h]))`, s.say("out", "完成"))))
}

// stageCycle is how long stays took by day.
func (s *sheet) stageCycle() grafana.Panel {
	return lines(frame{
		title: s.say("Cycle time by day", "每日环节耗时"),
		about: s.say("Time of the stays finished on the day: half of them and nine of ten took no longer; and the limit if it is wall time (takt.stage_cycle_daily).",
			"当日完成的停留耗时：半数与九成不超过的时长；时限按自然时间计时一并画出（takt.stage_cycle_daily）。"),
		empty: s.unmeasured(), unit: s.hourUnit(),
	}, nil, series(fmt.Sprintf(`
SELECT %s AS time, %s AS %s, %s AS %s, if(s.limit_of = 'wall', %s, NULL) AS %s
FROM takt.stage_cycle_daily AS r
INNER JOIN (SELECT process, stage, limit_seconds, limit_of FROM takt.stages) AS s ON s.process = r.process AND s.stage = r.stage
WHERE %s AND %s
ORDER BY time`,
		midnight, hours("wall_p50_seconds"), s.as("half", "半数不超过"), hours("wall_p90_seconds"), s.as("nine of ten", "九成不超过"), hours("s.limit_seconds"), s.as("limit", "时限"),
		daily(), is("stage", "stage"))))
}

// stageShare is what share of stays was over the limit by day.
func (s *sheet) stageShare() grafana.Panel {
	return lines(frame{
		title: s.say("Over the limit by day", "每日超时率"),
		about: s.say("Share of the stays judged on the day that were over the limit, and what the objective allows (takt.stage_cycle_daily).",
			"当日判定的停留中超时的比例，以及目标允许的比例（takt.stage_cycle_daily）。"),
		empty: s.unmeasured(), unit: "percentunit",
	}, nil, series(fmt.Sprintf(`
SELECT %s AS time, breach_share AS %s, 1 - s.objective AS %s
FROM takt.stage_cycle_daily AS r
INNER JOIN (SELECT process, stage, objective FROM takt.stages) AS s ON s.process = r.process AND s.stage = r.stage
WHERE %s AND %s
ORDER BY time`,
		midnight, s.as("over the limit", "超时率"), s.as("allowed by the objective", "目标允许"), daily(), is("stage", "stage"))))
}

// stageSplit is for whom the stage is slow in the range.
func (s *sheet) stageSplit() grafana.Panel {
	p := table(frame{
		title: s.say("For whom it is slow", "慢在哪里"),
		about: s.say("Stays of the range by the property chosen at the top: how many, and what share of those judged was over the limit (takt.stage_split_daily).",
			"所选时段的停留按页首所选维度：数量及超时率（takt.stage_split_daily）。"),
		empty: s.say("No stay was finished in this time", "该时段没有完成的停留"),
	}, rows(fmt.Sprintf(`
SELECT %s AS %s, sum(finished) AS %s, sum(breached) AS %s, if(sum(due) = 0, NULL, sum(breached) / sum(due)) AS %s, round(sum(amount)) AS %s
FROM takt.stage_split_daily
WHERE %s AND %s AND %s
GROUP BY value
ORDER BY sum(breached) DESC, sum(finished) DESC, value
LIMIT 100`,
		s.valued("value"), s.as("Value", "取值"), s.as("Finished", "完成"), s.as("Over the limit", "超时"), s.as("Share", "超时率"), s.as("Money", "金额"),
		daily(), is("stage", "stage"), is("dimension", "by"))))
	on(&p, s.say("Share", "超时率"), unit("percentunit"))
	on(&p, s.say("Money", "金额"), unit(count))
	return p
}

// stageAges is how old what is under way is.
func (s *sheet) stageAges() grafana.Panel {
	p := panel("barchart", frame{
		title: s.say("Age of what is under way", "在办时长分布"),
		about: s.say("Stays under way at the end of the range by age, in wall time (takt.open_by_age).", "所选时段结束时的在办，按时长（自然时间）分档（takt.open_by_age）。"),
		empty: s.unmatched(), unit: count,
	}, grafana.BarChart{
		XField: s.say("Age", "时长"), Orientation: "vertical", Stacking: "none", ShowValue: "auto", BarWidth: 0.9, GroupWidth: 0.7,
		Legend: grafana.Legend{Calcs: []string{}, DisplayMode: "list", Placement: "bottom"}, Tooltip: grafana.Tooltip{Mode: "single", Sort: "none"},
	}, []grafana.Target{rows(fmt.Sprintf("SELECT %s AS %s, open AS %s\nFROM takt.%s\nWHERE %s AND %s\nORDER BY band",
		s.say("band_en", "band_zh"), s.as("Age", "时长"), s.as("under way", "在办"), then("open_by_age"), ours(), is("stage", "stage")))})
	p.FieldConfig.Defaults.Color = &grafana.Color{Mode: "fixed", Fixed: plain}
	return p
}

// stageOrders are the orders that have been in the stage longest.
func (s *sheet) stageOrders() grafana.Panel {
	p := table(frame{
		title: s.say("Orders here longest, now", "当前停留最久的订单"),
		about: s.say("Orders whose current stage this is, the longest there first, at most 200 (takt.orders_open). The number leads to the order.",
			"当前处于该环节的订单，停留最久的在前，至多 200 单（takt.orders_open）。点击订单号查看经过。"),
		empty: s.say("No order is in this stage", "该环节没有订单"),
	}, rows(fmt.Sprintf(`
SELECT order_id AS %s, %s AS %s, if(late, '%s', if(isNull(promise_due_at), '', '%s')) AS %s, if(owner != '', owner, owner_team) AS %s, %s AS %s, channel AS %s, region AS %s
FROM takt.orders_open
WHERE %s AND %s
ORDER BY entered_at, order_id
LIMIT 200`,
		s.as("Order", "订单号"), s.span("dateDiff('second', entered_at, now64(3, 'UTC'))"), s.as("Time here", "停留"), s.say("late", "逾期"), s.say("in time", "未逾期"), s.as("Promise", "承诺交期"),
		s.as("Owner", "责任人"), s.money("amount", "currency"), s.as("Money", "金额"), s.as("Channel", "渠道"), s.as("Region", "地区"), ours(), is("stage", "stage"))))
	on(&p, s.say("Order", "订单号"), s.toOrder())
	on(&p, s.say("Promise", "承诺交期"), painted(colored{s.say("^late", "^逾期"), bad})...)
	return p
}
