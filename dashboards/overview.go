package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// overview is the board that a manager opens first: whether orders flow, where they
// wait, whose they are, how much money waits, and which orders are late.
func overview(l Language) grafana.Dashboard {
	s := managers(l, Overview, "overview")
	s.name("Overview", "总览", "Whether orders flow, where they wait, whose it is, and how much money waits.", "订单是否顺畅、卡在哪里、归谁、涉及多少金额。")
	s.marks("", "")
	verdict := s.verdict()
	verdict.Links = s.to(Bottleneck, "Why", "查看原因")
	s.add(16, 4, verdict)
	s.add(8, 4, s.freshness())
	s.indicators()

	s.add(24, 9, s.stagesNow())
	s.add(10, 10, s.lateHalves())
	s.add(14, 10, s.lateOrders())
	return s.board
}

// verdict says whether it is worse than normal, where, and whose it is.
func (s *sheet) verdict() grafana.Panel {
	worse := fmt.Sprintf("concat('%s', %s, '%s', %s, '%s', toString(open), '%s', toString(round(open_normal)), '%s', %s, '%s', %s, '%s', toString(owner), "+
		"multiIf(isNull(limit_seconds), '', late_had_met = late, '%s', concat('%s', toString(late_had_met), '%s', toString(late), '%s')))",
		s.say("Bottleneck: ", "瓶颈："), s.titled("", "stage"), s.say(", for ", "，已持续"), s.span("dateDiff('second', since, now64(3, 'UTC'))"),
		s.say(". Under way ", "。在办"), s.say(" (normal ", "（平时 "), s.say("), ", "），"), s.money("amount", "currency"), s.say(", oldest ", "，最久"), s.span("oldest_seconds"),
		s.say(", owner ", "，责任人 "), s.say(". It has made no order late so far.", "。目前尚未造成逾期。"),
		s.say(". Had it met its limit, ", "。若未超时限，逾期将为 "), s.say(" orders would be late instead of ", " 单而非 "), s.say(".", " 单。"))
	fine := fmt.Sprintf("concat('%s', %s, '%s', toString(open), '%s', toString(round(open_normal)), '%s')",
		s.say("Normal: no stage holds orders up. Closest to it: ", "正常：没有环节明显积压。相对最忙的是"), s.titled("", "stage"),
		s.say(", under way ", "，在办"), s.say(" (normal ", "（平时 "), s.say(").", "）。"))
	return sentence(frame{
		title: s.say("Is it worse than normal, where, and whose is it?", "是否比平时差、差在哪、归谁"),
		about: s.say("The stage that holds the process up at the end of the range, against the same hour of the last four weeks (takt.bottleneck_now).",
			"所选时段结束时的瓶颈环节，与近四周同一时段相比（takt.bottleneck_now）。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT multiIf(bottleneck, %s, isNull(median_seconds), '%s', %s) AS %s
FROM takt.%s
WHERE %s
ORDER BY bottleneck DESC, isNotNull(median_seconds) DESC, rank
LIMIT 1`, worse, s.say("Not measured yet: Takt has to see a day of orders first.", "尚无数据：需先积累一天的订单。"), fine, s.as("Verdict", "结论"), then("bottleneck"), ours())),
		colored{s.say("^Bottleneck", "^瓶颈"), bad}, colored{s.say("^Not measured", "^尚无"), muted}, colored{".*", good})
}

// stagesNow is what is under way in each stage, in the order of the process, and how
// much money waits in it: one question for both.
func (s *sheet) stagesNow() grafana.Panel {
	p := table(frame{
		title: s.say("Stages", "各环节在办"),
		about: s.say("What is under way in each stage at the end of the range, in the order of the process, and the money of these orders: all, at risk, overdue (takt.open_by_stage). The name leads to the stage.",
			"所选时段结束时各环节的在办情况及金额（全部、即将超时、已超时），按流程顺序（takt.open_by_stage）。点击名称进入该环节。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT stage, %s AS %s, open AS %s, at_risk AS %s, overdue AS %s, %s AS %s, %s AS %s, %s AS %s, %s AS %s, %s AS %s, owner AS %s
FROM takt.%s
WHERE %s
ORDER BY position`,
		s.titled("", "stage"), s.as("Stage", "环节"), s.as("Under way", "在办"), s.as("At risk", "即将超时"), s.as("Overdue", "超时"),
		s.span("oldest_seconds"), s.as("Oldest", "最久"), s.span("limit_seconds"), s.as("Limit", "时限"), s.paid("amount"), s.as("Money", "金额"),
		s.paid("at_risk_amount"), s.as("Money at risk", "即将超时金额"), s.paid("overdue_amount"), s.as("Money overdue", "超时金额"),
		s.as("Owner", "责任人"), then("open_by_stage"), ours())))
	hidden(&p, "stage")
	on(&p, s.say("Stage", "环节"), s.toStage())
	on(&p, s.say("At risk", "即将超时"), above(warn)...)
	on(&p, s.say("Overdue", "超时"), above(bad)...)
	return p
}

// lateHalves is what was late by day, in both halves: one alone flatters.
func (s *sheet) lateHalves() grafana.Panel {
	p := bars(frame{
		title: s.say("Late, delivered and open", "逾期：已交付与未交付"),
		about: s.say("Orders delivered after their promise on the day, and orders still open past it when the day ended (takt.late_daily).",
			"当日超过承诺交期才交付的订单，以及日末已过承诺交期仍未交付的订单（takt.late_daily）。"),
		empty: s.say("No order has had a promise in this time", "该时段没有带承诺交期的订单"), unit: count,
	}, series(fmt.Sprintf("SELECT %s AS time, delivered_late AS %s, open_late AS %s\nFROM takt.late_daily\nWHERE %s\nORDER BY time",
		midnight, s.as("delivered late", "已交付逾期"), s.as("open late", "未交付逾期"), daily())))
	p.FieldConfig.Defaults.Custom.Stacking = nil
	return p
}

// paid writes an amount of a row with a currency; without one no source feeds it.
func (s *sheet) paid(amount string) string {
	return fmt.Sprintf("if(open > 0 AND currency = '', '%s', %s)", s.unfed(), s.money(amount, "currency"))
}

// lateOrders are the orders open past their promise, the latest first.
func (s *sheet) lateOrders() grafana.Panel {
	p := table(frame{
		title: s.say("Orders open past their promise, now", "当前未交付逾期订单"),
		about: s.say("The 200 longest late of them, with whose they are (takt.orders_late_open). The number leads to the order.",
			"逾期最久的 200 单及其责任人（takt.orders_late_open）。点击订单号查看经过。"),
		empty: s.say("None is late", "没有逾期订单"),
	}, rows(fmt.Sprintf(`
SELECT r.order_id AS %s, s.title AS %s, %s AS %s, if(r.owner != '', r.owner, r.owner_team) AS %s, %s AS %s, r.channel AS %s
FROM takt.orders_late_open AS r
LEFT JOIN (SELECT process, stage, %s AS title FROM takt.stages) AS s ON s.process = r.process AND s.stage = r.stage
WHERE r.%s
ORDER BY r.late_seconds DESC, r.order_id
LIMIT 200`,
		s.as("Order", "订单号"), s.as("Stage", "环节"), s.span("r.late_seconds"), s.as("Late for", "已逾期"), s.as("Owner", "责任人"),
		s.money("r.amount", "r.currency"), s.as("Money", "金额"), s.as("Channel", "渠道"), s.titled("", "stage"), ours())))
	on(&p, s.say("Order", "订单号"), s.toOrder())
	return p
}
