package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnknown holds what is counted as a value that the mapping has no word for.
func TestUnknown(t *testing.T) {
	const mapped = "{from: s, map: {P: order.paid}, default: "
	table := map[string]string{"7": "Sales", "8": ""}
	for _, tt := range []struct {
		name, activity, record string
		want                   map[string]int64
	}{
		{"known", mapped + "order.changed}", `"s":"P","who":"7"`, nil},
		{"to the default", mapped + "order.changed}", `"s":"Q"`, map[string]int64{"activity": 1}},
		{"kept", mapped + "keep}", `"s":"Q"`, map[string]int64{"activity": 1}},
		{"ignored", mapped + "ignore}", `"s":"Q"`, map[string]int64{"activity": 1}},
		{"none is not unknown", mapped + "ignore}", ``, nil},
		{"dead letter", "{from: s, map: {P: order.paid}}", `"s":"Q"`, nil},
		{"dead for another field", mapped + "order.changed}", `"s":"Q","amount":"x"`, nil},
		{"row of all others", "{from: [s, f], rows: [{when: [P, X], is: order.paid}, {when: ['*', '*'], is: order.changed}]}", `"s":"Q","f":"X"`, map[string]int64{"activity": 1}},
		{"row for some others", "{from: [s, f], rows: [{when: [P, '*'], is: order.paid}, {when: ['*', X], is: order.changed}]}", `"s":"Q","f":"X"`, nil},
		{"value as it is", "s", `"s":"Q"`, nil},
		{"key", "s", `"s":"Q","who":9`, map[string]int64{"owner": 1, "attributes.department": 1}},
		{"key without a value", "s", `"s":"Q","who":8`, nil},
		{"promise kind", "s", `"s":"Q","due":"2025-01-01T00:00:00Z","kind":"first"`, nil},
		{"promise kind that is none", "s", `"s":"Q","due":"2025-01-01T00:00:00Z","kind":"1st"`, map[string]int64{"promise_kind": 1}},
		{"kind of no promise", "s", `"s":"Q","kind":"1st"`, nil},
		{"no key", "s", `"s":"Q","who":""`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from := tt.activity
			if from == "s" {
				from = "{from: s}"
			}
			m := parseMapping(t, "times: [rfc3339]\nfields:\n  order_id: no\n  occurred_at: at\n  amount: amount\n  promised_at: due\n  promise_kind: kind\n"+
				"  owner: {path: who, lookup: {file: f.csv, key: id, value: dept}}\n"+
				"attributes: {department: {path: who, lookup: {file: f.csv, key: id, value: dept}}}\nactivity: "+from+"\n")
			for _, v := range m.Values() {
				if v.Lookup != nil {
					v.Lookup.Table = table
				}
			}
			d := mustDecoder(t, m)
			record := `{"no":"1","at":"2025-01-01T00:00:00Z"`
			if tt.record != "" {
				record += "," + tt.record
			}
			a := new(Arena)
			if _, inv := d.Order([]byte(record+"}"), a); inv != nil { // as the gateway asks before; counts nothing
				t.Fatal(inv)
			}
			for range 2 { // each time what was decoded since
				_, inv := d.Decode(nil, []byte(record+"}"), now, a)
				var got map[string]int64
				d.Unknown(func(field string, values int64) {
					if got == nil {
						got = map[string]int64{}
					}
					got[field] += values
				})
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%v: %s", inv, diff)
				}
			}
		})
	}
}
