package source

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// withProgram sets the program of every expression.
func withProgram(m Mapping, reads []string, eval func([]any) (any, bool)) Mapping {
	for at, v := range m.Values() {
		if v.CEL != "" {
			v.Program = &Program{Reads: reads, Eval: eval, Place: at}
		}
		if v.Lookup != nil {
			v.Lookup.Table = map[string]string{"7": "SO-7", "true": "yes", "é": "e", "late": "2025-01-02T00:00:00Z"}
		}
	}
	return m
}

// TestComputed holds what expressions are given, and what becomes of what they give.
func TestComputed(t *testing.T) {
	const lookup = "lookup: {file: t.csv, key: k, value: v"
	const head = "fields: {order_id: no, occurred_at: at"
	const tail = "}\nactivity: {from: s}\n"
	for _, tt := range []struct {
		name, mapping, record string
		result                any // false: the record does not suit
		given                 []any
		want                  string // the event in part, or why it is none
	}{
		{"text", head + ", owner: {cel: x}" + tail, `"a":"x\"\u00e9"`, "q\"é\n", []any{"x\"é"}, `"owner":"q\"é\u000a"`},
		{"number", head + ", amount: {cel: x}" + tail, `"a":1.50`, json.Number("1e2"), []any{json.Number("1.50")}, `"amount":100`},
		{"truth", head + "}\nattributes: {x: {cel: x}}\nactivity: {from: s}\n", `"a":false`, true, []any{false}, `"attributes":{"x":"true"}`},
		{"nothing", head + ", owner: {cel: x, const: none}" + tail, `"a":null`, Absent{}, []any{nil}, `"owner":"none"`},
		{"absent", head + ", owner: {cel: x}" + tail, ``, "y", []any{Absent{}}, `"owner":"y"`},
		{"composite", head + ", owner: {cel: x}" + tail, `"a":{"b":[1, 2]}`, "y", []any{json.RawMessage(`{"b":[1, 2]}`)}, `"owner":"y"`},
		{"does not suit", head + ", owner: {cel: x}" + tail, `"a":1`, nil, []any{json.Number("1")}, "bad_expression: fields.owner"},
		{"ignored all the same", head + ", owner: {cel: x}}\nactivity: {from: s, map: {order.placed: ignore}}\n", `"a":1`, nil, nil, "-"},
		{"instant", "fields: {order_id: no, occurred_at: {cel: x}" + tail, `"a":"1"`, "2025-02-03T04:05:06Z", []any{"1"}, `"occurred_at":"2025-02-03T04:05:06.000Z"`},
		{"instant beside other formats", "times: [date]\nfields: {order_id: no, occurred_at: {cel: x, times: [epoch_s]}" + tail, `"a":"1"`, "2025-02-03T04:05:06Z", []any{"1"}, `"occurred_at":"2025-02-03T04:05:06.000Z"`},
		{"instant in a format", "times: [epoch_ms]\nfields: {order_id: no, occurred_at: {cel: x}" + tail, `"a":"1"`, json.Number("1738555506000"), []any{"1"}, `"occurred_at":"2025-02-03T04:05:06.000Z"`},
		{"activity", "fields: {order_id: no, occurred_at: at}\nactivity: {from: [{cel: x}, s], rows: [{when: [P, '+'], is: order.paid}]}\n", `"a":"1"`, "P", []any{"1"}, `"activity":"order.paid"`},
		{"activity of nothing", "fields: {order_id: no, occurred_at: at}\nactivity: {from: {cel: x}}\n", `"a":"1"`, Absent{}, []any{"1"}, "no_activity: activity"},
		{"order of nothing", "fields: {order_id: {cel: x}, occurred_at: at" + tail, `"a":"1"`, "", []any{"1"}, "no_order: order_id"},
		{"order looked up", "fields: {order_id: {path: [b, a], " + lookup + "}}, occurred_at: at" + tail, `"a":7,"b":""`, nil, nil, `"order_id":"SO-7"`},
		{"order not found", "fields: {order_id: {path: a, " + lookup + "}}, occurred_at: at" + tail, `"a":8`, nil, nil, "no_order: order_id"},
		{"order kept", "fields: {order_id: {path: a, " + lookup + ", missing: keep}}, occurred_at: at" + tail, `"a":8`, nil, nil, `"order_id":"8"`},
		{"truth looked up", head + ", owner: {path: a, " + lookup + "}}" + tail, `"a":true`, nil, nil, `"owner":"yes"`},
		{"escapes looked up", head + ", owner: {path: a, " + lookup + "}}" + tail, `"a":"\u00e9"`, nil, nil, `"owner":"e"`},
		{"composite is no key", head + ", owner: {path: a, " + lookup + "}, const: none}" + tail, `"a":[7]`, nil, nil, `"owner":"none"`},
		{"not found", head + ", owner: {path: a, " + lookup + "}, const: none}" + tail, `"a":"x"`, nil, nil, `"owner":"none"`},
		{"computed key", head + ", owner: {cel: x, " + lookup + "}}" + tail, `"a":"x"`, json.Number("7"), []any{"x"}, `"owner":"SO-7"`},
		{"instant looked up", "fields: {order_id: no, occurred_at: {path: a, " + lookup + "}}" + tail, `"a":"late"`, nil, nil, `"occurred_at":"2025-01-02T00:00:00.000Z"`},
		{"instant not found", "fields: {order_id: no, occurred_at: {path: a, " + lookup + "}}" + tail, `"a":"x"`, nil, nil, "bad_time: occurred_at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var given []any
			d := mustDecoder(t, withProgram(parseMapping(t, tt.mapping), []string{"a"}, func(members []any) (any, bool) {
				given = slices.Clone(members)
				return tt.result, tt.result != nil
			}))
			record := []byte(strings.Replace(`{"no":"1","at":"2025-01-01T00:00:00Z","s":"order.placed",`+tt.record+`}`, ",}", "}", 1))
			events, inv := d.Decode(nil, record, now, new(Arena))
			got := reason(inv)
			switch {
			case len(events) == 1:
				got = string(events[0].AppendJSON(nil, ""))
			case inv == nil:
				got = "-"
			}
			if strings.HasPrefix(tt.want, `"`) != strings.HasPrefix(got, "{") || !strings.Contains(got, tt.want) {
				t.Errorf("Decode(%s) = %s, want %s", record, got, tt.want)
			}
			if diff := cmp.Diff(tt.given, given); diff != "" {
				t.Errorf("the expression was given (-want +got):\n%s", diff)
			}
			if len(events) == 1 {
				if no, inv := d.Order(record, new(Arena)); inv != nil || no != events[0].OrderID {
					t.Errorf("Order(%s) = %q, %v, want %q", record, no, inv, events[0].OrderID)
				}
			}
		})
	}
}

// TestComputedCustomerIsPersonal: what a customer is made of is masked as its path is.
func TestComputedCustomerIsPersonal(t *testing.T) {
	m := parseMapping(t, "fields: {order_id: no, occurred_at: at, customer: {cel: x}}\nactivity: {from: s}\n")
	d := mustDecoder(t, withProgram(m, []string{"name", "to.phone"}, func([]any) (any, bool) { return nil, false }))
	got := string(d.Mask([]byte(`{"no":1,"name":"Li","to":{"phone":"139","city":"x"}}`)))
	if want := `{"no":1,"name":"***","to":{"phone":"***","city":"x"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d = mustDecoder(t, withProgram(m, []string{""}, func([]any) (any, bool) { return nil, false }))
	if got := string(d.Mask([]byte(`{"no":1}`))); got != `"***"` {
		t.Errorf("of the whole record %s is kept", got)
	}
}

// TestReadTable holds what a table is made of, and what is wrong with one.
func TestReadTable(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		want          map[string]string
		wrong         string
	}{
		{"t.csv", "v,k,z\na,1,\n,2,\nc,,\n\"d,e\",名,\n", map[string]string{"1": "a", "2": "", "名": "d,e"}, ""},
		{"t.jsonl", `{"k":1,"v":"a"}` + "\n" + `{"k":"x\n","v":2.50}` + "\n" + `{"k":[1],"v":2}`, map[string]string{"1": "a", "x\n": "2.50"}, ""},
		{"lines.jsonl", `{"k":1,"v":"a"}` + "\n" + `{"k":2}` + "\n" + `{"k":3}` + "\n" + `{"k":1,"v":1}`, nil, "row 2 has no \"v\"\nrow 4 has the key of row 1: a key stands once"},
		{"empty.csv", "k,v\n,x\n", nil, "holds no row with a key"},
		{"broken.jsonl", `{"k":1,"v":1}` + "\n{", nil, "row 2: not_json"},
		{"columns.csv", "a,b\n1,2\n3,4\n", nil, "row 1 has no \"k\"\nrow 1 has no \"v\""},
	} {
		got, err := ReadTable(writeFile(t, tt.name, tt.content), "k", "v")
		if fmt.Sprint(err) != tt.wrong && !(err == nil && tt.wrong == "") || !maps.Equal(got, tt.want) {
			t.Errorf("%s: got %v, %v; want %v, %s", tt.name, got, err, tt.want, tt.wrong)
		}
	}
}

// FuzzComputed: whatever a record is, an expression is given its members as
// encoding/json has them, a key is looked up as it reads there, and what an expression
// gives is what the event has.
func FuzzComputed(f *testing.F) {
	for _, record := range awkward {
		f.Add([]byte(record), "x")
	}
	f.Add([]byte(`{"no":"7","at":"2025-01-01T00:00:00Z","s":"a","a":{"b":"1e3"},"b":[{"a":1e3}],"é":"late"}`), "\"\\é")
	paths := []string{"a.b", "b.0.a", "é", "a"}
	var given []any
	var result string
	m := withProgram(parseMapping(f, "fields: {order_id: {path: no, lookup: {file: t.csv, key: k, value: v, missing: keep}}, occurred_at: at, reason: {cel: x}}\nactivity: {from: s}\n"),
		paths, func(members []any) (any, bool) {
			given = slices.Clone(members)
			return result, result != "refuse"
		})
	d := mustDecoder(f, m)
	f.Fuzz(func(t *testing.T, record []byte, want string) {
		given, result = nil, want
		events, inv := d.Decode(nil, record, now, new(Arena))
		if given == nil || !utf8.ValidString(want) {
			return // not as far as that
		}
		var whole any
		if err := json.Unmarshal(record, &whole); err != nil {
			t.Fatalf("taken, but %v: %s", err, record)
		}
		for i, path := range paths {
			compareMember(t, given[i], oracle(whole, strings.Split(path, ".")))
		}
		if want == "refuse" {
			if reason(inv) != "bad_expression: fields.reason" {
				t.Fatalf("got %v", inv)
			}
			return
		}
		for i := range events {
			no := fmt.Sprint(oracle(whole, []string{"no"}))
			if no == "7" {
				no = "SO-7"
			}
			if _, ok := oracle(whole, []string{"no"}).(string); ok && no != "true" && no != "é" && no != "late" && events[i].OrderID != no {
				t.Errorf("order %q, want %q", events[i].OrderID, no)
			}
			if events[i].Reason != want {
				t.Errorf("reason %q, want %q", events[i].Reason, want)
			}
		}
	})
}

// compareMember compares a member with what encoding/json made of it.
func compareMember(t *testing.T, got, want any) {
	t.Helper()
	switch v := got.(type) {
	case Absent, nil:
		if want != nil {
			t.Errorf("got nothing, want %v", want)
		}
		return
	case json.Number, json.RawMessage:
		text := fmt.Sprintf("%s", v)
		var again any
		if err := json.Unmarshal([]byte(text), &again); err != nil && want != nil {
			t.Errorf("%s: %v", text, err)
		}
		got = again
	}
	if !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
