package dashboards

import (
	"strings"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// pipeline is the board about Takt itself: whether everything that is sent arrives, in
// time and exactly once.
func pipeline(l Language) grafana.Dashboard {
	s := newSheet(l, Pipeline, "pipeline")
	s.name("Pipeline health", "数据管道", "Whether everything that the source systems send arrives in time and exactly once.",
		"各来源系统发送的数据是否及时、恰好一次地到达。")
	s.board.Time.From = "now-6h"
	s.readsPrometheus(`alertname=~"TaktIngestLag|TaktAuditGap|TaktDeadLetters|TaktParityBroken|TaktGatewayFailing|TaktPollBehind|TaktDown"`)
	unmeasured := s.say("No instance of Takt answers", "没有 Takt 实例响应")

	verdict := stat(frame{
		title: s.say("Is everything arriving?", "数据是否正常到达"),
		about: s.say("The worst of: an instance not ready, offsets missing or stored twice, more than ten minutes behind, records refused in the last hour.",
			"取最严重的一项：实例未就绪、位点缺失或重复、滞后超过十分钟、最近一小时有拒收记录。"),
		empty: unmeasured, unit: "none",
	}, steps(good, bound{1, warn}, bound{2, bad}), present(worst(), ""))
	verdict.FieldConfig.Defaults.Mappings = words(
		grafana.Result{Text: s.say("Yes, in time", "正常、及时")},
		grafana.Result{Text: s.say("Records are refused", "有记录被拒收")},
		grafana.Result{Text: s.say("Takt is behind", "处理滞后")},
		grafana.Result{Text: s.say("Offsets do not add up", "位点对不上")},
		grafana.Result{Text: s.say("Takt is recovering", "正在恢复")},
	)
	s.add(8, 6, verdict)
	s.add(8, 6, stat(frame{
		title: s.say("Age of the newest event, by source", "各来源最新事件距今"),
		about: s.say("Since when each source has sent nothing new. Amber from an hour on, red from six: at night that may be usual.",
			"各来源最近一个事件距今多久。超过一小时为橙色，六小时为红色；夜间可能属正常。"),
		empty: s.say("No event has arrived yet", "尚未收到任何事件"), unit: "s",
	}, steps(good, bound{3600, warn}, bound{21600, bad}),
		present("time() - max by (source) (takt_source_last_event_timestamp_seconds)", "{{source}}")))
	s.add(8, 6, stat(frame{
		title: s.say("Audit: offsets missing, stored twice", "审计：缺失与重复位点"),
		about: s.say("What the last audit found: the ranges of all flushes have to join without a gap or an overlap. Anything but 0 is a fault.",
			"最近一次审计的结果：所有批次的位点区间应首尾相接。非 0 即故障。"),
		empty: s.say("Not audited yet", "尚未审计"), unit: "none",
	}, steps(good, bound{1, bad}),
		present("sum(takt_audit_missing_offsets)", s.say("missing", "缺失")),
		present("sum(takt_audit_duplicate_offsets)", s.say("stored twice", "重复"))))

	s.add(12, 8, lines(frame{
		title: s.say("Lag", "处理滞后"),
		about: s.say("Age of the oldest record that is not stored yet, by topic. Ten minutes raise TaktIngestLag.",
			"各主题最早未入库记录的时长；达到十分钟触发 TaktIngestLag。"),
		empty: unmeasured, unit: "s",
	}, steps(good, bound{600, bad}), over("max by (topic) (takt_ingest_lag_seconds)", "{{topic}}")))
	s.add(12, 8, bars(frame{
		title: s.say("Records a minute, by result", "每分钟记录数，按结果"),
		about: s.say("Each record has exactly one result. Repeats are skipped and are no fault.", "每条记录只有一种结果；重复记录被跳过，不属故障。"),
		empty: unmeasured, unit: "short",
	}, over("60 * sum by (result) (rate(takt_ingest_records_total[$__rate_interval]))", "{{result}}")))

	s.add(12, 8, bars(frame{
		title: s.say("Records refused an hour, by reason", "每小时拒收记录数，按原因"),
		about: s.say("Dead letters: kept in takt.dead_letters and replayed with takt deadletters replay.",
			"死信：保存在 takt.dead_letters，可用 takt deadletters replay 重放。"),
		empty: unmeasured, unit: "short",
	}, over("sum by (source, reason) (increase(takt_ingest_dead_letters_total[1h])) > 0 or label_replace(0 * sum(takt_ready), \"reason\", \""+s.say("none", "无")+"\", \"\", \"\")", "{{source}} {{reason}}")))
	s.add(12, 8, lines(frame{
		title: s.say("Time of an insert, nine of ten", "九成写入不超过"),
		about: s.say("Nine of ten inserts were acknowledged within this time, by table.", "九成写入在此时间内得到确认，按表。"),
		empty: s.say("Nothing was inserted in this time", "该时段没有写入"), unit: "s",
	}, nil, over("histogram_quantile(0.9, sum by (table, le) (rate(takt_ingest_insert_duration_seconds_bucket[$__rate_interval])))", "{{table}}")))

	s.add(8, 8, bars(frame{
		title: s.say("Batches a minute and retries", "每分钟批次与重试"),
		about: s.say("Flushes by what began them; retries are inserts that ClickHouse did not take at once.", "按触发原因统计的批次；重试指 ClickHouse 未能一次接收的写入。"),
		empty: unmeasured, unit: "short",
	}, over("60 * sum by (reason) (rate(takt_ingest_flushes_total[$__rate_interval]))", "{{reason}}"),
		over("60 * sum(rate(takt_ingest_retries_total[$__rate_interval]))", s.say("retries", "重试"))))
	s.add(8, 8, bars(frame{
		title: s.say("Gateway: answers an hour", "网关：每小时应答数"),
		about: s.say("What takt gateway answered to the systems that push, by source and result; taken and repeated are good. TaktGatewayFailing and TaktGatewayRefused lead here.",
			"takt gateway 对推送系统的应答数，按来源与结果；taken 与 repeated 为正常。告警 TaktGatewayFailing、TaktGatewayRefused 指向此图。"),
		empty: s.say("Not connected: no takt gateway is scraped", "未接入：未抓取 takt gateway"), unit: "short",
	}, over("sum by (source, result) (increase(takt_gateway_requests_total[1h])) > 0 or label_replace(0 * sum(takt_gateway_held_bytes), \"result\", \""+s.say("none", "无")+"\", \"\", \"\")", "{{source}} {{result}}")))
	s.add(8, 8, bars(frame{
		title: s.say("Messages to people an hour, by result", "每小时消息数，按结果"),
		about: s.say("What became of messages to WeCom, DingTalk, Feishu, mail and webhooks.", "发往企业微信、钉钉、飞书、邮件与 webhook 的消息结果。"),
		empty: s.say("No receiver is configured", "未接入：未配置接收人"), unit: "short",
	}, over("sum by (channel, result) (increase(takt_notify_messages_total[1h]))", "{{channel}} {{result}}")))
	s.add(12, 7, lines(frame{
		title: s.say("Polled sources: since the last success", "轮询来源：距上次成功"),
		about: s.say("How long ago a window of each source that takt poll asks was last brought in whole. TaktPollBehind, from five of its intervals and a quarter of an hour on, leads here.",
			"takt poll 各来源距最近一次完整拉取成功的时长；超过五个间隔且超过一刻钟触发 TaktPollBehind，告警指向此图。"),
		empty: s.say("Not connected: no takt poll is scraped", "未接入：未抓取 takt poll"), unit: "s",
	}, nil, over("time() - max by (source) (takt_poll_success_timestamp_seconds)", "{{source}}")))
	s.add(12, 7, lines(frame{
		title: s.say("Differences: metric and view, source and Takt", "差异：指标与视图、来源与 Takt"),
		about: s.say("How far each exported figure is from a fresh read of its view, compared every five minutes; and the orders of the last 35 days on which a source's own list and Takt do not agree, by takt reconcile. Anything but 0 that lasts is a fault: TaktParityBroken and TaktReconciliation lead here; takt.reconciliation_orders names the orders.",
			"每五分钟将各导出指标与重新读取的视图比较所得之差；以及 takt reconcile 发现的近 35 天下单、来源清单与 Takt 不一致的订单。持续非 0 即故障，告警 TaktParityBroken、TaktReconciliation 指向此图，订单明细见 takt.reconciliation_orders。"),
		empty: s.say("Not compared yet", "尚未比较"), unit: "short",
	}, steps(good, bound{1, bad}), over("max by (process, figure) (takt_parity_difference)", "{{process}} {{figure}}"),
		over("max by (source, kind) (takt_reconciliation_difference)", "{{source}} {{kind}}")))
	return s.board
}

// worst is the number of the worst thing that is wrong, 0 for none.
func worst() string {
	faults := []string{
		"1 * (sum(increase(takt_ingest_dead_letters_total[1h])) > bool 0)",
		"2 * (max(takt_ingest_lag_seconds) > bool 600)",
		"3 * (sum(takt_audit_missing_offsets) + sum(takt_audit_duplicate_offsets) > bool 0)",
		"4 * (min(takt_ready) < bool 1)",
	}
	for i, f := range faults {
		faults[i] = `label_replace(` + f + `, "fault", "` + string(rune('1'+i)) + `", "", "")`
	}
	return "max(\n  " + strings.Join(faults, "\n  or ") + "\n)"
}
