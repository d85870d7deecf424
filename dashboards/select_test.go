package dashboards_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
)

// found is what ClickHouse returned: rows of texts, NULL as an empty one.
type found struct {
	Meta []struct{ Name, Type string }
	Data [][]any
	Stat struct {
		Read uint64 `json:"rows_read"`
	} `json:"statistics"`
}

// ask asks the engine as the datasource does, as the user of boards, with what the
// user's profile says on a server about the query cache: the engine has none, but refuses
// the queries that a server would refuse to keep.
func ask(sql string) (found, error) {
	q := url.Values{
		"user": {"takt_boards"}, "database": {"takt"}, "default_format": {"JSONCompact"}, "max_execution_time": {"60"},
		"use_query_cache": {"1"}, "query_cache_ttl": {"60"}, "query_cache_nondeterministic_function_handling": {"save"}, "query_cache_system_table_handling": {"ignore"},
	}
	r, err := http.Post("http://"+shop.engine.Addr+"/?"+q.Encode(), "text/plain", strings.NewReader(sql))
	if err != nil {
		return found{}, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return found{}, err
	}
	if r.StatusCode != http.StatusOK {
		return found{}, errors.New(string(body))
	}
	var f found
	return f, json.Unmarshal(body, &f)
}

func firstColumn(sql string) ([]string, error) {
	f, err := ask(sql)
	var column []string
	for _, row := range f.Data {
		column = append(column, fmt.Sprint(row[0]))
	}
	return column, err
}

// defaults are what a board shows when it is opened, of the order number an order that
// waits.
func defaults(t testing.TB, b *grafana.Dashboard) grafana.Chosen {
	t.Helper()
	values, err := b.Opened(shop.now, firstColumn)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range b.Templating.List {
		if v.Type == "textbox" {
			values[v.Name] = []string{shop.waiting}
		}
	}
	return values
}

// optionsOf returns what a variable lets people choose.
func optionsOf(t testing.TB, v *grafana.Variable, values grafana.Chosen) []string {
	t.Helper()
	options, err := v.Options(values, shop.now, firstColumn)
	if err != nil {
		t.Fatal(err)
	}
	return options
}

// edges are what else people choose.
func edges(t testing.TB, b *grafana.Dashboard) map[string]grafana.Chosen {
	t.Helper()
	all := map[string]grafana.Chosen{"default": defaults(t, b), "first": {}, "none": {}, "quote": {}, "nobody": {}}
	for _, v := range b.Templating.List {
		if v.Type == "datasource" {
			continue
		}
		all["first"][v.Name] = all["default"][v.Name]
		if v.IncludeAll {
			if options := optionsOf(t, &v, all["first"]); len(options) > 0 {
				all["first"][v.Name] = options[:1]
			}
		}
		all["none"][v.Name] = nil
		if !v.Multi {
			all["none"][v.Name] = []string{""}
		}
		all["quote"][v.Name] = []string{"o'brien"}
		if v.Type == "textbox" {
			all["quote"][v.Name] = []string{`o'brien"\ OR 1=1 --`}
		}
		all["nobody"][v.Name] = []string{"nobody"}
	}
	if !slices.ContainsFunc(b.Templating.List, func(v grafana.Variable) bool { return v.IncludeAll }) {
		delete(all, "first") // which is the default
	}
	return all
}

var relation = regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+([a-z_]+\.\w+|\w+\b)`)

// shownType are the types that the datasource makes fields of.
var shownType = regexp.MustCompile(`^(Nullable\(|LowCardinality\()*(String|Bool|U?Int\d+|Float64|Date|DateTime|DateTime64\(3, 'UTC'\))\)*$`)

// passes is how often a query may read all visits, orders and exceptions, rows not merged
// yet included: judging the bottleneck and the change of a week take three to four.
const passes = 5

// TestSelects asks the real ClickHouse every query of every panel, with what is chosen
// when the board is opened and with what else people choose.
func TestSelects(t *testing.T) {
	for _, l := range []dashboards.Language{dashboards.English, dashboards.Chinese} {
		for _, b := range dashboards.Boards(l) {
			for name, values := range edges(t, &b) {
				if l == dashboards.English && name != "default" {
					continue // the queries of both languages differ in words alone
				}
				t.Run(fmt.Sprintf("%s/%s/%s", l, b.UID, name), func(t *testing.T) { selects(t, &b, values, name == "default") })
			}
		}
	}
}

func selects(t *testing.T, b *grafana.Dashboard, values grafana.Chosen, wanted bool) {
	from, to := span(t, b.Time)
	for _, p := range b.Asking() {
		for _, q := range p.Targets {
			if q.RawSQL == "" {
				continue
			}
			for _, m := range relation.FindAllStringSubmatch(q.RawSQL, -1) {
				if !strings.HasPrefix(m[1], "takt.") && !strings.Contains(q.RawSQL, m[1]+" AS (") {
					t.Errorf("panel %d reads %q, which is no relation for people", p.ID, m[1])
				}
			}
			sql, err := grafana.Expand(q.RawSQL, values, from, to)
			if err != nil {
				t.Errorf("panel %d: %v", p.ID, err)
				continue
			}
			f, err := ask(sql)
			switch {
			case err != nil:
				t.Errorf("panel %d: %v\n%s", p.ID, err, sql)
			case wanted && len(f.Data) == 0 && p.ID > 0 && !silent(q.RawSQL): // what is marked is TestIncidents' business
				t.Errorf("panel %d finds nothing:\n%s", p.ID, sql)
			case q.QueryType == "timeseries":
				ordered(t, &p, f)
			}
			for _, m := range f.Meta {
				if !shownType.MatchString(m.Type) {
					t.Errorf("panel %d: %q is %s, which the datasource does not show", p.ID, m.Name, m.Type)
				}
			}
			if most := passes * shop.stored; f.Stat.Read > most {
				t.Errorf("panel %d reads %d rows, at most %d", p.ID, f.Stat.Read, most)
			}
		}
	}
}

// ordered wants the rows of a series in the order of time, its first column.
func ordered(t *testing.T, p *grafana.Panel, f found) {
	t.Helper()
	if len(f.Meta) == 0 || !strings.Contains(f.Meta[0].Type, "Date") {
		t.Errorf("panel %d: the first column is no time: %v", p.ID, f.Meta)
		return
	}
	for i := 1; i < len(f.Data); i++ {
		if fmt.Sprint(f.Data[i][0]) < fmt.Sprint(f.Data[i-1][0]) {
			t.Errorf("panel %d: rows are not in the order of time", p.ID)
			return
		}
	}
}

// span is the board's range, ending where the simulation does.
func span(t testing.TB, r grafana.Range) (time.Time, time.Time) {
	t.Helper()
	from, err := r.Begin(shop.now)
	if err != nil {
		t.Fatal(err)
	}
	return from, shop.now
}
