package datasource

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// The kinds of questions.
const (
	kindMap         = "process_map"
	kindTimeline    = "order_timeline"
	kindVisits      = "order_visits"
	kindRanking     = "ranking"
	kindSentence    = "sentence"
	kindOpenOrders  = "open_orders"
	kindOpenByAge   = "open_by_age"
	kindVariable    = "variable"
	defaultKind     = kindSentence
	defaultVariable = "processes"
)

// question is one query of a panel or a variable, as the editor writes it.
type question struct {
	Kind     string   `json:"kind"`
	Process  string   `json:"process"`  // empty: the first one
	Order    string   `json:"order"`    // of order_timeline and order_visits
	Stages   []string `json:"stages"`   // of open_orders; empty: all
	Teams    []string `json:"teams"`    // of open_orders; empty: all
	Variable string   `json:"variable"` // of variable: processes, stages, teams, late_orders
	Lang     string   `json:"lang"`     // empty: as the datasource is set
	Most     int      `json:"most"`     // rows; 0: as many as the datasource allows

	lang language
	now  time.Time // the end of the panel's range, at most the present
	conn driver.Conn
}

// parse reads a question and bounds it.
func (d *Datasource) parse(asked backend.DataQuery) (*question, error) {
	q := &question{conn: d.conn, lang: d.settings.Lang}
	if err := json.Unmarshal(asked.JSON, q); err != nil {
		return nil, fmt.Errorf(q.say("the query cannot be read: %w", "无法读取查询：%w"), err)
	}
	q.lang = languageOf(q.Lang, d.settings.Lang)
	if q.now = d.now().UTC(); !asked.TimeRange.To.IsZero() && asked.TimeRange.To.Before(q.now) {
		q.now = asked.TimeRange.To.UTC()
	}
	if q.Most <= 0 || q.Most > d.settings.Rows {
		q.Most = d.settings.Rows
	}
	if q.Kind == "" {
		q.Kind = defaultKind
	}
	if q.Variable == "" {
		q.Variable = defaultVariable
	}
	if q.reading() == nil {
		return nil, wrongError(fmt.Sprintf(q.say("the kind of query %q is unknown: choose one in the query editor", "未知的查询类型 %q：请在查询编辑器中选择"), q.Kind))
	}
	return q, nil
}

// reading returns what answers a question of this kind, nil if nothing does.
func (q *question) reading() func(context.Context) (data.Frames, error) {
	switch q.Kind {
	case kindMap:
		return q.processMap
	case kindTimeline:
		return q.orderTimeline
	case kindVisits:
		return q.orderVisits
	case kindRanking:
		return q.ranking
	case kindSentence:
		return q.sentence
	case kindOpenOrders:
		return q.openOrders
	case kindOpenByAge:
		return q.openByAge
	case kindVariable:
		return q.values
	}
	return nil
}

func (q *question) ask(ctx context.Context) (data.Frames, error) { return q.reading()(ctx) }

// say chooses a text by the question's language.
func (q *question) say(en, zh string) string { return q.lang.say(en, zh) }
