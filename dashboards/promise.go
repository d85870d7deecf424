package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// promise is the board about what customers were told: by which date orders came, which
// promises were changed, and what is going to be late.
func promise(l Language) grafana.Dashboard {
	s := managers(l, Promise, "promise")
	s.name("Promise ladder", "承诺交期", "Which promises were kept: the last, the first, the date asked for, in full, perfect.", "承诺兑现情况：现行承诺、首次承诺、客户要求、足量、完美订单。")
	s.marks("", "")
	s.add(16, 4, s.promiseVerdict())
	s.add(8, 4, s.freshness())
	s.add(24, 5, s.ladder())
	s.add(12, 9, s.ladderDaily())
	s.add(12, 9, s.lateHalves())
	s.add(12, 8, s.rewritten())
	s.add(12, 8, s.drift())
	s.add(12, 10, s.expectedLate())
	s.add(12, 10, s.lateOrders())
	return s.board
}

// promiseVerdict says whether promises are kept as well as the process wants it.
func (s *sheet) promiseVerdict() grafana.Panel {
	return sentence(frame{
		title: s.say("Are promises kept?", "承诺是否兑现"),
		about: s.say("Share of the orders completed in the range that came by their last promise, against the process's objective, and what is open past it now (takt.promise_daily, takt.orders_late_open).",
			"所选时段完成订单按现行承诺交付的比例与流程目标相比，以及当前未交付逾期（takt.promise_daily、takt.orders_late_open）。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT concat(multiIf(d.days = 0, '%s', d.promised = 0, '%s', isNull(p.promise_objective), '%s', d.kept / d.promised >= p.promise_objective, '%s', '%s'),
    if(d.promised = 0, '', concat('%s', toString(round(100 * d.kept / greatest(1, d.promised), 1)), '%s', if(isNull(p.promise_objective), '', concat('%s', toString(round(100 * p.promise_objective, 1)), '%s')))),
    if(o.n = 0, '', concat('%s', toString(o.n), '%s', toString(o.team), '%s'))) AS %s
FROM takt.processes AS p
LEFT JOIN (SELECT process, count() AS days, sumIf(last_promised, %s) AS promised, sumIf(last_kept, %s) AS kept FROM takt.promise_daily WHERE last_promised > 0 GROUP BY process) AS d ON d.process = p.process
LEFT JOIN (SELECT process, count() AS n, topK(1)(toString(if(owner = '', owner_team, owner)))[1] AS team FROM takt.orders_late_open WHERE %s GROUP BY process) AS o ON o.process = p.process
WHERE p.%s`,
		s.say("Not connected: no order has a promise", "未接入：订单均无承诺交期"), s.say("Not measured yet: none was completed in this time", "尚无数据：该时段没有完成的订单"),
		s.say("Promises kept", "承诺兑现"), s.say("Normal", "正常"), s.say("Worse than wanted", "低于目标"),
		s.say(": ", "："), s.say(" % by the last promise", "% 按现行承诺交付"), s.say(" (wanted ", "（目标 "), s.say(" %)", "%）"),
		s.say(". Open past it: ", "。未交付逾期 "), s.say(", most with ", " 单，最多的是 "), s.say(".", "。"), s.as("Verdict", "结论"),
		daily(), daily(), ours(), ours())),
		colored{s.say("^Worse", "^低于"), bad}, colored{s.say("^Not ", "^未接入|^尚无"), muted}, colored{".*", good})
}

// rung is one of the ladder: its share of the orders that could have reached it.
type rung struct{ of, kept, en, zh string }

func rungs() []rung {
	return []rung{
		{"last_promised", "last_kept", "last promise", "现行承诺"},
		{"first_promised", "first_kept", "first promise", "首次承诺"},
		{"requested", "requested_kept", "date asked for", "客户要求"},
		{"requested", "in_full", "and in full", "且足量"},
		{"requested", "perfect", "perfect", "完美订单"},
	}
}

// ladder is the share of each rung in the range.
func (s *sheet) ladder() grafana.Panel {
	var columns string
	for i, r := range rungs() {
		if i > 0 {
			columns += ",\n    "
		}
		columns += fmt.Sprintf("multiIf(sum(r.%[1]s) = 0, %[2]d, sumIf(r.%[1]s, r.inside) = 0, NULL, sumIf(r.%[3]s, r.inside) / sumIf(r.%[1]s, r.inside)) AS %[4]s", r.of, notFed, r.kept, s.as(r.en, r.zh))
	}
	return s.indicator(frame{
		title: s.say("Ladder of the range", "时段内承诺阶梯"),
		about: s.say("Share of the orders completed in the range that came by the last promise, by the first, by the date the customer asked for, also in full, and without any fault (takt.promise_daily). Not connected: no order ever had such a date.",
			"所选时段完成的订单中，按现行承诺、首次承诺、客户要求时间交付，且足量、且无差错的比例（takt.promise_daily）。未接入：从未有订单带此日期。"),
		unit: "percentunit",
	}, steps(plain), fmt.Sprintf(`
SELECT %s
FROM takt.processes AS p
LEFT JOIN (SELECT *, %s AS inside FROM takt.promise_daily WHERE %s) AS r ON r.process = p.process
WHERE p.%s
GROUP BY p.process`, columns, daily(), ours(), ours()))
}

// ladderDaily is the share of each rung by day; a rung that is not fed has no line.
func (s *sheet) ladderDaily() grafana.Panel {
	columns := midnight + " AS time"
	for _, r := range rungs() {
		columns += fmt.Sprintf(", if(%[1]s = 0, NULL, %[2]s / %[1]s) AS %[3]s", r.of, r.kept, s.as(r.en, r.zh))
	}
	p := lines(frame{
		title: s.say("Ladder by day", "每日承诺阶梯"),
		about: s.say("The same shares by day of completion (takt.promise_daily).", "同上，按完成日（takt.promise_daily）。"),
		empty: s.unmeasured(), unit: "percentunit",
	}, nil, series("SELECT "+columns+"\nFROM takt.promise_daily\nWHERE "+daily()+"\nORDER BY time"))
	return p
}

// rewritten are the orders whose promise was changed.
func (s *sheet) rewritten() grafana.Panel {
	p := bars(frame{
		title: s.say("Promises changed", "改期订单"),
		about: s.say("Orders completed on the day whose promise had been changed, and those whose promise was changed when it had passed already (takt.promise_daily).",
			"当日完成的订单中承诺被改期的，以及逾期之后才改期的（takt.promise_daily）。"),
		empty: s.unmeasured(), unit: count,
	}, series(fmt.Sprintf("SELECT %s AS time, rewritten AS %s, rewritten_late AS %s\nFROM takt.promise_daily\nWHERE %s\nORDER BY time",
		midnight, s.as("changed", "改期"), s.as("changed when late", "逾期后改期"), daily())))
	p.FieldConfig.Defaults.Custom.Stacking = nil
	return p
}

// drift is by how much promises were moved.
func (s *sheet) drift() grafana.Panel {
	p := lines(frame{
		title: s.say("By how much promises moved", "改期幅度"),
		about: s.say("Last less first promise of the changed ones, half and nine of ten, by day of completion (takt.promise_daily).", "改期订单末次减首次承诺的幅度，半数与九成不超过，按完成日（takt.promise_daily）。"),
		empty: s.say("No promise was changed in this time", "该时段没有改期"), unit: s.hourUnit(),
	}, nil, series(fmt.Sprintf("SELECT %s AS time, %s AS %s, %s AS %s\nFROM takt.promise_daily\nWHERE %s AND rewritten > 0\nORDER BY time",
		midnight, hours("drift_p50_seconds"), s.as("half", "半数不超过"), hours("drift_p90_seconds"), s.as("nine of ten", "九成不超过"), daily())))
	p.FieldConfig.Defaults.Min = nil
	return p
}

// expectedLate are the orders that are in time still and will not be at the usual pace.
func (s *sheet) expectedLate() grafana.Panel {
	p := table(frame{
		title: s.say("Due today or going to be late, now", "今天到期或预计逾期"),
		about: s.say("Open orders that are due today or will be late at the usual pace of their stage, the nearest first, at most 200 (takt.orders_open).",
			"今天到期、或按所在环节通常速度将逾期的未完成订单，最紧急的在前，至多 200 单（takt.orders_open）。"),
		empty: s.say("None is due today or going to be late", "没有今天到期或预计逾期的订单"),
	}, rows(fmt.Sprintf(`
SELECT r.order_id AS %s, s.title AS %s, if(ifNull(r.expected_late, false), '%s', '%s') AS %s, %s AS %s, %s AS %s, if(r.owner != '', r.owner, r.owner_team) AS %s, %s AS %s
FROM (SELECT * FROM takt.orders_open WHERE %s AND NOT late AND (due_today OR ifNull(expected_late, false))) AS r
LEFT JOIN (SELECT process, stage, %s AS title FROM takt.stages) AS s ON s.process = r.process AND s.stage = r.stage
ORDER BY r.left_seconds, r.order_id
LIMIT 200`,
		s.as("Order", "订单号"), s.as("Stage", "环节"), s.say("going to be late", "预计逾期"), s.say("due today", "今天到期"), s.as("Why", "原因"),
		s.span("r.left_seconds"), s.as("Left", "剩余"), s.span("r.expected_left_seconds"), s.as("Usually needed", "通常还需"), s.as("Owner", "责任人"),
		s.money("r.amount", "r.currency"), s.as("Money", "金额"), ours(), s.titled("", "stage"))))
	on(&p, s.say("Order", "订单号"), s.toOrder())
	return p
}
