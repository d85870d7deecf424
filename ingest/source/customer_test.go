package source

import (
	"strings"
	"testing"
)

func TestCustomer(t *testing.T) {
	const text = "fields: {order_id: no, occurred_at: at, customer: [who.mail, who]}\nactivity: {from: {const: a}}\n"
	d := mustDecoder(t, parseMapping(t, text))
	record := func(who string) string {
		return mustDecode(t, d, `{"no":"1","at":"2025-01-01T00:00:00Z","who":`+who+`}`)[0].CustomerKey
	}
	// printf %s a@b.example | openssl dgst -sha256 -hmac key
	const want = "7a3ad9332288dff2873622f30c1d7f3d"
	for _, who := range []string{`"a@b.example"`, `"a\u0040b.example"`, `{"mail":"a@b.example"}`, `"a@b.example"`} {
		if got := record(who); got != want {
			t.Errorf("key of %s = %q, want %q", who, got, want)
		}
	}
	long := strings.Repeat("x", 100)
	first := record(`"` + long + `"`)
	if again := record(`"` + long + `"`); first == want || first != again || record(`null`) != "" {
		t.Error("customers share a key, have two, or none has one")
	}
	if _, err := NewDecoder(Config{Mapping: parseMapping(t, text), Source: "s", Process: "p"}); err == nil {
		t.Error("a mapping with a customer compiles without the key")
	}
}

func TestMask(t *testing.T) {
	const head = "fields: {order_id: no, occurred_at: at, customer: buyer.id}\nactivity: {from: s}\n"
	d := mustDecoder(t, parseMapping(t, head+"pairs: [{field: x, sep: ';', eq: '='}]\npersonal: [phone, address.street, 'lines.*.note', 'list.1', x.mail]\n"))
	for _, tt := range []struct{ name, in, want string }{
		{"nothing personal", `{"no":"1", "s" : [1,{}]}`, `{"no":"1", "s" : [1,{}]}`},
		{"text", `{"phone":"123","no":"1"}`, `{"phone":"***","no":"1"}`},
		{"number", `{ "phone" : 123 , "no":"1"}`, `{ "phone" : "***" , "no":"1"}`},
		{"object", `{"phone":{"a":[1,2,"}"]}}`, `{"phone":"***"}`},
		{"null stays", `{"phone":null}`, `{"phone":null}`},
		{"null on the way", `{"address":null,"lines":[null]}`, `{"address":null,"lines":[null]}`},
		{"every one of a name", `{"phone":1,"phone":2,"no":3,"phone":4}`, `{"phone":"***","phone":"***","no":3,"phone":"***"}`},
		{"escaped name", `{"ph\u006fne":1}`, `{"ph\u006fne":"***"}`},
		{"below", `{"address":{"city":"H","street":"W 18"}}`, `{"address":{"city":"H","street":"***"}}`},
		{"the customer", `{"buyer":{"id":7,"vip":true}}`, `{"buyer":{"id":"***","vip":true}}`},
		{"in every place", `{"lines":[{"note":"a","n":1},{},{"note":"b"}]}`, `{"lines":[{"note":"***","n":1},{},{"note":"***"}]}`},
		{"in every member", `{"lines":{"k":{"note":"a"}}}`, `{"lines":{"k":{"note":"***"}}}`},
		{"in a place", `{"list":[1,2,3]}`, `{"list":[1,"***",3]}`},
		{"text where an object was", `{"address":"W 18, H"}`, `{"address":"***"}`},
		{"array where an object was", `{"address":[{"street":"W 18"}]}`, `{"address":"***"}`},
		{"object where an array was", `{"list":{"a":1}}`, `{"list":"***"}`},
		{"pairs", `{"x":"mail=a@b;k=1"}`, `{"x":"***"}`},
		{"escapes stay", `{"no":"\u4e2d\"","phone":"\""}`, `{"no":"\u4e2d\"","phone":"***"}`},
	} {
		if got := string(d.Mask([]byte(tt.in))); got != tt.want {
			t.Errorf("%s: Mask(%s) = %s, want %s", tt.name, tt.in, got, tt.want)
		}
	}
	for _, in := range []string{`{"phone":"123"`, "{\"phone\":\"\xff\"}", "[]", strings.Repeat(" ", DefaultMaxBytes+1)} {
		got := string(d.Mask([]byte(in)))
		if !strings.HasPrefix(got, `{"unreadable_bytes":`) || !strings.Contains(got, `"hmac_sha256":"`) || strings.Contains(got, "phone") {
			t.Errorf("Mask(%.20q) = %s", in, got)
		}
	}
	open := mustDecoder(t, Canonical())
	if got := string(open.Mask([]byte(`{"phone":`))); got != `{"phone":` {
		t.Errorf("where nothing is personal, Mask changed the record to %s", got)
	}
}

// FuzzMask: a masked record is an object still and the secret is gone from it.
func FuzzMask(f *testing.F) {
	for _, record := range awkward {
		f.Add([]byte(record))
	}
	f.Add([]byte(`{"a":{"b":"SECRET"},"b":[{"a":"SECRET"}],"a":"SECRET"}`))
	d := mustDecoder(f, parseMapping(f, "fields: {order_id: no, occurred_at: at}\nactivity: {from: s}\npersonal: [a.b, 'b.*.a', é]\n"))
	root, tokens := maskTree()
	f.Fuzz(func(t *testing.T, record []byte) {
		if len(record) == 0 {
			return
		}
		out := d.Mask(record)
		s := scanner{tokens: make([]token, len(tokens))}
		if !s.record(out, root) || !s.utf8() {
			t.Fatalf("Mask(%q) = %q, no record", record, out)
		}
		for _, i := range tokens {
			if got := s.tokens[i]; got.kind > null && string(got.raw) != "***" {
				t.Fatalf("Mask(%q) = %q keeps %q", record, out, got.raw)
			}
		}
	})
}

func maskTree() (*node, []int) {
	b := builder{root: newNode()}
	f := b.field(Value{Path: []string{"a.b", "b.0.a", "b.3.a", "b.x.a", "é"}})
	return b.finish(), f.tokens
}
