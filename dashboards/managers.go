package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// The addresses of the README's section that says how to feed what is not fed.
const (
	feeding   = "https://github.com/takt-orders/takt/blob/main/README.md#your-own-orders"
	feedingZH = "https://github.com/takt-orders/takt/blob/main/README.zh-CN.md#接入自己的订单"
)

// managers begins a board for people who run orders: it is about one process.
func managers(l Language, uid, area string) *sheet {
	s := newSheet(l, uid, area)
	s.board.Time.From = "now-30d"
	s.source()
	s.process()
	return s
}

// marks draws over the graphs the alerts of the board's process that fire, and its past
// incidents. What is given narrows them to a stage, in PromQL and in SQL.
func (s *sheet) marks(alerts, exceptions string) {
	s.readsPrometheus(`process="${process}"` + alerts)
	s.incidents(exceptions)
}

// then is a relation as it was at the end of the board's range.
func then(relation string) string {
	return relation + "_at(at = least(toDateTime64($__toTime, 3, 'UTC'), now64(3, 'UTC')))"
}

// ours keeps the rows of the board's process.
func ours() string { return is("process", "process") }

// daily keeps the rows of days, in the process's zone, that the board's range touches.
func daily() string {
	return ours() + " AND day >= takt_day(process, $__fromTime) AND day <= takt_day(process, $__toTime)"
}

// midnight is when a row's day began, for the axis of time.
const midnight = "takt_day_start(process, day)"

// titled is the title of a process or stage in the board's language, else in the
// other, else its name.
func (s *sheet) titled(of, name string) string {
	first, second := of+"title_en", of+"title_zh"
	if s.lang == Chinese {
		first, second = second, first
	}
	return fmt.Sprintf("multiIf(%[1]s != '', %[1]s, %[2]s != '', %[2]s, toString(%[3]s))", first, second, of+name)
}

// stageTitles joins a relation, which stands as r, with the titles of stages and with
// lanes, which are titles in the order of the process.
func (s *sheet) stageTitles() string {
	return "INNER JOIN (SELECT process, stage, position, " + s.titled("", "stage") + " AS title, concat(leftPad(toString(position), 2, ' '), ' ', title) AS lane FROM takt.stages WHERE " + ours() +
		") AS s ON s.process = r.process AND s.stage = r.stage"
}

// labeled tells the series of a graph apart by a column alone.
func labeled(p grafana.Panel, column string) grafana.Panel {
	p.FieldConfig.Defaults.DisplayName = "${__field.labels." + column + "}"
	return p
}

// money writes an amount for people: 12.3万元, 12.3 K CNY.
func (s *sheet) money(amount, currency string) string {
	if s.lang == Chinese {
		return fmt.Sprintf("concat(multiIf(abs(%[1]s) >= 1e8, concat(toString(round(%[1]s / 1e8, 2)), '亿'), abs(%[1]s) >= 1e4, concat(toString(round(%[1]s / 1e4, 1)), '万'), toString(round(%[1]s))), "+
			"if(%[2]s IN ('CNY', ''), '元', concat(' ', %[2]s)))", amount, currency)
	}
	return fmt.Sprintf("concat(multiIf(abs(%[1]s) >= 1e6, concat(toString(round(%[1]s / 1e6, 2)), ' M'), abs(%[1]s) >= 1e3, concat(toString(round(%[1]s / 1e3, 1)), ' K'), toString(round(%[1]s))), "+
		"if(%[2]s = '', '', concat(' ', %[2]s)))", amount, currency)
}

// hours turns seconds into what charts show.
func hours(seconds string) string { return seconds + " / 3600" }

// The units of charts.
func (s *sheet) hourUnit() string { return s.say("suffix: h", "suffix:小时") }

// count is the unit of numbers of things.
const count = "locale"

// The texts of what a panel shows when it has nothing to show. Zero is shown as 0, and
// what is broken as the datasource's error.
func (s *sheet) unmatched() string {
	return s.say("Nothing matches the filter", "没有符合筛选条件的数据")
}

func (s *sheet) unmeasured() string {
	return s.say("Not measured yet in this time", "该时段尚无数据")
}
func (s *sheet) unfed() string { return s.say("Not connected", "未接入") }

// notFed stands for an indicator that no source feeds: a number that no indicator has.
const notFed = -1

// indicator shows one number of a row: NULL is not measured yet, notFed is not fed, with
// a link to how to feed it, and no row is a filter that nothing matches.
func (s *sheet) indicator(f frame, bounds *grafana.Thresholds, sql string) grafana.Panel {
	f.empty = s.unmatched()
	p := stat(f, bounds, rows(sql))
	p.Options = grafana.Stat{
		ReduceOptions: grafana.Reduce{Calcs: []string{"lastNotNull"}, Fields: "/.*/"},
		ColorMode:     "background", GraphMode: "none", JustifyMode: "center", Orientation: "auto", TextMode: "auto", WideLayout: true,
	}
	d := &p.FieldConfig.Defaults
	d.Mappings = []grafana.Mapping{
		{Type: "special", Options: grafana.Special{Match: "null", Result: grafana.Result{Text: s.unmeasured(), Color: muted}}},
		{Type: "value", Options: map[string]grafana.Result{fmt.Sprint(notFed): {Text: s.unfed(), Color: muted, Index: 1}}},
	}
	d.Links = []grafana.Link{s.howToFeed()}
	return p
}

func (s *sheet) howToFeed() grafana.Link {
	return grafana.Link{Title: s.say("How to connect the data", "如何接入数据"), URL: s.say(feeding, feedingZH), TargetBlank: true}
}

// freshness says until when each source's data reach, amber where one is silent.
func (s *sheet) freshness() grafana.Panel {
	return sentence(frame{
		title: s.say("Data until", "数据截至"),
		about: s.say("When the latest record of each source was written, in the zone of the process. Amber: the source has been silent for an hour.",
			"各来源最近一条记录的写入时间，按流程时区。橙色：该来源数据中断已满一小时。"),
		empty: s.say("No record has arrived yet", "尚未收到任何记录"),
	}, rows(fmt.Sprintf(`
SELECT concat('%s', if(isNull(data_until), '%s', takt_clock(process, assumeNotNull(data_until))), '  ', source, if(silent_seconds >= 3600, concat('%s', %s), '')) AS %s
FROM takt.source_freshness
WHERE %s
ORDER BY source`,
		s.say("Data until ", "数据截至 "), s.say("unknown", "未知"), s.say("  silent for ", "  数据中断 "), s.span("silent_seconds"), s.as("Data until", "数据截至"), ours())),
		colored{s.say("silent", "中断"), warn}, colored{s.say("unknown", "未知"), muted}, colored{".*", good})
}

// to leads to another board of the process in the same range.
func (s *sheet) to(uid, en, zh string) []grafana.Link {
	return []grafana.Link{{Title: s.say(en, zh), URL: "/d/" + uid + "?${process:queryparam}&${__url_time_range}"}}
}

// toStage leads from a column to the stage's board, the row's stage chosen.
func (s *sheet) toStage() grafana.Property {
	return leads(s.say("Open the stage", "查看环节"), "/d/"+Stage+"?var-process=${process:percentencode}&var-stage=${__data.fields.stage:percentencode}&${__url_time_range}")
}

// toOrder leads from an order number to the board about it.
func (s *sheet) toOrder() grafana.Property {
	return leads(s.say("Open the order", "查看订单"), "/d/"+Order+"?var-order=${__value.raw:percentencode}&${__url_time_range}")
}

// hidden keeps a column that links need out of sight.
func hidden(p *grafana.Panel, columns ...string) {
	for _, c := range columns {
		on(p, c, grafana.Property{ID: "custom.hidden", Value: true})
	}
}
