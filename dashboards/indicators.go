package dashboards

import (
	"fmt"
	"strings"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// indicators adds the six numbers that a manager follows.
func (s *sheet) indicators() {
	s.add(4, 4, s.indicator(frame{
		title: s.say("Orders open", "未完成订单"),
		about: s.say("Orders that are neither completed nor cancelled, now (takt.orders_open).", "当前未完成也未取消的订单数（takt.orders_open）。"),
		unit:  count,
	}, steps(plain), s.ofProcess(s.as("orders", "单"), "countIf(r.order_id != '')", "(SELECT process, order_id FROM takt.orders_open)")))
	// The two ask the same, which is then answered once, and each shows its own column.
	stays := s.ofProcess(s.as("at risk", "即将超时"), "sum(r.at_risk)", "(SELECT process, at_risk, overdue FROM takt."+then("open_by_stage")+")",
		"sum(r.overdue) AS "+s.as("overdue", "超时"))
	s.add(4, 4, column(s.indicator(frame{
		title: s.say("At risk", "即将超时"),
		about: s.say("Stays in stages that have used most of their limit, at the end of the range (takt.open_by_stage).", "所选时段结束时已用去大部分时限的在办（takt.open_by_stage）。"),
		unit:  count,
	}, steps(good, bound{1, warn}), stays), s.say("at risk", "即将超时")))
	s.add(4, 4, column(s.indicator(frame{
		title: s.say("Overdue", "超时"),
		about: s.say("Stays in stages past their limit, at the end of the range (takt.open_by_stage).", "所选时段结束时已超过环节时限的在办（takt.open_by_stage）。"),
		unit:  count,
	}, steps(good, bound{1, bad}), stays), s.say("overdue", "超时")))
	late := s.indicator(frame{
		title: s.say("Late: delivered | open", "逾期：已交付 | 未交付"),
		about: s.say("Orders of the range delivered after their promise, and orders open past it at the end of its last day (takt.late_daily). Not connected: no order has a promise.",
			"所选时段内超过承诺交期才交付的订单，以及最后一日日末已过承诺交期仍未交付的订单（takt.late_daily）。未接入：订单均无承诺交期。"),
		unit: count,
	}, steps(good, bound{1, warn}), fmt.Sprintf(`
SELECT
    multiIf(countIf(r.process != '') = 0, %[1]d, countIf(r.inside) = 0, NULL, toInt64(sumIf(r.delivered_late, r.inside))) AS %[2]s,
    multiIf(countIf(r.process != '') = 0, %[1]d, countIf(r.inside) = 0, NULL, argMaxIf(r.open_late, r.day, r.inside)) AS %[3]s
FROM takt.processes AS p
LEFT JOIN (SELECT process, day, delivered_late, open_late, %[4]s AS inside FROM takt.late_daily WHERE %[5]s) AS r ON r.process = p.process
WHERE p.%[5]s
GROUP BY p.process`, notFed, s.as("delivered late", "已交付逾期"), s.as("open late", "未交付逾期"), daily(), ours()))
	late.Links = s.to(Promise, "Which promises", "查看承诺交期")
	s.add(4, 4, late)
	exceptions := s.indicator(frame{
		title: s.say("Exceptions open", "待处理异常"),
		about: s.say("Exceptions on which somebody has to act, now (takt.exception_states).", "当前需要有人处理的异常数（takt.exception_states）。"),
		unit:  count,
	}, steps(good, bound{1, warn}), s.ofProcess(s.as("exceptions", "异常"), "countIf(r.open)", "(SELECT process, open FROM takt.exception_states)"))
	exceptions.Links = s.to(Exceptions, "Which exceptions", "查看异常")
	s.add(4, 4, exceptions)
	cycle := s.indicator(frame{
		title: s.say("Order's time, nine of ten", "订单周期（九成不超过）"),
		about: s.say("Time from opening to completion that nine of ten orders completed on the last day of the range kept (takt.order_cycle_daily).",
			"所选时段最后一日完成的订单，九成不超过的周期（takt.order_cycle_daily）。"),
		unit: s.hourUnit(),
	}, steps(plain), fmt.Sprintf(`
SELECT %s AS %s
FROM takt.processes AS p
LEFT JOIN (SELECT process, day, cycle_p90_seconds FROM takt.order_cycle_daily WHERE %s AND completed > 0) AS r ON r.process = p.process
WHERE p.%s
GROUP BY p.process`, hours("argMax(r.cycle_p90_seconds, r.day)"), s.as("nine of ten", "九成不超过"), daily(), ours()))
	cycle.Links = s.to(Bottleneck, "What changed it", "查看变化来自哪里")
	s.add(4, 4, cycle)
}

// ofProcess asks for one number of the board's process, and for more: a row if there is
// such a process.
func (s *sheet) ofProcess(name, number, relation string, more ...string) string {
	numbers := strings.Join(append([]string{number + " AS " + name}, more...), ", ")
	return fmt.Sprintf("SELECT %s\nFROM takt.processes AS p\nLEFT JOIN %s AS r ON r.process = p.process\nWHERE p.%s\nGROUP BY p.process", numbers, relation, ours())
}

// column has an indicator show one column of several.
func column(p grafana.Panel, name string) grafana.Panel {
	o := p.Options.(grafana.Stat)
	o.ReduceOptions.Fields = "/^" + name + "$/"
	p.Options = o
	return p
}
