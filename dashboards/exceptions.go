package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// exceptions is the board about what needs somebody: how much, whose, how old, and how
// fast it is answered and resolved.
func exceptions(l Language) grafana.Dashboard {
	s := managers(l, Exceptions, "exceptions")
	s.name("Exceptions", "异常", "What needs somebody, whose it is, how old it is, and how fast it is answered.", "哪些异常需要处理、归谁、多久了、认领与解决有多快。")
	s.marks("", "")
	s.filter("kind", s.say("Kind", "类型"), "SELECT DISTINCT kind, "+s.translate("kind", kinds())+" AS title FROM takt.exceptions WHERE "+ours()+" ORDER BY kind")
	s.filter("team", s.say("Team", "团队"), "SELECT DISTINCT team FROM takt.teams WHERE "+ours()+" ORDER BY team")
	s.add(16, 4, s.exceptionVerdict())
	s.add(8, 4, s.freshness())
	s.add(24, 4, s.exceptionCounts())
	s.add(12, 9, labeled(bars(frame{
		title: s.say("Opened by day", "每日新增异常"),
		about: s.say("Exceptions opened on the day and not withdrawn, by kind (takt.exceptions_daily).", "当日触发且未撤回的异常，按类型（takt.exceptions_daily）。"),
		empty: s.say("No exception of the chosen kinds in this time", "该时段没有所选类型的异常"), unit: count,
	}, s.byKind("exceptions_daily", "toInt64(sum(exceptions))", "kind")), "kind"))
	s.add(12, 9, labeled(lines(frame{
		title: s.say("Exception rate by day", "每日异常率"),
		about: s.say("Orders concerned of those open at any time of the day, by kind and stage at its highest (takt.exceptions_daily).", "涉及订单占当日有过在办订单的比例；每个类型取比例最高的环节（takt.exceptions_daily）。"),
		empty: s.say("No exception of the chosen kinds in this time", "该时段没有所选类型的异常"), unit: "percentunit",
	}, nil, s.byKind("exceptions_daily", "max(order_share)", "kind")), "kind"))
	s.add(12, 9, s.answerTimes())
	s.add(12, 9, s.exceptionOwners())
	s.add(24, 12, s.exceptionList())
	return s.board
}

// byKind is a figure of each kind by day.
func (s *sheet) byKind(relation, figure, kind string) grafana.Target {
	return series(fmt.Sprintf("SELECT %s AS time, %s AS kind, %s AS Value\nFROM takt.%s AS r\nWHERE r.%s AND %s\nGROUP BY r.process, r.day, r.kind\nORDER BY time, kind",
		"takt_day_start(r.process, r.day)", s.translate("r."+kind, kinds()), figure, relation, daily(), among("r."+kind, "kind")))
}

// chosenExceptions keeps the exceptions that the filters let pass.
func chosenExceptions() string {
	return ours() + " AND " + among("kind", "kind") + " AND " + among("owner_team", "team")
}

// exceptionVerdict says whether more exceptions are opened than usual, and who has most
// of the open ones.
func (s *sheet) exceptionVerdict() grafana.Panel {
	return sentence(frame{
		title: s.say("Is it worse than normal, and whose is it?", "是否比平时多、归谁"),
		about: s.say("Exceptions opened on the last whole day of the range against the median of the days before, and the team with the most open ones now (takt.exceptions_daily, takt.exception_states).",
			"所选时段最后一个完整日的新增异常与此前各日中位数相比，以及当前待处理最多的团队（takt.exceptions_daily、takt.exception_states）。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT concat(multiIf(d.days < 2, '%s', d.latest >= 1.25 * d.usual + 10, '%s', '%s'),
    if(d.days < 2, '', concat('%s', toString(d.latest), '%s', toString(round(d.usual)), '%s')),
    if(e.n = 0, '%s', concat('%s', toString(e.n), '%s', toString(e.unanswered), '%s', e.most, '%s', %s, '%s'))) AS %s
FROM takt.processes AS p
LEFT JOIN
(
    SELECT process, count() AS days, argMax(n, day) AS latest, quantileExactInclusiveIf(0.5)(n, day < last) AS usual
    FROM
    (
        SELECT process, day, sum(exceptions) AS n, max(day) OVER () AS last
        FROM takt.exceptions_daily
        WHERE %s AND %s AND day < takt_day(process, now64(3, 'UTC'))
        GROUP BY process, day
    )
    GROUP BY process
) AS d ON d.process = p.process
LEFT JOIN
(
    SELECT process, count() AS n, countIf(isNull(acknowledged_at)) AS unanswered, topK(1)(toString(owner_team))[1] AS most, max(dateDiff('second', opened_at, now64(3, 'UTC'))) AS oldest
    FROM takt.exception_states
    WHERE open AND %s
    GROUP BY process
) AS e ON e.process = p.process
WHERE p.%s`,
		s.say("Not measured yet", "尚无数据"), s.say("More than usual", "多于平时"), s.say("Normal", "正常"),
		s.say(": ", "："), s.say(" opened on the last day (usual ", " 个新增（平时 "), s.say(")", " 个）"),
		s.say(". None is open.", "。没有待处理异常。"), s.say(". Open: ", "。待处理 "), s.say(", unanswered ", " 个，未认领 "), s.say(", most with ", " 个，最多的是 "),
		s.say(", oldest ", "，最久"), s.span("e.oldest"), s.say(".", "。"), s.as("Verdict", "结论"),
		daily(), among("kind", "kind"), chosenExceptions(), ours())),
		colored{s.say("^More", "^多于"), warn}, colored{s.say("^Not measured", "^尚无"), muted}, colored{".*", good})
}

// exceptionCounts is how many are open and how far they have come.
func (s *sheet) exceptionCounts() grafana.Panel {
	return s.indicator(frame{
		title: s.say("Open now", "当前待处理"),
		about: s.say("Exceptions on which somebody has to act, now: all, not acknowledged, without an owner, escalated, reopened (takt.exception_states).",
			"当前需处理的异常：全部、未认领、无责任人、已升级、重开（takt.exception_states）。"),
		unit: count,
	}, steps(good, bound{1, warn}), fmt.Sprintf(`
SELECT countIf(r.open) AS %s, countIf(r.open AND isNull(r.acknowledged_at)) AS %s, countIf(r.open AND r.owner = '' AND r.owner_team = '') AS %s,
    countIf(r.open AND isNotNull(r.escalated_at)) AS %s, countIf(r.open AND r.times > 0) AS %s
FROM takt.processes AS p
LEFT JOIN (SELECT process, open, acknowledged_at, owner, owner_team, escalated_at, reopened AS times FROM takt.exception_states WHERE %s) AS r ON r.process = p.process
WHERE p.%s
GROUP BY p.process`,
		s.as("open", "待处理"), s.as("not acknowledged", "未认领"), s.as("without an owner", "无责任人"), s.as("escalated", "已升级"), s.as("reopened", "重开"), chosenExceptions(), ours()))
}

// answerTimes is how long the closed loop takes, week by week.
func (s *sheet) answerTimes() grafana.Panel {
	p := table(frame{
		title: s.say("Closed loop, by week", "闭环时效（按周）"),
		about: s.say("Of the exceptions opened in the week: how many were acknowledged, located and resolved, and the time that nine of ten kept (takt.exception_answers_weekly, all kinds).",
			"当周触发的异常：已认领、已定位、已解决的数量及九成不超过的时长（takt.exception_answers_weekly，全部类型）。"),
		empty: s.say("No exception in this time", "该时段没有异常"),
	}, rows(fmt.Sprintf(`
SELECT day AS %s, exceptions AS %s, acknowledged AS %s, if(acknowledged = 0, '%s', %s) AS %s, located AS %s, %s AS %s, resolved AS %s, %s AS %s, escalated AS %s
FROM takt.exception_answers_weekly
WHERE %s AND kind = '' AND day >= toMonday(takt_day(process, $__fromTime)) AND day <= takt_day(process, $__toTime)
ORDER BY day DESC`,
		s.as("Week", "周"), s.as("Exceptions", "异常"), s.as("Acknowledged", "已认领"), s.say("nobody has", "无人认领"), s.span("acknowledge_p90_seconds"), s.as("Time to acknowledge", "认领时长"),
		s.as("Located", "已定位"), s.span("locate_p90_seconds"), s.as("Time to locate", "定位时长"), s.as("Resolved", "已解决"), s.span("resolve_p90_seconds"), s.as("Time to resolve", "解决时长"),
		s.as("Escalated", "已升级"), ours())))
	return p
}

// exceptionOwners is who has the open ones.
func (s *sheet) exceptionOwners() grafana.Panel {
	p := table(frame{
		title: s.say("Whose they are, now", "当前归属"),
		about: s.say("Open exceptions by team and person, with the oldest of them (takt.exception_states).", "待处理异常按团队与责任人，及其中最久的（takt.exception_states）。"),
		empty: s.say("None is open", "没有待处理异常"),
	}, rows(fmt.Sprintf(`
SELECT owner_team AS %s, owner AS %s, count() AS %s, countIf(isNull(acknowledged_at)) AS %s, %s AS %s
FROM takt.exception_states
WHERE open AND %s
GROUP BY owner_team, owner
ORDER BY count() DESC, owner_team, owner
LIMIT 100`,
		s.as("Team", "团队"), s.as("Person", "责任人"), s.as("Open", "待处理"), s.as("Not acknowledged", "未认领"),
		s.span("max(dateDiff('second', opened_at, now64(3, 'UTC')))"), s.as("Oldest", "最久"), chosenExceptions())))
	on(&p, s.say("Not acknowledged", "未认领"), above(warn)...)
	return p
}

// exceptionList are the open ones, the most serious and oldest first.
func (s *sheet) exceptionList() grafana.Panel {
	p := table(frame{
		title: s.say("Open exceptions, now", "当前待处理异常"),
		about: s.say("The 200 most serious and oldest of them (takt.exception_states). The number leads to the order.", "最严重、最久的 200 个（takt.exception_states）。点击订单号查看经过。"),
		empty: s.say("None is open", "没有待处理异常"),
	}, rows(fmt.Sprintf(`
SELECT r.order_id AS %s, %s AS %s, %s AS %s, s.title AS %s, %s AS %s, %s AS %s, multiIf(r.owner_team = '' OR r.owner = r.owner_team, toString(r.owner), r.owner = '', toString(r.owner_team), concat(r.owner_team, ' · ', r.owner)) AS %s, %s AS %s, r.cause AS %s
FROM (SELECT * FROM takt.exception_states WHERE open AND %s) AS r
LEFT JOIN (SELECT process, stage, %s AS title FROM takt.stages) AS s ON s.process = r.process AND s.stage = r.stage
ORDER BY indexOf(['critical', 'warning', 'info'], toString(r.severity)), r.opened_at, r.order_id
LIMIT 200`,
		s.as("Order", "订单号"), s.translate("r.kind", kinds()), s.as("Kind", "类型"), s.translate("r.severity", severities()), s.as("Severity", "严重程度"), s.as("Stage", "环节"),
		s.span("dateDiff('second', r.opened_at, now64(3, 'UTC'))"), s.as("Age", "时长"), s.translate("r.state", exceptionStates()), s.as("State", "状态"), s.as("Owner", "责任人"),
		s.money("toFloat64(ifNull(r.amount, 0))", "r.currency"), s.as("Money", "金额"), s.as("Cause", "原因"), chosenExceptions(), s.titled("", "stage"))))
	on(&p, s.say("Order", "订单号"), s.toOrder())
	on(&p, s.say("Severity", "严重程度"), painted(colored{s.say("critical", "严重"), bad}, colored{s.say("warning", "警告"), warn})...)
	return p
}
