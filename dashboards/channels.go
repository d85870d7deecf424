package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// channels is the board that tells orders apart: by channel, or by another property that
// people choose.
func channels(l Language) grafana.Dashboard {
	s := managers(l, Channels, "channels")
	s.name("Channels", "渠道", "Where orders are late and slow: by channel, region, product or supplier.", "订单慢在哪、逾期在哪：按渠道、地区、商品或供应商。")
	s.marks("", "")
	s.dimension(orderDimensions())
	s.add(16, 4, s.worstValue())
	s.add(8, 4, s.freshness())
	s.add(24, 9, s.splitTable())
	s.add(12, 9, labeled(lines(frame{
		title: s.say("Delivered late, by day", "每日已交付逾期率"),
		about: s.say("Share of the orders completed on the day that were delivered after their promise; the ten values with the most orders (takt.orders_split_daily).",
			"当日完成订单中逾期交付的比例；订单最多的十个取值（takt.orders_split_daily）。"),
		empty: s.unmeasured(), unit: "percentunit",
	}, nil, s.splitSeries("orders_split_daily", "late_share", "completed", "")), "value"))
	s.add(12, 9, labeled(lines(frame{
		title: s.say("Order's time, nine of ten, by day", "每日订单周期（九成不超过）"),
		about: s.say("Time that nine of ten orders completed on the day kept; the ten values with the most orders (takt.orders_split_daily).",
			"当日完成的订单九成不超过的周期；订单最多的十个取值（takt.orders_split_daily）。"),
		empty: s.unmeasured(), unit: s.hourUnit(),
	}, nil, s.splitSeries("orders_split_daily", hours("cycle_p90_seconds"), "completed", "")), "value"))
	s.add(12, 9, labeled(bars(frame{
		title: s.say("Orders completed, by day", "每日完成订单"),
		about: s.say("Orders completed on the day; the ten values with the most orders (takt.orders_split_daily).", "当日完成的订单数；订单最多的十个取值（takt.orders_split_daily）。"),
		empty: s.unmeasured(), unit: count,
	}, s.splitSeries("orders_split_daily", "completed", "completed", "")), "value"))
	s.add(12, 9, s.openSplit())
	return s.board
}

// dimension lets people choose by what rows are told apart.
func (s *sheet) dimension(words []word) {
	var options string
	for i, w := range words {
		if i > 0 {
			options += ", "
		}
		options += "('" + w.code + "', '" + s.say(w.en, w.zh) + "')"
	}
	s.asked("by", s.say("By", "按"), "SELECT d.1 AS dimension, d.2 AS title FROM (SELECT arrayJoin(["+options+"]) AS d)")
}

// valued writes a value of the chosen dimension: an empty one is not told, and where no
// source tells any the dimension is not fed.
func (s *sheet) valued(value string) string {
	return fmt.Sprintf("if(%s = '', '%s', toString(%s))", value, s.say("(not told)", "（未提供）"), value)
}

// splitSeries is a figure by day of the ten values with the most of another.
func (s *sheet) splitSeries(relation, figure, most, more string) grafana.Target {
	where := daily() + " AND " + is("dimension", "by") + more
	return series(fmt.Sprintf(`
SELECT %[1]s AS time, %[2]s AS value, %[3]s AS Value
FROM takt.%[4]s
WHERE %[5]s AND value IN (SELECT value FROM takt.%[4]s WHERE %[5]s GROUP BY value ORDER BY sum(%[6]s) DESC, value LIMIT 10)
ORDER BY time, value`, midnight, s.valued("value"), figure, relation, where, most))
}

// worstValue says which value is late most, against all.
func (s *sheet) worstValue() grafana.Panel {
	return sentence(frame{
		title: s.say("Where is it worst?", "哪里最差"),
		about: s.say("The value with the most orders delivered late in the range beyond what the share of all would give (takt.orders_split_daily).",
			"所选时段内逾期交付数超出整体水平最多的取值（takt.orders_split_daily）。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT multiIf(sum(n) = 0, '%s', max(name = '') AND count() = 1, '%s', sum(late) = 0, '%s',
    max(beyond) < 3 * sqrt(greatest(1, argMax(n, beyond) * sum(late) / sum(n))), '%s',
    concat('%s', argMax(name, beyond), '%s', toString(round(100 * argMax(late / n, beyond), 1)), '%s', toString(round(100 * sum(late) / sum(n), 1)), '%s', toString(argMax(late, beyond)), '%s')) AS %s
FROM
(
    SELECT toString(value) AS name, sum(delivered) AS n, sum(delivered_late) AS late, late - n * (sum(late) OVER ()) / greatest(1, sum(n) OVER ()) AS beyond
    FROM takt.orders_split_daily
    WHERE %s AND %s
    GROUP BY value
)
HAVING count() > 0`,
		s.say("Not measured yet: no order with a promise was completed in this time.", "尚无数据：该时段没有完成带承诺交期的订单。"),
		s.say("Not connected: the sources do not tell this.", "未接入：来源未提供该信息。"),
		s.say("Normal: nothing was delivered late.", "正常：没有逾期交付。"),
		s.say("Normal: late orders are spread evenly.", "正常：逾期订单分布均匀。"),
		s.say("Worst: ", "最差："), s.say(", ", "，逾期率 "), s.say(" % late (all ", "%（整体 "), s.say(" %), ", "%），逾期 "), s.say(" orders.", " 单。"), s.as("Verdict", "结论"),
		daily(), is("dimension", "by"))),
		colored{s.say("^Worst", "^最差"), warn}, colored{s.say("^Not ", "^尚无|^未接入"), muted}, colored{".*", good})
}

// splitTable is what became of the orders of each value.
func (s *sheet) splitTable() grafana.Panel {
	p := table(frame{
		title: s.say("Orders of the range", "时段内订单"),
		about: s.say("Orders completed in the range by the chosen property, the ones delivered late and the ones that had an exception (takt.orders_split_daily).",
			"所选时段完成的订单，按所选维度：逾期交付与有过异常的（takt.orders_split_daily）。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT %s AS %s, sum(completed) AS %s, sum(cancelled) AS %s, sum(delivered_late) AS %s, if(sum(delivered) = 0, NULL, sum(delivered_late) / sum(delivered)) AS %s,
    sum(with_exceptions) AS %s, if(sum(completed) + sum(cancelled) = 0, NULL, sum(with_exceptions) / (sum(completed) + sum(cancelled))) AS %s, round(sum(amount)) AS %s
FROM takt.orders_split_daily
WHERE %s AND %s
GROUP BY value
ORDER BY sum(completed) DESC, value
LIMIT 100`,
		s.valued("value"), s.as("Value", "取值"), s.as("Completed", "完成"), s.as("Cancelled", "取消"), s.as("Delivered late", "已交付逾期"), s.as("Late share", "逾期率"),
		s.as("With exceptions", "有异常"), s.as("Exception share", "异常率"), s.as("Money", "金额"), daily(), is("dimension", "by"))))
	on(&p, s.say("Late share", "逾期率"), unit("percentunit"))
	on(&p, s.say("Exception share", "异常率"), unit("percentunit"))
	on(&p, s.say("Money", "金额"), unit(count))
	return p
}

// openSplit is what is open now by the chosen property.
func (s *sheet) openSplit() grafana.Panel {
	p := table(frame{
		title: s.say("Orders open, now", "当前未完成订单"),
		about: s.say("Orders open now by the chosen property: late, due today, and going to be late at the usual pace (takt.open_split).",
			"当前未完成订单，按所选维度：已逾期、今天到期、按通常速度将逾期（takt.open_split）。"),
		empty: s.say("No order is open", "没有未完成订单"),
	}, rows(fmt.Sprintf("SELECT %s AS %s, open AS %s, late AS %s, due_today AS %s, expected_late AS %s, round(amount) AS %s\nFROM takt.open_split\nWHERE %s AND %s\nORDER BY open DESC, value\nLIMIT 100",
		s.valued("value"), s.as("Value", "取值"), s.as("Open", "未完成"), s.as("Late", "未交付逾期"), s.as("Due today", "今天到期"), s.as("Going to be late", "预计逾期"), s.as("Money", "金额"),
		ours(), is("dimension", "by"))))
	on(&p, s.say("Late", "未交付逾期"), above(bad)...)
	on(&p, s.say("Going to be late", "预计逾期"), above(warn)...)
	on(&p, s.say("Money", "金额"), unit(count))
	return p
}
