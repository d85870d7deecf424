package metrics

import "slices"

// Type is the Prometheus type of a metric.
type Type uint8

// The types of metric.
const (
	Counter Type = iota + 1
	Gauge
	Histogram
)

// String returns the type as it stands in the exposition format.
func (t Type) String() string {
	switch t {
	case Counter:
		return "counter"
	case Gauge:
		return "gauge"
	case Histogram:
		return "histogram"
	default:
		return ""
	}
}

// Metric is one entry of the catalogue.
type Metric struct {
	Name   string
	Type   Type
	Unit   string   // what one counts, such as "orders" or "seconds"; empty: a plain 0 or 1
	Help   string   // what it says, in English, with the unit
	HelpZH string   // the same in Chinese
	Labels []string // in the order of the label values
	Extra  bool     // also carries the labels of Config.ExtraLabels
}

// Catalogue returns every metric that Takt exports, in the order of the manual.
// Metrics of the Go runtime are not Takt's own and not in it.
func Catalogue() []Metric {
	return slices.Concat(stageMetrics(), orderMetrics(), ingestMetrics(), notifyMetrics(), gatewayMetrics(), pollMetrics())
}

func stageMetrics() []Metric {
	stage := []string{"process", "stage"}
	channel := []string{"process", "stage", "channel"}
	return []Metric{
		{stageStarted, Counter, "visits", "Visits of the stage that have started, in visits; live events only.", "进入该环节的次数（仅实时事件）", channel, true},
		{stageFinished, Counter, "visits", "Visits of the stage that an activity has finished, in visits; live events only.", "由活动完成的环节次数（仅实时事件）", channel, true},
		{stageDue, Counter, "visits", "Visits of the stage judged against its limit, in visits: each once, when it leaves or when its deadline passes, whichever is first.", "按时限判定的环节次数：每次停留只计一次，离开或到期时计入，以先到者为准", append(channel, "outcome"), true},
		{stageCorrections, Counter, "visits", "Visits whose judgement a later event has changed, in visits.", "判定结果被后到事件更正的次数", append(stage, "from", "to"), false},
		{stageOrders, Gauge, "visits", "Visits of the stage that are open, in visits.", "当前停留在该环节的数量", append(channel, "state"), true},
		{stageOrdersAmount, Gauge, "units of currency", "Amount of the orders whose visits of the stage are open, once for each visit, in units of currency.", "当前停留在该环节的订单金额（每次停留计一次）", append(channel, "state", "currency"), true},
		{stageOldest, Gauge, "seconds", "Age of the oldest visit that is open in the stage, in seconds; 0 when none is open.", "该环节停留最久者的时长（秒）；无停留时为 0", stage, false},
		{stageNormal, Gauge, "visits", "Visits of the stage that are usually open at this hour of the week at most, in visits: the 95th percentile of the last 6 weeks; absent with less than 2 weeks of history.", "该环节在每周同一时段通常不超过的停留数量：最近 6 周的第 95 百分位；历史不足两周则不输出", stage, false},
		{stageLastEvent, Gauge, "seconds", "When a visit of the stage last started or ended, in seconds since 1970; absent until one has.", "该环节最近一次开始或结束的时间（Unix 秒）", stage, false},
		{stageDuration, Histogram, "seconds", "Wall time that finished visits of the stage took, in seconds; live events only.", "已完成停留的自然时长分布（秒，仅实时事件）", stage, false},
		{stageInfo, Gauge, "", "What the stage is called and who owns it; always 1.", "环节的名称、次序与负责团队，恒为 1", append(stage, "position", "title_en", "title_zh", "owner_team"), false},
		{stageLimit, Gauge, "seconds", "Limit of a visit of the stage without overrides, in seconds of the limit's clock; absent without a limit.", "环节时限（秒，不含例外条件）；无时限则不输出", stage, false},
		{stageWorking, Gauge, "", "Whether the stage's calendar is open: 1, else 0.", "该环节当前是否为工作时间：是为 1，否为 0", stage, false},
		{stageObjective, Gauge, "ratio", "Share of the stage's visits that should keep its limit, as a ratio; absent without an objective.", "环节达标目标（比例）；无目标则不输出", stage, false},
	}
}

func orderMetrics() []Metric {
	channel := []string{"process", "channel"}
	exception := []string{"process", "stage", "kind", "owner_team"}
	return []Metric{
		{ordersOpened, Counter, "orders", "Orders opened, in orders; live events only.", "新开订单数（仅实时事件）", channel, true},
		{ordersOpen, Gauge, "orders", "Orders that are open, in orders.", "当前未结订单数", channel, true},
		{ordersOpenAmount, Gauge, "units of currency", "Amount of the orders that are open, in units of currency.", "当前未结订单金额", append(channel, "currency"), true},
		{ordersOpenLate, Gauge, "orders", "Orders that are open past their current promise, in orders.", "已超过当前承诺时间仍未结的订单数", channel, true},
		{ordersOpenLateAmount, Gauge, "units of currency", "Amount of the orders that are open past their current promise, in units of currency.", "已超过当前承诺时间仍未结的订单金额", append(channel, "currency"), true},
		{ordersReopened, Counter, "orders", "Orders reopened by a unit that appeared after they had closed, in orders.", "结单后因出现新单元而重开的订单数", channel, true},
		{ordersClosed, Counter, "orders", "Orders closed, in orders; live events only.", "已结订单数（仅实时事件）", append(channel, "status"), true},
		{orderDuration, Histogram, "seconds", "Time from the opening to the completion of an order, in seconds; live events only.", "订单从开始到完成的时长分布（秒，仅实时事件）", []string{"process"}, false},
		{ordersPromiseDue, Counter, "orders", "Orders judged against a promise, in orders: each promise once, when it is kept or when it falls due, whichever is first.", "按承诺判定的订单数：每个承诺只计一次", append(channel, "promise", "outcome"), true},
		{exceptionsOpened, Counter, "exceptions", "Exceptions opened, in exceptions; live events only.", "新增异常数（仅实时事件）", exception, false},
		{exceptionsOpen, Gauge, "exceptions", "Exceptions that are open, in exceptions.", "当前未关闭的异常数", exception, false},
		{exceptionsUnanswered, Gauge, "exceptions", "Exceptions that are open and that nobody has answered, in exceptions; by the ledger.", "尚无人响应的未解决异常数（按处置台账）", exception, false},
		{exceptionsAcknowledged, Gauge, "exceptions", "Exceptions first answered in the last 7 days, in exceptions.", "近 7 天首次得到响应的异常数", exception, false},
		{exceptionAcknowledge, Gauge, "seconds", "Time from opening to the first answer, summed over the exceptions answered in the last 7 days, in seconds.", "近 7 天得到响应的异常从触发到首次响应的时长合计（秒）", exception, false},
		{exceptionsResolved, Gauge, "exceptions", "Exceptions resolved in the last 7 days, by an event or a person, in exceptions.", "近 7 天解决的异常数（由事件或人工）", exception, false},
		{exceptionResolve, Gauge, "seconds", "Time from opening to the resolution, summed over the exceptions resolved in the last 7 days, in seconds.", "近 7 天解决的异常从触发到解决的时长合计（秒）", exception, false},
	}
}

func ingestMetrics() []Metric {
	topic := []string{"topic"}
	return []Metric{
		{sourceLastEvent, Gauge, "seconds", "When the latest event of the source happened, at most the present, in seconds since 1970.", "来源最近一个事件的发生时间（Unix 秒，不晚于当前时间）", []string{"source", "channel"}, false},
		{ingestRecords, Counter, "records", "Records taken from the log, in records: each in exactly one result.", "从日志取得的记录数，每条只属一种结果", []string{"source", "result"}, false},
		{ingestDeadLetters, Counter, "records", "Records that could not be taken, in records.", "无法处理的记录数", []string{"source", "reason"}, false},
		{ingestUnknown, Counter, "values", "Values of taken records that the mapping of the source has no word for, in values: a status that fell to the default (field activity), a kind of promise that is none (promise_kind), a key that the table of a field's lookup does not hold.", "已入库记录中映射未写明的取值个数：落入默认活动的状态（field 为 activity）、不存在的承诺类型（promise_kind）、字段对照表中没有的键", []string{"source", "field"}, false},
		{ingestLagRecords, Gauge, "records", "Records of the owned partitions not yet stored, in records.", "所属分区中尚未入库的记录数", topic, false},
		{ingestLagSeconds, Gauge, "seconds", "Age of the oldest record of the owned partitions not yet stored, in seconds; 0 when all are.", "所属分区中最早未入库记录的时长（秒）", topic, false},
		{ingestBatchRows, Histogram, "rows", "Rows of one insert, in rows.", "单次写入的行数分布", []string{"table"}, false},
		{ingestInsert, Histogram, "seconds", "Time one insert took until it was acknowledged, in seconds.", "单次写入到确认的耗时分布（秒）", []string{"table"}, false},
		{ingestFlushes, Counter, "flushes", "Flushes acknowledged, in flushes.", "已确认的刷写次数", []string{"reason"}, false},
		{ingestRetries, Counter, "attempts", "Inserts tried again, in attempts.", "写入重试次数", []string{"reason"}, false},
		{auditMissing, Gauge, "offsets", "Offsets that no flush covers, found by the last audit, in offsets; anything but 0 is a fault.", "最近一次审计发现的缺失位点数，非 0 即故障", topic, false},
		{auditDuplicate, Gauge, "offsets", "Offsets that two flushes cover, found by the last audit, in offsets; anything but 0 is a fault.", "最近一次审计发现的重复位点数，非 0 即故障", topic, false},
		{parityDifference, Gauge, "", "How far a figure of the owned partitions is from a fresh read of its view, summed over stages, as last compared; anything but 0 that lasts is a fault.", "本实例分区的某项指标与重新读取的视图之差（各环节合计），持续非 0 即故障", []string{"process", "figure"}, false},
		{reconciliation, Gauge, "orders", "Orders that a source's own list and Takt do not agree on, placed in the last 35 days, by the last comparison of each day, in orders.", "来源清单与 Takt 不一致的订单数（近 35 天下单，按各日最近一次对账）", []string{"source", "kind"}, false},
		{reconciliations, Counter, "comparisons", "Scheduled comparisons of a source's own list with Takt, in comparisons.", "按计划执行的来源清单对账次数", []string{"source", "result"}, false},
		{trackerOrders, Gauge, "orders", "Orders in memory, closed ones that linger included, in orders.", "内存中的订单数（含刚结束的订单）", nil, false},
		{trackerMemory, Gauge, "bytes", "Memory that the orders take, in bytes.", "订单占用的内存（字节）", nil, false},
		{labelOverflow, Counter, "movements", `Movements counted under the label value "other" since the series cap was reached, in movements.`, "因序列数达到上限而计入 other 的次数", []string{"label"}, false},
		{ready, Gauge, "", "Whether recovery has ended and records are read: 1, else 0.", "是否已完成恢复并开始读取：1 是，0 否", nil, false},
		{buildInfo, Gauge, "", "Which build runs; always 1.", "当前运行的版本，恒为 1", []string{"version", "revision", "goversion"}, false},
	}
}

func notifyMetrics() []Metric {
	return []Metric{
		{notifyMessages, Counter, "messages", "Messages to people by what became of them, in messages.", "发给人员的消息数，按结果统计", []string{"channel", "result"}, false},
		{notifyPosts, Counter, "attempts", "Attempts to tell Alertmanager which orders need somebody, in attempts.", "向 Alertmanager 上报的次数", []string{"result"}, false},
		{notifyAlerts, Gauge, "alerts", "Alerts about orders that fire, in alerts.", "当前触发中的订单告警数", nil, false},
	}
}

func gatewayMetrics() []Metric {
	return []Metric{
		{gatewayRequests, Counter, "requests", "Requests to the gateway by what became of them, in requests; an empty source is an address that no source has.", "网关收到的请求数，按结果统计；来源为空表示地址不属于任何来源", []string{"source", "result"}, false},
		{gatewayDuration, Histogram, "seconds", "Time from the headers of a delivery to the answer that it is taken, in seconds.", "推送从收到请求头到确认入主题的耗时分布（秒）", []string{"source"}, false},
		{gatewayHeld, Gauge, "bytes", "Memory that deliveries under way take, in bytes.", "正在处理的推送占用的内存（字节）", nil, false},
	}
}

func pollMetrics() []Metric {
	return []Metric{
		{pollRequests, Counter, "requests", "Requests that pollers made to their systems, in requests.", "轮询程序向业务系统发出的请求数", []string{"source", "result"}, false},
		{pollRecords, Counter, "records", "Records that pollers wrote to their topics, in records.", "轮询程序写入主题的记录数", []string{"source"}, false},
		{pollTooLarge, Counter, "records", "Polled records that were longer than their topic takes, a dead letter each, in records.", "轮询所得、因超过主题上限而成为死信的记录数", []string{"source"}, false},
		{pollReached, Gauge, "seconds", "Until when a source has been polled, in seconds since 1970; absent before the first window.", "来源已拉取到的时间（Unix 秒）；首个窗口完成前不输出", []string{"source"}, false},
		{pollSuccess, Gauge, "seconds", "When a window of the source was last polled whole, in seconds since 1970; when takt poll began, before the first.", "来源最近一次完整拉取成功的时间（Unix 秒）；首次成功前为 takt poll 的启动时间", []string{"source"}, false},
		{pollInterval, Gauge, "seconds", "How long a poller waits between two windows, in seconds.", "两次拉取之间的间隔（秒）", []string{"source"}, false},
	}
}

// The names, in the order of the catalogue.
const (
	stageStarted         = "takt_stage_visits_started_total"
	stageFinished        = "takt_stage_visits_finished_total"
	stageDue             = "takt_stage_due_total"
	stageCorrections     = "takt_stage_due_corrections_total"
	stageOrders          = "takt_stage_orders"
	stageOrdersAmount    = "takt_stage_orders_amount"
	stageOldest          = "takt_stage_oldest_order_age_seconds"
	stageNormal          = "takt_stage_orders_normal_upper"
	stageLastEvent       = "takt_stage_last_event_timestamp_seconds"
	stageDuration        = "takt_stage_duration_seconds"
	stageInfo            = "takt_stage_info"
	stageLimit           = "takt_stage_limit_seconds"
	stageWorking         = "takt_stage_working"
	stageObjective       = "takt_stage_objective_ratio"
	ordersOpened         = "takt_orders_opened_total"
	ordersOpen           = "takt_orders_open"
	ordersOpenAmount     = "takt_orders_open_amount"
	ordersOpenLate       = "takt_orders_open_late"
	ordersOpenLateAmount = "takt_orders_open_late_amount"
	ordersReopened       = "takt_orders_reopened_total"
	ordersClosed         = "takt_orders_closed_total"
	orderDuration        = "takt_order_duration_seconds"
	ordersPromiseDue     = "takt_orders_promise_due_total"
	exceptionsOpened     = "takt_exceptions_opened_total"
	exceptionsOpen       = "takt_exceptions_open"
	sourceLastEvent      = "takt_source_last_event_timestamp_seconds"
	ingestRecords        = "takt_ingest_records_total"
	ingestDeadLetters    = "takt_ingest_dead_letters_total"
	ingestUnknown        = "takt_ingest_unknown_values_total"
	ingestLagRecords     = "takt_ingest_lag_records"
	ingestLagSeconds     = "takt_ingest_lag_seconds"
	ingestBatchRows      = "takt_ingest_batch_rows"
	ingestInsert         = "takt_ingest_insert_duration_seconds"
	ingestFlushes        = "takt_ingest_flushes_total"
	ingestRetries        = "takt_ingest_retries_total"
	auditMissing         = "takt_audit_missing_offsets"
	auditDuplicate       = "takt_audit_duplicate_offsets"
	parityDifference     = "takt_parity_difference"
	reconciliation       = "takt_reconciliation_difference"
	reconciliations      = "takt_reconciliations_total"
	trackerOrders        = "takt_tracker_orders"
	trackerMemory        = "takt_tracker_memory_bytes"
	labelOverflow        = "takt_label_overflow_total"
	ready                = "takt_ready"
	buildInfo            = "takt_build_info"
	notifyMessages       = "takt_notify_messages_total"
	notifyPosts          = "takt_notify_posts_total"
	notifyAlerts         = "takt_notify_alerts"
	gatewayRequests      = "takt_gateway_requests_total"
	gatewayDuration      = "takt_gateway_delivery_duration_seconds"
	gatewayHeld          = "takt_gateway_held_bytes"
	pollRequests         = "takt_poll_requests_total"
	pollRecords          = "takt_poll_records_total"
	pollTooLarge         = "takt_poll_too_large_total"
	pollReached          = "takt_poll_reached_timestamp_seconds"
	pollSuccess          = "takt_poll_success_timestamp_seconds"
	pollInterval         = "takt_poll_interval_seconds"
)
