package metrics

// Label says what a label of the catalogue means.
type Label struct {
	Name   string
	Help   string // English, with the values where they are a closed set
	HelpZH string // the same in Chinese
}

// Labels returns every label of the catalogue and every one that
// Config.ExtraLabels may add.
func Labels() []Label {
	return []Label{
		{"process", "Name of the process.", "流程名"},
		{"stage", "Name of the stage; empty: the order as a whole.", "环节名；空表示整个订单"},
		{"channel", "Where the order was placed; of a message how it went: `wecom`, `dingtalk`, `feishu`, `mail` or `webhook`.", "下单渠道；消息则为发送方式：`wecom` 企业微信、`dingtalk` 钉钉、`feishu` 飞书、`mail` 邮件、`webhook`"},
		{"region", "Region of the order; only by `metrics.extra_labels`.", "区域；需在 `metrics.extra_labels` 中启用"},
		{"warehouse", "Warehouse of the order; only by `metrics.extra_labels`.", "仓库；需在 `metrics.extra_labels` 中启用"},
		{"carrier", "Carrier of the order; only by `metrics.extra_labels`.", "承运商；需在 `metrics.extra_labels` 中启用"},
		{"state", "`on_time`, `at_risk` or `overdue`.", "`on_time` 正常、`at_risk` 临近超时、`overdue` 已超时"},
		{"currency", "Currency of the amounts, ISO 4217; `other`: beyond `currencies:`, or beyond the first three.", "金额的币种（ISO 4217）；`currencies:` 之外（未配置时为最先出现的三种之外）归入 `other`"},
		{"outcome", "`within` or `breached` for a limit, `kept` or `broken` for a promise.", "时限：`within` 达标、`breached` 超时；承诺：`kept` 兑现、`broken` 违约"},
		{"from", "The judgement before: `within`, `breached` or `none`.", "更正前的判定：`within`、`breached` 或 `none`"},
		{"to", "The judgement after: `within`, `breached` or `none`.", "更正后的判定：`within`、`breached` 或 `none`"},
		{"status", "`completed` or `cancelled`.", "`completed` 完成、`cancelled` 取消"},
		{"promise", "`first` or `current`.", "`first` 首次承诺、`current` 当前承诺"},
		{"kind", "What kind of exception it is; of a reconciliation `missing`, `extra`, `duplicate`, `mismatch` or `late`.", "异常类型；对账则为 `missing` 漏单、`extra` 多单、`duplicate` 重复、`mismatch` 不一致或 `late` 迟记"},
		{"owner_team", "Team that owns the stage or the exception.", "负责团队"},
		{"position", "Place of the stage in the process, from 1.", "环节次序，从 1 起"},
		{"title_en", "English title of the stage.", "环节英文名"},
		{"title_zh", "Chinese title of the stage.", "环节中文名"},
		{"source", "Configured name of the source.", "配置中的来源名"},
		{"result", "`stored`, `duplicate`, `dead_letter`, `history`, or `skipped` for tombstones and records without an event; of a message `sent`, `collapsed` (a line of a digest), `duplicate`, `refused` or `failed`; of alerts `sent` or `failed`; of a request to the gateway `taken`, `repeated` or why it was refused; of a poller's request `ok`, `absent`, `limited`, `expired` or `failed`; of a scheduled comparison `done` or `failed`.", "`stored` 入库、`duplicate` 重复、`dead_letter` 死信、`history` 历史、`skipped` 空记录或不产生事件的记录；消息：`sent` 送达、`collapsed` 合并送达、`duplicate` 重复未发、`refused` 被拒、`failed` 失败；上报：`sent` 成功、`failed` 失败；网关请求：`taken` 已接收、`repeated` 重复推送，或被拒原因；轮询请求：`ok` 成功、`absent` 系统中没有、`limited` 被限流、`expired` 会话过期、`failed` 失败；定时对账：`done` 完成、`failed` 失败"},
		{"reason", "Why: of a dead letter, a flush (`size`, `time`, `timer`, `stop`) or a retry.", "原因：死信、刷写（`size`、`time`、`timer`、`stop`）或重试"},
		{"field", "Field of the event that the value was for, as the mapping names it.", "取值所属的字段，即映射中的字段名"},
		{"topic", "Kafka topic.", "Kafka 主题"},
		{"figure", "`stage_orders`, `stage_at_risk`, `stage_overdue`, `orders_open`, `orders_late` or `exceptions_open`.", "`stage_orders` 环节在办、`stage_at_risk` 临近超时、`stage_overdue` 已超时、`orders_open` 未结订单、`orders_late` 未交付逾期、`exceptions_open` 未关闭异常"},
		{"table", "Table that is written.", "写入的表"},
		{"label", "Label whose value became `other`.", "取值被归入 `other` 的标签"},
		{"version", "Version of the build.", "版本号"},
		{"revision", "Commit of the build.", "提交号"},
		{"goversion", "Version of Go that built it.", "构建所用的 Go 版本"},
	}
}
