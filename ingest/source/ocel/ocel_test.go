package ocel

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// again gives a text as often as it is asked.
func again(text string) func() (io.Reader, error) {
	return func() (io.Reader, error) { return strings.NewReader(text), nil }
}

// all returns the rows that next gives, and its error.
func all(next func() ([]byte, error), err error) (rows []string, _ error) {
	for err == nil {
		var row []byte
		if row, err = next(); err == nil {
			rows = append(rows, string(row))
		}
	}
	if err == io.EOF {
		err = nil
	}
	return rows, err
}

// The same log in each form: objects behind the events, one that is related twice,
// one that is not listed, an attribute of a name that is ours.
const jsonLog = `{"eventTypes": [{"name": "place order", "attributes": []}], "events": [
 {"id": "e1", "type": "place order", "time": "2025-11-27T09:12:00Z",
  "attributes": [{"name": "价格", "value": 12.50}, {"name": "note", "value": "a \"b\""}, {"name": "ocel:eid", "value": "x"}],
  "relationships": [{"objectId": "i1", "qualifier": "item"}, {"objectId": "o1", "qualifier": "order"}, {"objectId": "o1", "qualifier": "again"}, {"objectId": "i2", "qualifier": "item"}]},
 {"id": "e2", "type": "pay", "time": "2025-11-28T00:00:00+01:00", "relationships": [{"objectId": "lost"}]}
], "objectTypes": [], "objects": [{"id": "o1", "type": "订单", "attributes": [{"name": "p", "time": "1970-01-01T00:00:00Z", "value": "1"}], "relationships": []},
 {"id": "i1", "type": "items"}, {"type": "items", "id": "i2"}], "more": {"a": [1, {"b": null}]}}`

func rowsOfLog(price string) []string {
	return []string{
		`{"ocel:eid":"e1","ocel:activity":"place order","ocel:timestamp":"2025-11-27T09:12:00Z","ocel:type:items":["i1","i2"],"ocel:type:订单":["o1"],"价格":` + price + `,"note":"a \"b\""}`,
		`{"ocel:eid":"e2","ocel:activity":"pay","ocel:timestamp":"2025-11-28T00:00:00+01:00","ocel:type:":["lost"]}`,
	}
}

func TestJSON(t *testing.T) {
	got, err := all(JSON(again(jsonLog)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rowsOfLog("12.50"), got); diff != "" {
		t.Error(diff)
	}
}

func TestMayBeJSON(t *testing.T) {
	for head, want := range map[string]bool{
		jsonLog[:100]:            true,
		"\n { \"objects\" : [":   true,
		`{"order": {"events": 1`: false,
		`[{"objects": []}]`:      false,
		"":                       false,
	} {
		if got := MayBeJSON([]byte(head)); got != want {
			t.Errorf("MayBeJSON(%q) = %v", head, got)
		}
	}
}

func TestWrongJSON(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a record with events", `{"events": [{"SECRET": 1}], "no": 1}`, ErrOther.Error()},
		{"no array", `{"objects": "SECRET", "events": []}`, errBroken.Error()},
		{"an event that is none", `{"objects": [], "events": ["SECRET"]}`, errBroken.Error()},
		{"a number for a text", `{"objects": [], "events": [{"id": 7}]}`, errBroken.Error()},
		{"cut off", jsonLog[:len(jsonLog)-20], errBroken.Error()},
		{"no JSON", `{"objects": [], "events": [{"id": SECRET}]}`, errBroken.Error()},
		{"no object", `["SECRET"]`, errBroken.Error()},
		{"nothing", "", errBroken.Error()},
		{"an event without end", `{"objects": [], "events": [{"id": "` + strings.Repeat("SECRET", maxPart/6+9999), "a part of it is too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := all(JSON(again(tt.text)))
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
			if errors.Is(err, ErrOther) != (tt.want == ErrOther.Error()) {
				t.Errorf("err = %#v", err)
			}
		})
	}
}

// FuzzJSON holds that no text breaks the reader and that every row is JSON.
func FuzzJSON(f *testing.F) {
	f.Add(jsonLog)
	f.Add(`{"objects": [{}], "events": [{"relationships": [{}]}]}`)
	f.Fuzz(func(t *testing.T, text string) { valid(t, text)(all(JSON(again(text)))) })
}

func valid(t *testing.T, text string) func([]string, error) {
	return func(rows []string, _ error) {
		for _, row := range rows {
			if !json.Valid([]byte(row)) {
				t.Fatalf("row %q of %q is no JSON", row, text)
			}
		}
	}
}
