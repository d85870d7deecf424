package grafana

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Chosen are the values of a board's variables as somebody chose them: one, several
// or none. A value that begins with Verbatim stands in a query as it is.
type Chosen map[string][]string

// Verbatim marks a value that is not quoted, as that of "all" is not.
const Verbatim = "\x00"

var (
	variable = regexp.MustCompile(`\$\{(\w+)(?::(\w+))?\}`)
	macros   = [...]struct {
		pattern *regexp.Regexp
		value   func(from, to time.Time) string
	}{
		{regexp.MustCompile(`\$__timeFilter\(([^()]+)\)`), func(from, to time.Time) string {
			return fmt.Sprintf("$1 >= toDateTime(%d) AND $1 <= toDateTime(%d)", from.Unix(), to.Unix())
		}},
		{regexp.MustCompile(`\$__dateFilter\(([^()]+)\)`), func(from, to time.Time) string {
			return fmt.Sprintf("$1 >= toDate('%s') AND $1 <= toDate('%s')", from.UTC().Format(time.DateOnly), to.UTC().Format(time.DateOnly))
		}},
		{regexp.MustCompile(`\$__fromTime\b`), func(from, _ time.Time) string { return fmt.Sprintf("toDateTime(%d)", from.Unix()) }},
		{regexp.MustCompile(`\$__toTime\b`), func(_, to time.Time) string { return fmt.Sprintf("toDateTime(%d)", to.Unix()) }},
		{regexp.MustCompile(`\$__interval_s\b`), func(from, to time.Time) string { return fmt.Sprint(max(1, int64(to.Sub(from).Seconds())/1000)) }},
	}
)

// Expand puts the values and the range into a query as Grafana's frontend and the
// ClickHouse datasource do. It fails on a variable that has no values, on one without
// quotes and on what is no macro.
func Expand(sql string, values Chosen, from, to time.Time) (string, error) {
	var wrong error
	sql = variable.ReplaceAllStringFunc(sql, func(found string) string {
		m := variable.FindStringSubmatch(found)
		v, ok := values[m[1]]
		if !ok {
			wrong = fmt.Errorf("%s is no variable of the board", found)
			return ""
		}
		if len(v) == 1 && strings.HasPrefix(v[0], Verbatim) {
			return strings.TrimPrefix(v[0], Verbatim)
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
	for _, m := range macros {
		sql = m.pattern.ReplaceAllString(sql, m.value(from, to))
	}
	if i := strings.IndexByte(sql, '$'); i >= 0 && wrong == nil {
		wrong = fmt.Errorf("%q is no macro", sql[i:min(len(sql), i+20)])
	}
	return sql, wrong
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

// Options returns what a variable of a query lets people choose, of what was chosen
// before; ask returns the first column.
func (v *Variable) Options(values Chosen, now time.Time, ask func(sql string) ([]string, error)) ([]string, error) {
	text, _ := v.Query.(string)
	sql, err := Expand(text, values, now.AddDate(0, 0, -1), now)
	if err != nil {
		return nil, fmt.Errorf("variable %q: %w", v.Name, err)
	}
	options, err := ask(sql)
	if err != nil {
		return nil, fmt.Errorf("variable %q: %w\n%s", v.Name, err, sql)
	}
	return options, nil
}

// Opened returns what a board shows when it is opened: of a query the first value, of
// a filter all. What people type is the caller's to add.
func (d *Dashboard) Opened(now time.Time, ask func(sql string) ([]string, error)) (Chosen, error) {
	values := Chosen{}
	for _, v := range d.Templating.List {
		switch {
		case v.IncludeAll:
			values[v.Name] = []string{Verbatim + v.AllValue}
		case v.Type == "query":
			options, err := v.Options(values, now, ask)
			if err != nil {
				return nil, err
			}
			if len(options) == 0 {
				return nil, fmt.Errorf("variable %q has nothing to choose", v.Name)
			}
			values[v.Name] = options[:1]
		}
	}
	return values, nil
}

// Begin returns when the board's range begins if it ends at an instant.
func (r Range) Begin(end time.Time) (time.Time, error) {
	ago, _, _ := strings.Cut(strings.TrimPrefix(r.From, "now-"), "/")
	var n int
	var unit string
	if _, err := fmt.Sscanf(ago, "%d%s", &n, &unit); err != nil {
		return time.Time{}, fmt.Errorf("range from %q: %w", r.From, err)
	}
	length, ok := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[unit]
	if !ok {
		return time.Time{}, fmt.Errorf("range from %q: no unit of time", r.From)
	}
	return end.Add(-time.Duration(n) * length), nil
}
