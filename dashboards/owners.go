package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// owners is the board about people and teams: who has what, how old it is, and what
// waits between teams. It shows load, not merit.
func owners(l Language) grafana.Dashboard {
	s := managers(l, Owners, "owners")
	s.name("Owners and teams", "责任人与团队", "Who has what, how old it is, and what waits between teams.", "谁手里有多少、多久了、团队之间卡在哪里。")
	s.marks("", "")
	s.add(16, 4, s.ownerVerdict())
	s.add(8, 4, s.freshness())
	s.add(24, 10, s.ownersNow())
	s.add(12, 9, s.teamShare())
	s.add(12, 9, s.handovers())
	s.add(12, 9, s.handoverWaits())
	s.add(12, 9, s.handoverAnswers())
	return s.board
}

// ownerVerdict says who has most of what is overdue.
func (s *sheet) ownerVerdict() grafana.Panel {
	return sentence(frame{
		title: s.say("Who has most of what is overdue?", "超时最多的在谁手里"),
		about: s.say("The person or team with the most stays past their limit now (takt.owners_open).", "当前超时在办最多的责任人或团队（takt.owners_open）。"),
		empty: s.unmatched(),
	}, rows(fmt.Sprintf(`
SELECT multiIf(sum(o.open) = 0, '%s', sum(o.overdue) = 0, '%s',
    concat('%s', if(any(o.owner) = '' AND any(o.owner_team) = '', '', argMax(if(o.owner = '', toString(o.owner_team), toString(o.owner)), o.overdue)), '%s', toString(max(o.overdue)), '%s', toString(sum(o.overdue)), '%s',
        toString(argMax(o.open, o.overdue)), '%s', %s, '%s')) AS %s
FROM takt.processes AS p
LEFT JOIN takt.owners_open AS o ON o.process = p.process
WHERE p.%s
GROUP BY p.process`,
		s.say("Nothing is under way.", "没有在办。"), s.say("Normal: nothing is overdue.", "正常：没有超时。"),
		s.say("Most overdue: ", "超时最多："), s.say(", ", "，"), s.say(" of ", " 单，共 "), s.say(" overdue; under way ", " 单；在办 "), s.say(", oldest ", " 单，最久"),
		s.span("argMax(o.oldest_seconds, o.overdue)"), s.say(".", "。"), s.as("Verdict", "结论"), ours())),
		colored{s.say("^Most", "^超时最多"), warn}, colored{".*", good})
}

// ownersNow is what each has under way.
func (s *sheet) ownersNow() grafana.Panel {
	p := table(frame{
		title: s.say("Load, now", "当前负荷"),
		about: s.say("Stays under way by team and person: overdue, at risk, how old (takt.owners_open).", "在办按团队与责任人：超时、即将超时、时长（takt.owners_open）。"),
		empty: s.say("Nothing is under way", "没有在办"),
	}, rows(fmt.Sprintf(`
SELECT if(o.owner_team = '', '%s', toString(o.owner_team)) AS %s, o.owner AS %s,
    arrayStringConcat(arrayMap(t -> t.2, arraySort(arrayFilter(t -> has(o.stages, t.3), s.titles))), '%s') AS %s, o.open AS %s, o.at_risk AS %s, o.overdue AS %s,
    %s AS %s, %s AS %s, %s AS %s, %s AS %s
FROM takt.owners_open AS o
LEFT JOIN (SELECT process, groupArray((position, %s, stage)) AS titles FROM takt.stages GROUP BY process) AS s ON s.process = o.process
WHERE o.%s
ORDER BY o.overdue DESC, o.open DESC, o.owner_team, o.owner
LIMIT 200`,
		s.say("(nobody named)", "（未指定）"), s.as("Team", "团队"), s.as("Person", "责任人"), s.say(", ", "、"), s.as("Stages", "环节"),
		s.as("Under way", "在办"), s.as("At risk", "即将超时"), s.as("Overdue", "超时"), s.span("o.age_p50_seconds"), s.as("Half are older than", "半数超过"),
		s.span("o.oldest_seconds"), s.as("Oldest", "最久"), s.money("o.amount", "o.currency"), s.as("Money", "金额"), s.money("o.overdue_amount", "o.currency"), s.as("Overdue money", "超时金额"),
		s.titled("", "stage"), ours())))
	on(&p, s.say("At risk", "即将超时"), above(warn)...)
	on(&p, s.say("Overdue", "超时"), above(bad)...)
	return p
}

// teamShare is what share of each team's stays was over the limit.
func (s *sheet) teamShare() grafana.Panel {
	return labeled(lines(frame{
		title: s.say("Over the limit by team and day", "各团队每日超时率"),
		about: s.say("Share of the stays left on the day that were over the limit, by team (takt.stage_split_daily).", "当日离开的停留中超时的比例，按团队（takt.stage_split_daily）。"),
		empty: s.unmeasured(), unit: "percentunit",
	}, nil, series(fmt.Sprintf(`
SELECT %s AS time, %s AS team, sum(breached) / sum(due) AS Value
FROM takt.stage_split_daily
WHERE %s AND dimension = 'owner_team'
GROUP BY process, day, value
HAVING sum(due) > 0
ORDER BY time, team`, midnight, s.valued("value"), daily()))), "team")
}

// handovers are the steps from one team to another in the range.
func (s *sheet) handovers() grafana.Panel {
	return table(frame{
		title: s.say("Hand-overs between teams", "团队间交接"),
		about: s.say("Steps from one team to another in the range, the visits after them that exceeded their limit, and the wait of nine of ten on the last day (takt.handovers_daily).",
			"所选时段团队间的流转次数、接手后超时的次数，以及最后一日九成不超过的交接等待（takt.handovers_daily）。"),
		empty: s.say("No hand-over between teams in this time", "该时段没有跨团队交接"),
	}, rows(fmt.Sprintf(`
SELECT from_team AS %s, to_team AS %s, sum(handovers) AS %s, sum(overdue) AS %s, %s AS %s
FROM takt.handovers_daily
WHERE %s
GROUP BY from_team, to_team
ORDER BY sum(handovers) DESC, from_team, to_team
LIMIT 50`,
		s.as("From", "交出"), s.as("To", "接手"), s.as("Hand-overs", "交接"), s.as("Overdue after it", "接手后超时"), s.span("argMax(wait_p90_seconds, day)"), s.as("Wait, nine of ten", "九成等待不超过"), daily())))
}

// handoverWaits is how long orders wait between two teams.
func (s *sheet) handoverWaits() grafana.Panel {
	return labeled(lines(frame{
		title: s.say("Wait between teams by day", "每日团队间等待"),
		about: s.say("Wait that nine of ten hand-overs of the day kept; the ten busiest pairs (takt.handovers_daily).", "当日九成交接不超过的等待时长；最繁忙的十对团队（takt.handovers_daily）。"),
		empty: s.unmeasured(), unit: s.hourUnit(),
	}, nil, series(fmt.Sprintf(`
SELECT %[1]s AS time, concat(from_team, ' → ', to_team) AS teams, %[2]s AS Value
FROM takt.handovers_daily
WHERE %[3]s AND (from_team, to_team) IN (SELECT from_team, to_team FROM takt.handovers_daily WHERE %[3]s GROUP BY from_team, to_team ORDER BY sum(handovers) DESC, from_team, to_team LIMIT 10)
ORDER BY time, teams`, midnight, hours("wait_p90_seconds"), daily()))), "teams")
}

// handoverAnswers is how fast requests to take over are accepted.
func (s *sheet) handoverAnswers() grafana.Panel {
	p := lines(frame{
		title: s.say("Time to accept a hand-over", "接手时长"),
		about: s.say("Time from a request to its acceptance that half and nine of ten of the day kept (takt.handover_answers_daily). Not connected unless sources send handover.requested and handover.accepted.",
			"从发起交接到接手，当日半数与九成不超过的时长（takt.handover_answers_daily）。来源需发送 handover.requested 与 handover.accepted，否则为未接入。"),
		empty: s.say("Not connected: no source sends hand-overs in this time", "未接入：该时段没有来源发送交接事件"), unit: s.hourUnit(),
	}, nil, series(fmt.Sprintf("SELECT %s AS time, %s AS %s, %s AS %s\nFROM takt.handover_answers_daily\nWHERE %s\nORDER BY time",
		midnight, hours("answer_p50_seconds"), s.as("half", "半数不超过"), hours("answer_p90_seconds"), s.as("nine of ten", "九成不超过"), daily())))
	p.Links = []grafana.Link{s.howToFeed()}
	return p
}
