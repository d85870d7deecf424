package datasource

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// asked is a question as the editor writes it.
type asked map[string]any

// ask asks one question at the end of the world.
func ask(t testing.TB, d *Datasource, q asked) backend.DataResponse {
	t.Helper()
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	to := shop.now
	answer, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{
		{RefID: "A", JSON: text, TimeRange: backend.TimeRange{From: to.Add(-24 * time.Hour), To: to}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Responses["A"]
}

// answered asks a question that has an answer.
func answered(t testing.TB, d *Datasource, q asked) data.Frames {
	t.Helper()
	r := ask(t, d, q)
	if r.Error != nil {
		t.Fatalf("%v: %v", q, r.Error)
	}
	return r.Frames
}

// waiting is the number of an order past its limit in the warehouse.
func (w *world) waiting(t testing.TB) string {
	return w.one(t, "SELECT order_id FROM takt.visits WHERE outcome = 'open' AND stage = 'pick' ORDER BY entered_at, order_id LIMIT 1")
}

func TestFrames(t *testing.T) {
	d := shop.datasource(t, shop.settings(t))
	number := shop.waiting(t)
	for name, q := range map[string]asked{
		"map":              {"kind": "process_map"},
		"timeline":         {"kind": "order_timeline", "order": number},
		"visits":           {"kind": "order_visits", "order": number},
		"ranking":          {"kind": "ranking"},
		"sentence":         {"kind": "sentence"},
		"sentence-default": {},
		"open-orders":      {"kind": "open_orders", "stages": []string{"pick", "review"}, "teams": []string{"warehouse"}, "most": 5},
		"open-by-age":      {"kind": "open_by_age"},
		"processes":        {"kind": "variable"},
		"stages":           {"kind": "variable", "variable": "stages", "process": "retail"},
		"teams":            {"kind": "variable", "variable": "teams"},
		"late-orders":      {"kind": "variable", "variable": "late_orders", "most": 3},
		"idle-map":         {"kind": "process_map", "process": "idle"},
		"idle-sentence":    {"kind": "sentence", "process": "idle"},
		"idle-open-orders": {"kind": "open_orders", "process": "idle"},
		"unmatched":        {"kind": "open_orders", "teams": []string{"nobody"}},
		"no-order":         {"kind": "order_timeline", "order": "none"},
		"which-order":      {"kind": "order_visits"},
	} {
		for _, lang := range []string{"en", "zh"} {
			t.Run(name+"-"+lang, func(t *testing.T) {
				q["lang"] = lang
				got, err := json.MarshalIndent(answered(t, d, q), "", " ")
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join("testdata", name+"-"+lang+".json")
				if *update {
					if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
					t.Errorf("-want +got, -update rewrites it:\n%s", diff)
				}
			})
		}
	}
}

// text returns the only text of a field.
func text(t testing.TB, f *data.Frame, name string) string {
	t.Helper()
	field, _ := f.FieldByName(name)
	if field == nil || field.Len() != 1 {
		t.Fatalf("frame %s has not one %s", f.Name, name)
	}
	return field.At(0).(string)
}

func TestBottleneckIsNamed(t *testing.T) {
	d := shop.datasource(t, shop.settings(t))
	f := answered(t, d, asked{"kind": "sentence"})[0]
	if got := text(t, f, "state") + " " + text(t, f, "stage"); got != "bottleneck pick" {
		t.Errorf("state and stage are %q, want the one where the warehouse stands still", got)
	}
	nodes := answered(t, d, asked{"kind": "process_map"})[0]
	ids, _ := nodes.FieldByName("id")
	lit, _ := nodes.FieldByName("highlighted")
	for i := range ids.Len() {
		if got, want := lit.At(i).(bool), ids.At(i).(string) == "pick"; got != want {
			t.Errorf("node %v is highlighted: %v, want %v", ids.At(i), got, want)
		}
	}
	sum := 0.0
	for _, arc := range []string{"arc__overdue", "arc__at_risk", "arc__fine"} {
		field, _ := nodes.FieldByName(arc)
		sum += field.At(3).(float64)
	}
	if sum < 0.999 || sum > 1.001 {
		t.Errorf("arcs of a node add up to %v, want 1", sum)
	}
}

func TestEdgesLeadToNodes(t *testing.T) {
	frames := answered(t, shop.datasource(t, shop.settings(t)), asked{"kind": "process_map"})
	there := map[string]bool{}
	ids, _ := frames[0].FieldByName("id")
	for i := range ids.Len() {
		there[ids.At(i).(string)] = true
	}
	if frames[1].Rows() == 0 {
		t.Fatal("no edges")
	}
	for _, end := range []string{"source", "target"} {
		field, _ := frames[1].FieldByName(end)
		for i := range field.Len() {
			if !there[field.At(i).(string)] {
				t.Errorf("edge %d leads to %q, which is no node", i, field.At(i))
			}
		}
	}
}

// What is asked of the past is answered as things stood then.
func TestRangeEndsInThePast(t *testing.T) {
	d := shop.datasource(t, shop.settings(t))
	r, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{
		{RefID: "then", JSON: []byte(`{"kind": "sentence"}`), TimeRange: backend.TimeRange{To: shop.now.Add(-24 * time.Hour)}},
		{RefID: "later", JSON: []byte(`{"kind": "sentence"}`), TimeRange: backend.TimeRange{To: shop.now.Add(24 * time.Hour)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{"then": "normal", "later": "bottleneck"} {
		if r.Responses[ref].Error != nil {
			t.Fatal(r.Responses[ref].Error)
		}
		if got := text(t, r.Responses[ref].Frames[0], "state"); got != want {
			t.Errorf("%s: state is %q, want %q", ref, got, want)
		}
	}
}

func TestRowsAreCutAndSaidSo(t *testing.T) {
	s := shop.settings(t)
	s.Rows = 4
	d := shop.datasource(t, s)
	for _, q := range []asked{
		{"kind": "open_orders"},
		{"kind": "open_orders", "most": 1000},
		{"kind": "ranking"},
		{"kind": "variable", "variable": "stages"},
		{"kind": "variable", "variable": "late_orders"},
	} {
		f := answered(t, d, q)[0]
		if f.Rows() != 4 || f.Meta == nil || len(f.Meta.Notices) != 1 || !strings.Contains(f.Meta.Notices[0].Text, "first 4 rows") {
			t.Errorf("%v: %d rows, %+v, want 4 and a notice", q, f.Rows(), f.Meta)
		}
	}
	if f := answered(t, d, asked{"kind": "variable"})[0]; f.Meta != nil {
		t.Errorf("what was not cut says %v", f.Meta.Notices)
	}
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	d := shop.datasource(t, shop.settings(t))
	slow := shop.settings(t)
	slow.Timeout = time.Nanosecond
	off := shop.settings(t)
	off.Port = 1
	stranger := shop.settings(t)
	stranger.User = "stranger"
	for name, c := range map[string]struct {
		d      *Datasource
		q      asked
		status backend.Status
		want   string
	}{
		"kind":        {d, asked{"kind": "everything"}, backend.StatusBadRequest, `"everything" is unknown`},
		"kind zh":     {d, asked{"kind": "everything", "lang": "zh"}, backend.StatusBadRequest, "未知的查询类型"},
		"shape":       {d, asked{"kind": 7}, backend.StatusBadRequest, "cannot be read"},
		"process":     {d, asked{"process": "none"}, backend.StatusBadRequest, `no process "none"`},
		"variable":    {d, asked{"kind": "variable", "variable": "passwords"}, backend.StatusBadRequest, `"passwords" is unknown`},
		"slow":        {shop.datasource(t, slow), asked{"kind": "process_map"}, backend.StatusTimeout, "longer than 1ns"},
		"unreachable": {shop.datasource(t, off), asked{}, backend.StatusBadGateway, "does not answer at"},
		"login":       {shop.datasource(t, stranger), asked{}, backend.StatusUnauthorized, `refuses the user "stranger"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(t, c.d, c.q)
			if r.Error == nil || !strings.Contains(r.Error.Error(), c.want) || r.Status != c.status {
				t.Errorf("got %v %v, want %v %q", r.Status, r.Error, c.status, c.want)
			}
			if r.ErrorSource != backend.ErrorSourceDownstream {
				t.Errorf("source of the error is %q: it is nobody's fault here", r.ErrorSource)
			}
		})
	}
}
