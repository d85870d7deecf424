package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// bottleneck is the board about why orders wait: which stage, since when, how orders
// move between stages, and what would help.
func bottleneck(l Language) grafana.Dashboard {
	s := managers(l, Bottleneck, "bottleneck")
	s.name("Bottleneck", "瓶颈", "Which stage holds orders up, since when, what changed, and what would help.", "哪个环节拖慢订单、从何时起、变化来自哪里、改善哪里有用。")
	s.marks("", "")
	s.add(16, 4, s.verdict())
	s.add(8, 4, s.freshness())
	s.add(24, 8, s.ranking())
	s.add(12, 9, s.delay())
	s.add(12, 9, s.hadMet())
	s.add(24, 12, s.processMap())
	s.add(12, 9, s.cycleChange())
	s.add(12, 9, s.little())
	return s.board
}

// ranking is how far each stage is above its normal, the worst first.
func (s *sheet) ranking() grafana.Panel {
	p := table(frame{
		title: s.say("Ranking", "排名"),
		about: s.say("Stages by how far what waits too long is above normal, in usual variations; soon after a stage stops, by how far what leaves it is below (takt.bottleneck_now). A stage that is slow by nature has its own normal.",
			"各环节超常积压高出平时的程度，以平时波动幅度为单位；环节刚停滞时，以离开数低于平时的程度计（takt.bottleneck_now）。天然较慢的环节按其自身的平时水平比较。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT stage, rank AS %s, %s AS %s, multiIf(bottleneck, '%s', abnormal, '%s', isNull(median_seconds), '%s', '%s') AS %s, round(score, 1) AS %s,
    open AS %s, round(open_normal) AS %s, old AS %s, round(old_normal) AS %s, left_hour AS %s, round(left_hour_normal) AS %s, trend AS %s, %s AS %s, %s AS %s, %s AS %s, owner AS %s
FROM takt.%s
WHERE %s
ORDER BY rank`,
		s.as("Rank", "名次"), s.titled("", "stage"), s.as("Stage", "环节"),
		s.say("bottleneck", "瓶颈"), s.say("more than usual", "明显积压"), s.say("not measured yet", "尚无数据"), s.say("normal", "正常"), s.as("State", "状态"),
		s.as("Above normal", "高出平时"), s.as("Under way", "在办"), s.as("Normal", "平时"), s.as("Too long", "超常"), s.as("Normally too long", "平时超常"),
		s.as("Left in an hour", "近一小时离开"), s.as("Normally left", "平时离开"), s.as("Change in an hour", "近一小时变化"), s.span("oldest_seconds"), s.as("Oldest", "最久"), s.span("limit_seconds"), s.as("Limit", "时限"),
		s.money("amount", "currency"), s.as("Money", "金额"), s.as("Owner", "责任人"), then("bottleneck"), ours())))
	hidden(&p, "stage")
	on(&p, s.say("Stage", "环节"), s.toStage())
	on(&p, s.say("State", "状态"), painted(colored{s.say("bottleneck", "瓶颈"), bad}, colored{s.say("more than", "积压"), warn}, colored{s.say("normal", "正常"), good})...)
	return p
}

// delay is how much time beyond the usual is gathered in each stage by hour.
func (s *sheet) delay() grafana.Panel {
	return labeled(bars(frame{
		title: s.say("Time beyond usual, by hour", "每小时超常积压时长"),
		about: s.say("Time beyond the median of what is under way, summed at each full hour, by stage; the last seven days (takt.delay_hourly).",
			"每个整点各环节在办超出中位耗时的时长合计，最近七天（takt.delay_hourly）。"),
		empty: s.unmeasured(), unit: s.hourUnit(),
	}, series(fmt.Sprintf("SELECT r.hour AS time, s.lane AS stage, %s AS Value\nFROM takt.delay_hourly AS r\n%s\nWHERE $__timeFilter(r.hour)\nORDER BY time, stage", hours("r.delay_seconds"), s.stageTitles()))), "stage")
}

// hadMet is what would have been in time, had a stage met its limit.
func (s *sheet) hadMet() grafana.Panel {
	p := table(frame{
		title: s.say("Had the stage met its limit", "若该环节未超时"),
		about: s.say("Orders delivered late in the range that exceeded a stage's limit, and how many of them would have been in time otherwise (takt.late_had_met_daily).",
			"所选时段内在该环节超时的逾期交付订单，以及若未超时本可按时交付的数量（takt.late_had_met_daily）。"),
		empty: s.say("No late order exceeded a limit in this time", "该时段没有因环节超时而逾期的订单"),
	}, rows(fmt.Sprintf(`
SELECT r.stage AS stage, any(s.title) AS %s, sum(r.delivered_late) AS %s, sum(r.saved) AS %s, %s AS %s
FROM takt.late_had_met_daily AS r
%s
WHERE r.%s
GROUP BY stage
ORDER BY any(s.position)`,
		s.as("Stage", "环节"), s.as("Late, over the limit here", "逾期且在此超时"), s.as("Would be in time", "本可按时"), s.span("sum(r.beyond_seconds)"), s.as("Time beyond the limit", "超限时长合计"),
		s.stageTitles(), daily())))
	hidden(&p, "stage")
	on(&p, s.say("Stage", "环节"), s.toStage())
	return p
}

// cycleChange is where the change of the end-to-end time came from.
func (s *sheet) cycleChange() grafana.Panel {
	part := fmt.Sprintf("multiIf(r.stage != '', if(s.title != '', s.title, toString(r.stage)), r.part = 'mix', '%s', r.part = 'queue', '%s', '%s')",
		s.say("mix of orders", "订单结构"), s.say("waits between stages", "环节间等待"), s.say("rest", "其余"))
	return table(frame{
		title: s.say("What changed the order's time, by week", "订单周期变化来自哪里（按周）"),
		about: s.say("Change against the week before of the time that nine of ten orders keep, by where it came from (takt.cycle_change_weekly).",
			"九成订单不超过的周期较上周的变化，按来源分解（takt.cycle_change_weekly）。"),
		empty: s.say("Not measured yet: two whole weeks are needed", "尚无数据：需两个完整的周"),
	}, rows(fmt.Sprintf(`
SELECT r.day AS %s, %s AS %s, concat(if(r.seconds < 0, '−', '+'), %s) AS %s, %s AS %s, %s AS %s
FROM takt.cycle_change_weekly AS r
LEFT JOIN (SELECT process, stage, %s AS title FROM takt.stages) AS s ON s.process = r.process AND s.stage = r.stage
WHERE r.%s AND r.day >= toMonday(takt_day(process, $__fromTime)) AND r.day <= takt_day(process, $__toTime)
ORDER BY r.day DESC, abs(r.seconds) DESC
LIMIT 60`,
		s.as("Week", "周"), part, s.as("From", "来源"), s.span("abs(r.seconds)"), s.as("Change", "变化"), s.span("r.p90_before_seconds"), s.as("Before", "上周"),
		s.span("r.p90_seconds"), s.as("Then", "本周"), s.titled("", "stage"), ours())))
}

// little is how far the counts of what is under way disagree with flow and time.
func (s *sheet) little() grafana.Panel {
	p := labeled(lines(frame{
		title: s.say("Little's law: what does not add up", "利特尔法则残差"),
		about: s.say("Work in progress less rate times time over seven days, as a share of the work in progress. Far from 0 for long: a backlog grows or shrinks, or events are missing (takt.flow_daily).",
			"近七日在办数与“离开速率×时长”之差占在办的比例。长期偏离 0：积压在增减，或事件有缺失（takt.flow_daily）。"),
		empty: s.unmeasured(), unit: "percentunit",
	}, nil, series(fmt.Sprintf("SELECT %s AS time, s.lane AS stage, r.little_share AS Value\nFROM takt.flow_daily AS r\n%s\nWHERE r.%s\nORDER BY time, stage", "takt_day_start(r.process, r.day)", s.stageTitles(), daily()))), "stage")
	p.FieldConfig.Defaults.Min = nil
	return p
}
