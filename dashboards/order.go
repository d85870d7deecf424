package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// order is the board about one order number: where it is, its way so far, everything
// that happened. The number is looked up in every process.
func order(l Language) grafana.Dashboard {
	s := newSheet(l, Order, "order")
	s.name("Order", "订单", "Where one order is and everything that happened to it.", "单个订单当前所在环节及全部经过。")
	s.board.Time.From = "now-30d"
	s.source()
	s.variable(grafana.Variable{
		Name: "order", Label: s.say("Order number", "订单号"), Type: "textbox", Query: "", Current: &grafana.Current{Text: "", Value: ""},
	})
	unknown := s.say("No such order: type its unified number above", "没有此订单：请在上方输入统一订单号")

	s.add(24, 4, sentence(frame{
		title: s.say("Where is it, and whose is it?", "订单在哪、归谁"),
		about: s.say("The order's stage, how long it has been there, its limit, its owner and its promise.", "订单当前环节、已停留时长、时限、责任人与承诺交期。"),
		empty: unknown,
	}, rows(s.orderSentence()),
		colored{s.say("past|late", "超时|逾期"), bad}, colored{s.say("No such|Type", "没有此|请在"), muted}, colored{".*", good}))

	s.add(24, 8, s.orderTimeline(unknown))

	visits := table(frame{
		title: s.say("Stages", "经过的环节"),
		about: s.say("Each stay in a stage with its limit; more than one of a stage is rework.", "每次进入环节的停留与时限；同一环节多于一次为返工。"),
		empty: unknown,
	}, rows(fmt.Sprintf(`
SELECT
    v.process AS %[1]s, s.title AS %[2]s, v.unit AS %[3]s, v.visit AS %[4]s, v.entered_at AS %[5]s, v.left_at AS %[6]s,
    %[7]s AS %[8]s, %[9]s AS %[10]s, %[11]s AS %[12]s, %[13]s AS %[14]s, %[15]s AS %[16]s
FROM takt.visits AS v
LEFT JOIN (SELECT process, stage, position, %[17]s AS title FROM takt.stages) AS s ON s.process = v.process AND s.stage = v.stage
WHERE v.order_id = %[18]s
ORDER BY v.entered_at, s.position, v.unit`,
		s.as("Process", "流程"), s.as("Stage", "环节"), s.as("Line or parcel", "订单行/包裹"), s.as("Visit", "第几次"), s.as("Entered", "进入"), s.as("Left", "离开"),
		s.span("coalesce(v.wall_seconds, dateDiff('second', v.entered_at, now()))"), s.as("Time there", "停留时长"),
		s.span("v.limit_seconds"), s.as("Limit", "时限"),
		fmt.Sprintf("multiIf(v.breached, '%s', v.outcome = 'abandoned', '%s', isNull(v.limit_seconds), '%s', v.outcome = 'open', '%s', '%s')",
			s.say("past the limit", "超时"), s.say("abandoned", "已放弃"), s.say("no limit", "无时限"), s.say("within so far", "尚未超时"), s.say("within", "时限内")), s.as("Judgement", "判定"),
		"v.owner_team", s.as("Team", "负责团队"), "if(v.owner != '', v.owner, v.actor)", s.as("Person", "责任人"),
		s.title(), typed("order"))))
	on(&visits, s.say("Judgement", "判定"), painted(colored{s.say("past", "超时"), bad}, colored{s.say("within", "时限内|尚未"), good})...)
	s.add(24, 9, visits)

	exceptions := table(frame{
		title: s.say("Exceptions", "异常"),
		about: s.say("What needed somebody, and what was done about it.", "需要处理的异常及处置情况。"),
		empty: s.say("None, or no such order", "没有异常，或没有此订单"),
	}, rows(fmt.Sprintf(`
SELECT %s AS %s, %s AS %s, %s AS %s, opened_at AS %s, resolved_at AS %s, if(owner != '', concat(owner_team, ' · ', owner), owner_team) AS %s, cause AS %s
FROM takt.exception_states
WHERE order_id = %s AND state != 'withdrawn'
ORDER BY opened_at DESC`,
		s.translate("kind", kinds()), s.as("Kind", "类型"), s.translate("severity", severities()), s.as("Severity", "严重程度"),
		s.translate("state", exceptionStates()), s.as("State", "状态"), s.as("Since", "触发时间"), s.as("Resolved", "解决时间"),
		s.as("Owner", "责任人"), s.as("Cause", "原因"), typed("order"))))
	s.add(14, 8, exceptions)
	s.add(10, 8, table(frame{
		title: s.say("Promises", "承诺交期"),
		about: s.say("Every date that was promised, the latest first; a later one does not erase the first.", "每一次承诺的交期，最近的在前；改期不会抹去首次承诺。"),
		empty: s.say("No date was promised, or no such order", "没有承诺交期，或没有此订单"),
	}, rows(fmt.Sprintf("SELECT given_at AS %s, %s AS %s, promised_at AS %s, due_at AS %s\nFROM takt.promises\nWHERE order_id = %s\nORDER BY given_at DESC",
		s.as("Given", "承诺时间"), s.translate("kind", promiseKinds()), s.as("Kind", "类型"), s.as("Promised for", "承诺交期"), s.as("Holds until", "有效至"), typed("order")))))
	s.add(24, 10, table(frame{
		title: s.say("Everything that happened", "全部事件"),
		about: s.say("The order's events, the latest first, with when each happened and when its system recorded it.", "订单的全部事件，最近的在前，含发生时间与系统记录时间。"),
		empty: unknown,
	}, rows(fmt.Sprintf(`
SELECT occurred_at AS %s, activity AS %s, unit AS %s, source AS %s, actor AS %s, owner AS %s, reason AS %s, recorded_at AS %s
FROM takt.events
WHERE order_id = %s
ORDER BY occurred_at DESC, event_id
LIMIT 500`,
		s.as("Happened", "发生时间"), s.as("Activity", "活动"), s.as("Line or parcel", "订单行/包裹"), s.as("Source", "来源"), s.as("Who", "操作人"),
		s.as("Owner", "责任人"), s.as("Reason", "原因"), s.as("Recorded", "记录时间"), typed("order")))))
	return s.board
}

// orderSentence says where the order is; of several open stages the most urgent.
func (s *sheet) orderSentence() string {
	open := fmt.Sprintf("concat(%s, ' · ', %s, if(isNull(v.limit_seconds), '', concat('%s', %s)), if(v.breached, '%s', ''), ' · ', v.owner_team, if(v.owner = '', '', concat(' ', v.owner)))",
		"v.title", s.span("dateDiff('second', v.entered_at, now())"), s.say(", limit ", "，时限 "), s.span("v.limit_seconds"), s.say(", past it", "，已超时"))
	return fmt.Sprintf(`
SELECT multiIf(%[1]s = '', '%[2]s', count() = 0, '%[3]s', arrayStringConcat(groupArray(told), '  |  ')) AS %[4]s
FROM
(
    SELECT concat(o.process, ' · ', %[5]s, if(v.title = '', '', concat(' · ', %[6]s)),
        multiIf(o.promise_kept, '%[7]s', not o.promise_kept, '%[8]s', isNull(o.promise_due_at), '', o.promise_due_at < now64(3), '%[8]s', '')) AS told
    FROM takt.orders AS o
    LEFT JOIN
    (
        SELECT process, order_id, entered_at, limit_seconds, breached, owner_team, owner, %[9]s AS title
        FROM takt.visits AS v
        INNER JOIN takt.stages AS s ON s.process = v.process AND s.stage = v.stage
        WHERE order_id = %[1]s AND outcome = 'open'
        ORDER BY due_at
        LIMIT 1 BY process
    ) AS v ON v.process = o.process AND v.order_id = o.order_id
    WHERE o.order_id = %[1]s
)`, typed("order"), s.say("Type an order number above", "请在上方输入订单号"), s.say("No such order", "没有此订单号"), s.as("Order", "订单"),
		s.translate("o.status", statuses()), open,
		s.say(" · promise kept", " · 按时交付"), s.say(" · late against its promise", " · 逾期"), s.title())
}

// orderTimeline shows one lane per stage, in the order of the process.
func (s *sheet) orderTimeline(unknown string) grafana.Panel {
	p := panel("state-timeline", frame{
		title: s.say("Its way", "时间线"),
		about: s.say("When the order was in each stage, green within the limit and red past it. Widen the range if it is older.", "订单在各环节的时段，绿色为时限内，红色为超时。较早的订单请放宽时间范围。"),
		empty: unknown,
	}, grafana.StateTimeline{
		RowHeight: 0.8, ShowValue: "auto", MergeValues: true,
		Legend: grafana.Legend{Calcs: []string{}, DisplayMode: "list", Placement: "bottom"}, Tooltip: grafana.Tooltip{Mode: "single", Sort: "none"},
	}, []grafana.Target{series(fmt.Sprintf(`
SELECT tupleElement(change, 1) AS time, lane, max(tupleElement(change, 2)) AS Value
FROM
(
    SELECT
        concat(leftPad(toString(s.position), 2, ' '), ' ', s.title, if(v.unit = '', '', concat(' ', v.unit))) AS lane,
        coalesce(v.left_at, now64(3)) AS until,
        arrayJoin(arrayFilter(c -> isNotNull(tupleElement(c, 1)), [
            (toNullable(v.entered_at), if(isNull(v.limit_seconds), 3, 1)),
            (if(v.due_at < until, v.due_at, NULL), 2),
            (v.left_at, 0)])) AS change
    FROM takt.visits AS v
    INNER JOIN (SELECT process, stage, position, %s AS title FROM takt.stages) AS s ON s.process = v.process AND s.stage = v.stage
    WHERE v.order_id = %s
)
GROUP BY time, lane
ORDER BY time`, s.title(), typed("order")))})
	d := &p.FieldConfig.Defaults
	d.DisplayName = "${__field.labels.lane}"
	d.Color = &grafana.Color{Mode: "thresholds"}
	d.Thresholds = steps(plain)
	d.Custom = &grafana.Custom{FillOpacity: 80, SpanNulls: true}
	d.Mappings = words(
		grafana.Result{Text: " ", Color: "transparent"},
		grafana.Result{Text: s.say("within the limit", "时限内"), Color: good},
		grafana.Result{Text: s.say("past the limit", "超时"), Color: bad},
		grafana.Result{Text: s.say("no limit", "无时限"), Color: plain},
	)
	return p
}
