package propose

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func payloads(rows []map[string]any) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, r := range rows {
			data, err := json.Marshal(r)
			if !yield(data, err) {
				return
			}
		}
	}
}

func mapping(t *testing.T, p *Proposal) source.Mapping {
	t.Helper()
	var m source.Mapping
	if err := yaml.Unmarshal([]byte(p.Mapping), &m); err != nil {
		t.Fatalf("%v\n%s", err, p.Mapping)
	}
	for _, problem := range m.Validate() {
		t.Errorf("%s: %s\n%s", problem.Path, problem.Message, p.Mapping)
	}
	return m
}

func said(p *Proposal) string { return strings.Join(p.Undecided, "\n") }

// TestWide reads a row per order with a date per step, the promise among them.
func TestWide(t *testing.T) {
	begin := time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC)
	var rows []map[string]any
	for i := range 200 {
		at := begin.Add(time.Duration(i) * time.Hour)
		r := map[string]any{"单号": fmt.Sprintf("SO%04d", i), "备注": "x", "金额": 10.5, "下单": at.Format("2006/1/2 15:04"), "审核": "", "发货": "", "交期": at.AddDate(0, 0, 9).Format("2006/1/2 15:04")}
		if i < 180 {
			r["审核"] = at.Add(2 * time.Hour).Format("2006/1/2 15:04")
		}
		if i < 150 {
			r["发货"] = at.Add(30 * time.Hour).Format("2006/1/2 15:04")
		}
		rows = append(rows, r)
	}
	p, err := From(payloads(rows), Config{Name: "shop", Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	m := mapping(t, p)
	var dates []string
	for _, d := range m.Dates {
		dates = append(dates, d.Activity)
	}
	if got := strings.Join(dates, " "); got != "下单 审核 发货" || m.Identity.Kind != "slot" || m.Fields.OrderID.Path[0] != "单号" || m.Fields.PromisedAt.Path[0] != "交期" || m.Fields.Amount.Path[0] != "金额" {
		t.Errorf("got %s:\n%s", got, p.Mapping)
	}
	for _, want := range []string{"starts_on: ['下单']\n    ends_on: ['审核']\n    limit: {within: 2h,", "starts_on: ['审核']\n    ends_on: ['发货']\n    limit: {within: 28h,", "opens_on: ['下单']\ncloses_on:\n  completed: ['发货']\n"} {
		if !strings.Contains(p.Process, want) {
			t.Errorf("the process lacks %q:\n%s", want, p.Process)
		}
	}
	if !strings.Contains(said(p), `No field was found for "备注"`) || !strings.Contains(said(p), `"交期" lies ahead`) {
		t.Errorf("it says:\n%s", said(p))
	}
}

// TestLog finds the order among customers and lines, in nested objects, by how
// events go and not by names.
func TestLog(t *testing.T) {
	begin := time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC)
	var rows []map[string]any
	for i := range 100 {
		for k, what := range []string{"aa", "bb", "cc"} {
			if k == 1 && i%20 == 0 {
				what = "odd" // in few orders
			}
			rows = append(rows, map[string]any{"x": map[string]any{"a.b": 1000 + i, "who": i % 7}, "p": what, "q": begin.Add(time.Duration(i*10+k) * time.Hour).UnixMilli(), "kind": "web", "clerk_id": i % 5, "tags": []int{1}})
		}
	}
	p, err := From(payloads(rows), Config{Name: "shop", Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	m := mapping(t, p)
	if p.Order != `x.a\.b` || m.Fields.OrderID.Path[0] != p.Order || m.Activity.From[0].Path[0] != "p" || m.Fields.OccurredAt.Path[0] != "q" || m.Times[0] != "epoch_ms" {
		t.Errorf("got %s", p.Mapping)
	}
	if !strings.Contains(p.Process, "starts_on: ['bb']\n    ends_on: ['cc']") || !strings.Contains(said(p), "are in no stage, as few orders have them or they follow the end: ['odd'].") {
		t.Errorf("got %s\n%s", p.Process, said(p))
	}
	if !strings.Contains(said(p), `"clerk_id" holds numbers`) || !strings.Contains(said(p), "owner: {path: 'clerk_id', lookup: {") {
		t.Errorf("it says nothing of a table:\n%s", said(p))
	}
}

func TestNoOrders(t *testing.T) {
	tests := []struct {
		name, want string
		rows       []map[string]any
	}{
		{"one sample", "fewer than two", []map[string]any{{"a": "1"}}},
		{"no times", "no columns look like", []map[string]any{{"a": "1"}, {"a": "2"}, {"a": "3"}}},
		{"one time and no activity", "no columns look like", []map[string]any{{"a": "1", "t": "2025-11-03"}, {"a": "2", "t": "2025-11-04"}}},
	}
	for _, tt := range tests {
		if _, err := From(payloads(tt.rows), Config{Name: "shop", Zone: time.UTC}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	bad := func(yield func([]byte, error) bool) { yield([]byte(`["secret"]`), nil) }
	if _, err := From(bad, Config{Name: "shop", Zone: time.UTC}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("an array: got %v", err)
	}
}

// FuzzFrom holds that any payloads give an error or a mapping that is right.
func FuzzFrom(f *testing.F) {
	f.Add("o", "a", "2025-11-03 10:00", "b'\"")
	f.Add("x.y", "", "1763604000000", "\\")
	f.Fuzz(func(t *testing.T, a, b, when, c string) {
		rows := []map[string]any{}
		for i := range 8 {
			rows = append(rows, map[string]any{"k" + a: fmt.Sprint(a, i/2), "l" + b: fmt.Sprint(c, i%2), "m" + c: when, "n": fmt.Sprintf("2025-11-0%d", i+1)})
		}
		p, err := From(payloads(rows), Config{Name: "shop", Zone: time.UTC})
		if err == nil {
			mapping(t, p)
		}
	})
}
