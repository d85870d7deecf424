package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestValidateMapping(t *testing.T) {
	const fields = "fields: {order_id: no, occurred_at: at}\n"
	const good = fields + "activity: {from: s}\n"
	tests := []struct{ name, mapping, want string }{
		{"least", good, ""},
		{"format", good + "format: csv", "format: must be json, not \"csv\""},
		{"zone", good + "zone: CST", "zone: \"CST\" is no IANA time zone"},
		{"local zone", good + "zone: Local", "zone: \"Local\" is no IANA time zone"},
		{"times", good + "times: [rfc3339, yyyy-MM-dd]", "times[1]: \"yyyy-MM-dd\" is neither rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns, wall_ms, wall_us, wall_ns, wall_days, date nor a layout of a whole date such as \"2006-01-02 15:04:05\""},
		{"half a date", good + "times: ['01-02 15:04']", "times[0]: \"01-02 15:04\" is neither rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns, wall_ms, wall_us, wall_ns, wall_days, date nor a layout of a whole date such as \"2006-01-02 15:04:05\""},
		{"abbreviation", good + "times: ['2006-01-02 MST']", "times[0]: abbreviations of zones are ambiguous: use -07:00, or no zone"},
		{"size", good + "max_bytes: -1", "max_bytes: must not be negative"},
		{"identity", good + "identity: id", "identity: must be content, delivery or slot, not \"id\""},
		{"delivery", good + "identity: delivery", "identity: delivery needs the path of its id, and only delivery does"},
		{"content path", good + "identity: {kind: content, path: id}", "identity: delivery needs the path of its id, and only delivery does"},
		{"pairs", good + "pairs: [{field: a, sep: ';', eq: ';'}]", "pairs[0]: needs sep and eq, which differ"},
		{"pairs twice", good + "pairs: [{field: a, sep: ';', eq: '='}, {field: a, sep: ',', eq: '='}]", "pairs[1].field: \"a\" has pairs already"},
		{"no order", "fields: {occurred_at: at}\nactivity: {from: s}", "fields.order_id: needs a path and takes no const"},
		{"one order for all", "fields: {order_id: {const: x}, occurred_at: at}\nactivity: {from: s}", "fields.order_id: needs a path and takes no const"},
		{"no time", "fields: {order_id: no}\nactivity: {from: s}", "fields.occurred_at: needs a path"},
		{"constant time", "fields: {order_id: no, occurred_at: {path: at, const: now}}\nactivity: {from: s}", "fields.occurred_at: an instant cannot be constant"},
		{"path", "fields: {order_id: 'a..b', occurred_at: at}\nactivity: {from: s}", "fields.order_id: path \"a..b\" has an empty name between its dots"},
		{"paths", "fields: {order_id: [a, ''], occurred_at: at}\nactivity: {from: s}", "fields.order_id[1]: path \"\" has an empty name between its dots"},
		{"place", "fields: {order_id: a.4096, occurred_at: at}\nactivity: {from: s}", "fields.order_id: path \"a.4096\": places end at 4095"},
		{"zone of no instant", "fields: {order_id: {path: a, zone: UTC}, occurred_at: at}\nactivity: {from: s}", "fields.order_id: is no instant: it takes neither times nor zone"},
		{"constant amount", "fields: {order_id: a, occurred_at: at, amount: {const: much}}\nactivity: {from: s}", "fields.amount.const: is no number"},
		{"kind of promise", "fields: {order_id: a, occurred_at: at, promise_kind: {const: last}}\nactivity: {from: s}", "fields.promise_kind.const: must be requested, first or current"},
		{"two customers", "fields: {order_id: a, occurred_at: at, customer: c, customer_key: k}\nactivity: {from: s}", "fields.customer_key: the customer gives it: one of both"},
		{"constant customer", "fields: {order_id: a, occurred_at: at, customer: {const: c}}\nactivity: {from: s}", "fields.customer: takes no const"},
		{"attribute", good + "attributes: {a: {}}", "attributes.a: needs a path, cel or const"},
		{"all attributes", good + "attributes: {'*': {const: x}}", "attributes.*: needs a path and takes nothing else"},
		{"no activity", fields, "activity: needs from, or the mapping needs dates"},
		{"map and rows", fields + "activity: {from: s, map: {a: b}, rows: [{when: [a], is: b}]}", "activity: has map and rows: one of both"},
		{"map of two", fields + "activity: {from: [s, t], map: {a: b}}", "activity.map: from has several values: use rows"},
		{"two alone", fields + "activity: {from: [s, t]}", "activity.rows: from has several values: needs rows"},
		{"default alone", fields + "activity: {from: s, default: x}", "activity.default: without map and rows every value is known"},
		{"row", fields + "activity: {from: [s, t], rows: [{when: [a], is: b}]}", "activity.rows[0].when: has 1 values, from has 2"},
		{"empty row", fields + "activity: {from: s, rows: [{when: [a]}]}", "activity.rows[0].is: needs an activity or ignore"},
		{"empty value", fields + "activity: {from: s, map: {a: ''}}", "activity.map.a: needs an activity or ignore"},
		{"dates and activity", "fields: {order_id: a}\nactivity: {from: s}\ndates: [{from: d, activity: x}]", "fields.occurred_at: needs a path"},
		{"dates beside an activity", "fields: {order_id: a, occurred_at: b}\nactivity: {from: s, was: r}\ndates: [{from: d, activity: x}]", ""},
		{"activity from nothing", "fields: {order_id: a}\nactivity: {default: x}\ndates: [{from: d, activity: x}]", "activity: needs from"},
		{"was", fields + "activity: {from: s, was: 'a..b'}", "activity.was: path \"a..b\" has an empty name between its dots"},
		{"dates and time", fields + "dates: [{from: d, activity: x}]", "fields.occurred_at: dates give it: one of both, or an activity for it"},
		{"date", "fields: {order_id: a}\ndates: [{activity: x}, {from: d}]", "dates[0].from: needs a path\ndates[1].activity: needs an activity"},
		{"date twice", "fields: {order_id: a}\ndates: [{from: d, activity: x}, {from: d, activity: y}]", "dates[1].from: \"d\" is listed already"},
		{"cleared", good + "cleared: yes please", "cleared: must be ignore or retract"},
		{"cleared content", "fields: {order_id: a}\ncleared: retract\ndates: [{from: d, activity: x}]", "cleared: retract needs dates and identity slot"},
		{"personal", good + "personal: [a, b.]", "personal[1]: path \"b.\" has an empty name between its dots"},
		{"everything at once", "format: x\nzone: y", "format: must be json, not \"x\"\nzone: \"y\" is no IANA time zone\n" +
			"fields.order_id: needs a path and takes no const\nfields.occurred_at: needs a path\nactivity: needs from, or the mapping needs dates"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := parseMapping(t, tt.mapping)
			var got []string
			for _, p := range m.Validate() {
				got = append(got, p.Path+": "+p.Message)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
			if _, err := NewDecoder(Config{Mapping: m, Source: "s", Process: "p", CustomerKey: []byte("k")}); (err == nil) != (tt.want == "") {
				t.Errorf("NewDecoder: %v", err)
			}
		})
	}
	if problems := new(Mapping).Validate(); len(problems) == 0 {
		t.Error("the zero mapping is valid")
	}
	c := Canonical()
	if problems := c.Validate(); len(problems) != 0 {
		t.Errorf("Canonical: %v", problems)
	}
}

// TestYAMLForms holds that short and long forms say the same, that what is written
// out is read back, and that unknown keys are found with their line in any form.
func TestYAMLForms(t *testing.T) {
	short := parseMapping(t, "fields: {order_id: no, occurred_at: [a, b]}\nactivity: {from: s}\nidentity: content\n")
	long := parseMapping(t, "fields: {order_id: {path: no}, occurred_at: {path: [a, b]}}\nactivity: {from: [{path: [s]}]}\nidentity: {kind: content}\n")
	if diff := cmp.Diff(short, long); diff != "" {
		t.Error(diff)
	}
	out, err := yaml.Marshal(parseMapping(t, benchMapping))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parseMapping(t, benchMapping), parseMapping(t, string(out))); diff != "" {
		t.Errorf("%s\n%s", out, diff)
	}
	for _, bad := range []string{
		"fields:\n  order_id: {pth: no}\n", "fields:\n  orderid: no\n", "identity:\n  {knd: slot}\n",
		"activity:\n  from: {path: s, zon: x}\n", "activity:\n  from: [{pth: s}]\n", "fields:\n  order_id: {path: {a: b}}\n",
	} {
		d := yaml.NewDecoder(strings.NewReader(bad))
		d.KnownFields(true)
		if err := d.Decode(new(Mapping)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSplitPath(t *testing.T) {
	for _, tt := range []struct {
		path string
		want []string
	}{
		{"a", []string{"a"}},
		{"a.0.b", []string{"a", "0", "b"}},
		{`a\.b.c`, []string{"a.b", "c"}},
		{`a\\.b`, []string{`a\`, "b"}},
		{"case:concept:name", []string{"case:concept:name"}},
	} {
		if got, err := splitPath(tt.path); err != nil || !cmp.Equal(got, tt.want) {
			t.Errorf("splitPath(%q) = %q, %v", tt.path, got, err)
		}
	}
}
