package dashboards

import (
	"github.com/takt-orders/takt/metrics/process"
)

// word is a code of the database and what people call it.
type word struct{ code, en, zh string }

func statuses() []word {
	return []word{{"open", "open", "进行中"}, {"completed", "completed", "已完成"}, {"cancelled", "cancelled", "已取消"}}
}

func severities() []word {
	return []word{{"info", "info", "提示"}, {"warning", "warning", "警告"}, {"critical", "critical", "严重"}}
}

func promiseKinds() []word {
	return []word{{"requested", "requested", "客户要求"}, {"first", "first", "首次承诺"}, {"current", "current", "现行承诺"}}
}

// orderDimensions are those by which takt.orders_split_daily and takt.open_split both tell orders apart.
func orderDimensions() []word {
	return []word{{"channel", "channel", "渠道"}, {"region", "region", "地区"}, {"product", "product", "商品"}, {"supplier", "supplier", "供应商"}}
}

// stageDimensions are those of takt.stage_split_daily.
func stageDimensions() []word {
	return []word{
		{"channel", "channel", "渠道"},
		{"region", "region", "地区"},
		{"warehouse", "warehouse", "仓库"},
		{"owner", "owner", "责任人"},
		{"owner_team", "team", "团队"},
		{"carrier", "carrier", "承运商"},
		{"supplier", "supplier", "供应商"},
		{"product", "product", "商品"},
		{"source", "source", "来源"},
	}
}

// exceptionStates are those of takt.exception_states.
func exceptionStates() []word {
	return []word{
		{"opened", "opened", "待分派"},
		{"assigned", "assigned", "已分派"},
		{"acknowledged", "acknowledged", "已认领"},
		{"followed", "followed up", "跟进中"},
		{"resolved", "resolved", "已解决"},
		{"archived", "archived", "已归档"},
		{"reopened", "reopened", "已重开"},
		{"withdrawn", "withdrawn", "已撤回"},
	}
}

// kinds are the kinds of exception that Takt knows; others are shown by their names.
func kinds() []word {
	var all []word
	for _, k := range process.Kinds() {
		all = append(all, word{k.Name, k.Title.EN, k.Title.ZH})
	}
	return all
}
