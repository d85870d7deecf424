package dashboards_test

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// chosen are the values of a board's variables as somebody chose them: one, several
// or none. The value of "all" is one that stands in a query as it is.
type chosen map[string][]string

// verbatim marks a value that is not quoted.
const verbatim = "\x00"

var variable = regexp.MustCompile(`\$\{(\w+)(?::(\w+))?\}`)

// expand puts the values and the range into a query as Grafana's frontend and the
// ClickHouse datasource do.
func expand(sql string, values chosen, from, to time.Time) (string, error) {
	var wrong error
	sql = variable.ReplaceAllStringFunc(sql, func(found string) string {
		m := variable.FindStringSubmatch(found)
		v, ok := values[m[1]]
		if !ok {
			wrong = fmt.Errorf("%s is no variable of the board", found)
			return ""
		}
		if len(v) == 1 && strings.HasPrefix(v[0], verbatim) {
			return strings.TrimPrefix(v[0], verbatim)
		}
		switch m[2] {
		case "sqlstring":
			quoted := make([]string, len(v))
			for i := range v {
				quoted[i] = "'" + strings.ReplaceAll(v[i], "'", "''") + "'"
			}
			return strings.Join(quoted, ",")
		case "percentencode":
			return percentEncoded(strings.Join(v, ","))
		default:
			wrong = fmt.Errorf("%s is put in without quotes", found)
			return ""
		}
	})
	seconds := max(1, int64(to.Sub(from).Seconds())/1000)
	macros := []struct{ pattern, value string }{
		{`\$__timeFilter\(([^()]+)\)`, fmt.Sprintf("$1 >= toDateTime(%d) AND $1 <= toDateTime(%d)", from.Unix(), to.Unix())},
		{`\$__dateFilter\(([^()]+)\)`, fmt.Sprintf("$1 >= toDate('%s') AND $1 <= toDate('%s')", from.UTC().Format(time.DateOnly), to.UTC().Format(time.DateOnly))},
		{`\$__fromTime\b`, fmt.Sprintf("toDateTime(%d)", from.Unix())},
		{`\$__toTime\b`, fmt.Sprintf("toDateTime(%d)", to.Unix())},
		{`\$__interval_s\b`, fmt.Sprint(seconds)},
	}
	for _, m := range macros {
		sql = regexp.MustCompile(m.pattern).ReplaceAllString(sql, m.value)
	}
	if i := strings.IndexByte(sql, '$'); i >= 0 && wrong == nil {
		wrong = fmt.Errorf("%q is no macro", sql[i:min(len(sql), i+20)])
	}
	return sql, wrong
}

// expandPromQL puts the values into an expression as the Prometheus datasource does.
func expandPromQL(expr string, values chosen) string {
	return intervals.Replace(variable.ReplaceAllStringFunc(expr, func(found string) string {
		return strings.NewReplacer(`\`, `\\`, `'`, `\\'`).Replace(strings.Join(values[strings.Trim(found, "${}")], ""))
	}))
}

// percentEncoded is encodeURIComponent, strict: RFC 3986's unreserved letters stay.
func percentEncoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
