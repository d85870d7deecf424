package datasource

import (
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/takt-orders/takt/metrics/view"
)

// The colours of states: those of Grafana's palette, so that themes hold.
const (
	red    = "red"
	orange = "orange"
	green  = "green"
	blue   = "blue"
	grey   = "text"
)

// column makes a field: name is the same in every language, title is what people read.
func column[T any](name, title string, values []T) *data.Field {
	f := data.NewField(name, nil, values)
	f.Config = &data.FieldConfig{DisplayNameFromDS: title}
	return f
}

// inHours shows hours, which fields whose name ends so hold, with one decimal.
func (q *question) inHours(f *data.Field) *data.Field {
	one := uint16(1)
	f.Config.Unit, f.Config.Decimals = q.say("suffix: h", "suffix:小时"), &one
	return f
}

// painted shows texts in colours.
func painted(f *data.Field, colours map[string]string) *data.Field {
	m := data.ValueMapper{}
	for text, colour := range colours {
		m[text] = data.ValueMappingResult{Color: colour}
	}
	f.Config.Mappings = data.ValueMappings{m}
	return f
}

// gather makes the values of a column out of rows.
func gather[R, T any](rows []R, value func(*R) T) []T {
	all := make([]T, len(rows))
	for i := range rows {
		all[i] = value(&rows[i])
	}
	return all
}

// cut leaves the first rows, as many as the question may have, and tells whether there
// were more.
func cut[R any](q *question, rows []R) ([]R, bool) {
	if len(rows) > q.Most {
		return rows[:q.Most], true
	}
	return rows, false
}

// wasCut says that a frame does not hold everything.
func (q *question) wasCut(f *data.Frame) {
	f.AppendNotices(data.Notice{Severity: data.NoticeSeverityWarning, Text: fmt.Sprintf(q.say(
		"Only the first %s rows are shown: narrow the filter, or raise the most of rows in the query or the datasource's configuration.",
		"仅显示前 %s 行：请缩小筛选范围，或在查询、数据源配置中提高行数上限。"), view.Thousands(int64(q.Most)))})
}

// told says why a frame is empty.
func told(f *data.Frame, text string) *data.Frame {
	f.AppendNotices(data.Notice{Severity: data.NoticeSeverityInfo, Text: text})
	return f
}

// as names how a frame is best drawn.
func as(f *data.Frame, kind data.VisType) *data.Frame {
	if f.Meta == nil {
		f.Meta = &data.FrameMeta{}
	}
	f.Meta.PreferredVisualization = kind
	return f
}

// span writes a duration in the question's language.
func (q *question) span(d time.Duration) string { return view.Span(d, q.lang == chinese) }

// instant is nil where there is none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
