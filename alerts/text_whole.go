package alerts

import "fmt"

func (c Config) sourceText(on string) map[string]string {
	open := ask("sum(takt_orders_open{"+on+"})", count)
	usual := ask(events+"1h{"+on+"} offset 1d", count)
	return texts(
		fmt.Sprintf("%s: no order events arrive", c.Process.Title.EN),
		fmt.Sprintf("Nothing has moved any order lately, yesterday at this time %s movements an hour. %s open orders are not being watched. Check the source system, its connector and the topic; Takt itself reads on.", usual, open),
		fmt.Sprintf("%s：没有订单事件到达", c.Process.Title.ZH),
		fmt.Sprintf("近期没有任何订单发生变动，昨天同一时段每小时 %s 次。%s 个未结订单处于无人监控状态。请检查来源系统、连接器与主题；Takt 本身仍在读取。", usual, open),
	)
}

func (c Config) promiseText(on string) map[string]string {
	late := ask("sum(takt_orders_open_late{"+on+"})", count)
	share := ask(broken+"1d{"+on+"}", "humanizePercentage")
	return texts(
		fmt.Sprintf("%s: promises to customers are broken, %s open orders are past theirs", c.Process.Title.EN, late),
		fmt.Sprintf("Of the promises due in the last day %s were broken; the objective is to keep %s. Tell customer service before customers call, then look for the stage that holds orders up on the overview board.", share, percent(c.Process.Promise.Objective)),
		fmt.Sprintf("%s：对客户的承诺未兑现，%s 个未结订单已逾期", c.Process.Title.ZH, late),
		fmt.Sprintf("最近一天到期的承诺中 %s 未兑现，目标兑现率 %s。请先通知客服，再在总览看板上找出造成延误的环节。", share, percent(c.Process.Promise.Objective)),
	)
}

func (c Config) spikeText() map[string]string {
	const stage = `{{ with $labels.stage }}{{ . }}{{ else }}%s{{ end }}`
	return texts(
		fmt.Sprintf(`%s, `+stage+`: {{ $value | printf "%%.0f" }} exceptions "{{ $labels.kind }}" in an hour`, c.Process.Title.EN, "order"),
		`At least three times as many as at this time on the two days before and as on average. Open now: {{ with query (printf "sum(takt_exceptions_open{process=%q,stage=%q,kind=%q})" $labels.process $labels.stage $labels.kind) }}{{ . | first | value | printf "%.0f" }}{{ else }}?{{ end }}. Owner: {{ $labels.owner_team }}. Look for what they have in common: product, region, carrier, supplier.`,
		fmt.Sprintf(`%s，`+stage+`：一小时内新增 {{ $value | printf "%%.0f" }} 个“{{ $labels.kind }}”异常`, c.Process.Title.ZH, "整单"),
		`至少是前两天同一时段及日均水平的三倍。当前未关闭：{{ with query (printf "sum(takt_exceptions_open{process=%q,stage=%q,kind=%q})" $labels.process $labels.stage $labels.kind) }}{{ . | first | value | printf "%.0f" }}{{ else }}?{{ end }}。负责团队：{{ $labels.owner_team }}。请查找共同点：商品、地区、承运商或供应商。`,
	)
}

func downText() map[string]string {
	return texts(
		"Takt does not answer: orders are not watched",
		"Prometheus reads no metrics from {{ with $labels.instance }}{{ . }}{{ else }}any instance of Takt{{ end }}. No event is lost, Kafka keeps them, but nothing is judged and no alert about orders can fire. Restart Takt; read the end of its log.",
		"Takt 无响应：订单无人监控",
		"Prometheus 无法从 {{ with $labels.instance }}{{ . }}{{ else }}任何 Takt 实例{{ end }}读取指标。事件保存在 Kafka 中不会丢失，但期间不会判定超时，也不会发出任何订单告警。请重启 Takt 并查看日志末尾。",
	)
}

func lagText() map[string]string {
	return texts(
		"Topic {{ $labels.topic }}: Takt is {{ $value | humanizeDuration }} behind",
		"What boards and alerts say about orders is that old. Usually ClickHouse refuses or delays writes: see takt_ingest_retries_total and the log. Nothing is lost; Takt catches up by itself when writes succeed.",
		"主题 {{ $labels.topic }}：Takt 处理滞后 {{ $value | humanizeDuration }}",
		"看板与告警反映的订单状态已滞后同样久。通常是 ClickHouse 拒绝或延迟写入：请查看 takt_ingest_retries_total 与日志。数据不会丢失，恢复写入后 Takt 会自动追上。",
	)
}

func auditText() map[string]string {
	return texts(
		`Topic {{ $labels.topic }}: {{ $value | printf "%.0f" }} offsets are missing or stored twice`,
		"The audit found that the record of what was stored has a gap or an overlap, so figures may be wrong. Do not delete anything. Run takt audit and follow the runbook.",
		`主题 {{ $labels.topic }}：{{ $value | printf "%.0f" }} 个位点缺失或重复`,
		"审计发现入库进度存在缺口或重叠，统计数据可能有误。请勿删除任何数据，运行 takt audit 并按处置手册处理。",
	)
}

func parityText() map[string]string {
	return texts(
		`{{ $labels.process }}: metric and view differ by {{ $value | printf "%.0f" }} in {{ $labels.figure }}`,
		"What Takt exports is not what its views say, so dashboards and alerts may disagree. Either rows were changed by hand or Takt is at fault. Change nothing; restart the instance, which makes its figures anew from what is stored, and follow the runbook.",
		`{{ $labels.process }}：指标与视图在 {{ $labels.figure }} 上相差 {{ $value | printf "%.0f" }}`,
		"Takt 导出的指标与视图不一致，看板与告警可能互相矛盾。可能有人手工改动了数据，或 Takt 存在缺陷。请勿改动数据；重启该实例会按已入库数据重建指标，并按处置手册处理。",
	)
}

func reconciledText() map[string]string {
	return texts(
		`Source {{ $labels.source }}: {{ $value | printf "%.0f" }} orders differ from its own list ({{ $labels.kind }})`,
		"takt reconcile compared the source's list with what Takt has. Orders that are missing are watched by nobody; what is extra, duplicate or different makes figures wrong. takt.reconciliation_orders names each order and where it was lost. Repair the source and compare again: what is repaired closes by itself.",
		`来源 {{ $labels.source }}：{{ $value | printf "%.0f" }} 个订单与其清单不一致（{{ $labels.kind }}）`,
		"takt reconcile 将来源清单与 Takt 逐单比对。漏单处于无人监控状态；多单、重复或字段不一致会使统计失真。takt.reconciliation_orders 列出每个订单及丢失环节。修正来源后重新对账，已修复的会自动关闭。",
	)
}

func deadText() map[string]string {
	return texts(
		`Source {{ $labels.source }}: {{ $value | printf "%.0f" }} records could not be read in an hour`,
		"More than 1 % of the source's records are refused, or one that was polled is longer than its topic takes. They are kept as dead letters and their orders are missing until then. takt deadletters list shows the reason; correct the source or its mapping, then takt deadletters replay; for too_large raise the limit as the log of takt poll says, and poll that time again.",
		`来源 {{ $labels.source }}：一小时内 {{ $value | printf "%.0f" }} 条记录无法解析`,
		"该来源超过 1% 的记录被拒收，或有轮询所得的记录超过主题上限，已作为死信保存，对应订单在处理前缺失。用 takt deadletters list 查看原因，修正来源或映射后执行 takt deadletters replay；too_large 则按 takt poll 日志调大上限后重新拉取该时段。",
	)
}

func watchdogText() map[string]string {
	return texts(
		"Alerts reach you",
		"Always fires, for a heartbeat receiver only: when it stops coming, Prometheus or Alertmanager is broken. Nothing to do while it comes.",
		"告警链路正常",
		"始终触发，仅发往心跳接收器：一旦停止，说明 Prometheus 或 Alertmanager 出现故障。持续收到时无需处理。",
	)
}
