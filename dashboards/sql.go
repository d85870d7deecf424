package dashboards

import (
	"fmt"
	"strings"

	"github.com/takt-orders/takt/dashboards/grafana"
)

func clickhouse() grafana.Datasource {
	return grafana.Datasource{Type: ClickHouseType, UID: "${" + clickhouseVar + "}"}
}

// rows asks ClickHouse for a table.
func rows(sql string) grafana.Target {
	return grafana.Target{Datasource: clickhouse(), EditorType: "sql", QueryType: "table", Format: 1, RawSQL: strings.TrimSpace(sql)}
}

// series asks ClickHouse for values over time: the first column is the time, text
// columns tell series apart, and rows come in the order of time.
func series(sql string) grafana.Target {
	return grafana.Target{Datasource: clickhouse(), EditorType: "sql", QueryType: "timeseries", Format: 0, RawSQL: strings.TrimSpace(sql)}
}

// source gives the board the variable that holds ClickHouse.
func (s *sheet) source() {
	s.variable(grafana.Variable{
		Name: clickhouseVar, Label: "ClickHouse", Type: "datasource", Query: ClickHouseType, Hide: grafana.Hidden,
		Current: &grafana.Current{Text: "Takt ClickHouse", Value: ClickHouseUID},
	})
}

// process gives the board the process that it is about.
func (s *sheet) process() {
	s.asked("process", s.say("Process", "流程"), "SELECT process, "+s.titled("", "process")+" AS title FROM takt.processes ORDER BY position")
}

// asked is a variable of one value, the first that the query returns unless chosen.
// Of two columns the first is the value and the second what people see.
func (s *sheet) asked(name, label, sql string) {
	d := clickhouse()
	s.variable(grafana.Variable{Name: name, Label: label, Type: "query", Datasource: &d, Query: sql, Refresh: 1})
}

// All is the value of a filter that lets everything pass.
const All = "__all"

// filter is a variable of several values, all unless chosen.
func (s *sheet) filter(name, label, sql string) {
	d := clickhouse()
	s.variable(grafana.Variable{
		Name: name, Label: label, Type: "query", Datasource: &d, Query: sql, Refresh: 1, Multi: true, IncludeAll: true,
		AllValue: "'" + All + "'", // as it stands in SQL: Grafana does not quote it
		Current:  &grafana.Current{Text: []string{"All"}, Value: []string{"$__all"}},
	})
}

// among compares a column with a filter.
func among(column, variable string) string {
	return fmt.Sprintf("(%[1]s IN (${%[2]s:sqlstring}) OR '%[3]s' IN (${%[2]s:sqlstring}))", column, variable, All)
}

// is compares a column with a variable of one value.
func is(column, variable string) string {
	return fmt.Sprintf("%s = ${%s:sqlstring}", column, variable)
}

// typed is what somebody typed, of any letters: neither quotes nor backslashes in it
// end the literal.
func typed(variable string) string {
	return fmt.Sprintf("trim(decodeURLComponent('${%s:percentencode}'))", variable)
}

// title returns the column that holds titles in the board's language.
func (s *sheet) title() string { return s.say("title_en", "title_zh") }

// span writes seconds for people: 2 d 3 h, 2天3小时; a part that is 0 is left out.
func (s *sheet) span(seconds string) string {
	day, hour, minute := s.say(" d", "天"), s.say(" h", "小时"), s.say(" min", "分钟")
	two := func(size, small int, name, less string) string {
		n := fmt.Sprintf("intDiv(toInt64(%s), %d)", seconds, size)
		rest := fmt.Sprintf("intDiv(toInt64(%s) %% %d, %d)", seconds, size, small)
		return fmt.Sprintf("concat(toString(%s), '%s', if(%s = 0, '', concat('%s', toString(%s), '%s')))", n, name, rest, s.say(" ", ""), rest, less)
	}
	return fmt.Sprintf("multiIf(isNull(%[1]s), '', %[1]s >= 86400, %[2]s, %[1]s >= 3600, %[3]s, concat(toString(intDiv(toInt64(%[1]s), 60)), '%[4]s'))",
		seconds, two(86400, 3600, day, hour), two(3600, 60, hour, minute), minute)
}

// translate replaces codes by words; others stay as they are.
func (s *sheet) translate(column string, words []word) string {
	var from, to []string
	for _, w := range words {
		from = append(from, "'"+w.code+"'")
		to = append(to, "'"+s.say(w.en, w.zh)+"'")
	}
	return fmt.Sprintf("transform(toString(%s), [%s], [%s], toString(%s))", column, strings.Join(from, ", "), strings.Join(to, ", "), column)
}

// as names a column in the board's language.
func (s *sheet) as(en, zh string) string { return "`" + s.say(en, zh) + "`" }
