package source

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// scanPaths are the paths the scanner is compared with encoding/json on.
var scanPaths = []string{"a", "a.b", "a.b.c", "b.0", "b.1.a", "é", "", "a\\.b", "c"}

func scanTree() (*node, []int, int) {
	b := builder{root: newNode()}
	var paths []string
	for _, p := range scanPaths {
		if p != "" {
			paths = append(paths, p)
		}
	}
	f := b.field(Value{Path: paths})
	return b.finish(), f.tokens, b.leaves
}

// depth returns how deep valid JSON nests.
func depth(b []byte) int {
	d := json.NewDecoder(bytes.NewReader(b))
	now, deepest := 0, 0
	for {
		t, err := d.Token()
		if err != nil {
			return deepest
		}
		if delim, ok := t.(json.Delim); ok {
			if now--; delim == '{' || delim == '[' {
				now += 2
			}
			deepest = max(deepest, now)
		}
	}
}

// oracle returns the value at a path as encoding/json has it, the last of several
// members of one name.
func oracle(v any, names []string) any {
	for _, name := range names {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			i := strings.Index("0123456789", name)
			if len(name) != 1 || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

func compareWithJSON(t *testing.T, record []byte) {
	root, tokens, leaves := scanTree()
	s := scanner{tokens: make([]token, leaves)}
	before := bytes.Clone(record)
	ok := s.record(record, root)
	if !bytes.Equal(before, record) {
		t.Fatalf("scanning changed %q", before)
	}
	want := json.Valid(record) && depth(record) <= MaxDepth &&
		bytes.HasPrefix(bytes.TrimLeft(record, " \t\r\n"), []byte("{"))
	if ok != want {
		t.Fatalf("record(%q) = %v, encoding/json says %v", record, ok, want)
	}
	if !ok {
		return
	}
	if s.utf8() != utf8.Valid(record) {
		t.Fatalf("utf8 of %q = %v", record, s.utf8())
	}
	if !utf8.Valid(record) {
		return
	}
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, path := range scanPaths {
		if path == "" {
			continue
		}
		names, _ := splitPath(path)
		got, want := s.tokens[tokens[i]], oracle(doc, names)
		i++
		switch want := want.(type) {
		case nil:
			if got.kind > null {
				t.Fatalf("%q of %q = %q, want none", path, record, got.raw)
			}
		case string:
			if g := unescape(nil, got.raw); got.kind != text || string(g) != want {
				t.Fatalf("%q of %q = %q, want %q", path, record, g, want)
			}
		case json.Number:
			if got.kind != number || string(got.raw) != string(want) {
				t.Fatalf("%q of %q = %q, want %q", path, record, got.raw, want)
			}
		case bool:
			if got.kind != boolean || (got.raw[0] == 't') != want {
				t.Fatalf("%q of %q = %q, want %v", path, record, got.raw, want)
			}
		default:
			if got.kind != composite {
				t.Fatalf("%q of %q is %d, want an object or array", path, record, got.kind)
			}
		}
	}
}

// awkward are records on which parsers differ.
var awkward = []string{
	``, ` `, `{}`, `{"a":1}`, `null`, `"a"`, `[1]`, `{"a":nan}`, `{"a":NaN}`, `{"a":1e}`, `{"a":01}`, `{"a":-0}`,
	`{"a":+1}`, `{"a":.5}`, `{"a":5.}`, `{"a":1.5E+3}`, `{"a":-}`, `{"a":tru}`, `{"a":truex}`, `{"a" : true , "c":null}`,
	"{\"a\":\"\x00\"}", "{\"a\":\"x\ty\"}", `{"a":"\u0000"}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\ud83d\ude00"}`,
	`{"a":"\ud83d"}`, `{"a":"\ud83dx"}`, `{"a":"\ud83d\u0041"}`, `{"a":"\ude00\ud83d\ude00"}`, `{"a":"\"\\\/\b\f\n\r\t"}`,
	`{"a":"1","a":"2"}`, `{"a":{"b":1},"a":{"x":2}}`, `{"a":{"b":1},"a":3}`, `{"a":1,"a":null}`, `{"\u0061":"escaped"}`,
	`{"b":[1,{"a":"x"}]}`, `{"b":{"0":"x"}}`, `{"b":[]}`, `{"a.b":1,"a":{"b":{"c":2}}}`, `{"é":"ü"}`, `{"":1}`,
	"{\"a\":\"\xff\"}", "{\"\xff\":1}", "\xef\xbb\xbf{}", `{"a":1}}`, `{"a":1} x`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`,
	`{"a":[1,]}`, `{"a":[1 2]}`, `{"a":"0123456\"89abcdef\\"}`, `{"a":"中文中文中文","c":"\u4e2d"}`, "{\"a\":\"\u007f\"}",
	`{"a":123456789012345678901234567890.5e-7}`, `{"a":"unfinished`, `{"a":"unfinished\`, `{"a":"x\"`, "{\"a\":1\x01}",
}

func TestScanAgreesWithEncodingJSON(t *testing.T) {
	for _, record := range awkward {
		compareWithJSON(t, []byte(record))
	}
	for _, n := range []int{MaxDepth - 1, MaxDepth} {
		compareWithJSON(t, []byte(`{"a":`+strings.Repeat("[", n)+strings.Repeat("]", n)+`}`))
	}
}

func FuzzScan(f *testing.F) {
	for _, record := range awkward {
		f.Add([]byte(record))
	}
	f.Add([]byte(benchRecord))
	f.Fuzz(compareWithJSON)
}

// TestHostileRecords are megabytes on which a parser's time may grow faster than
// their length; the test's time-out is what fails then.
func TestHostileRecords(t *testing.T) {
	const size = 1 << 20
	m := Canonical()
	m.MaxBytes = 2 * size
	m.Pairs = []Pairs{{Field: "attributes", Sep: ";", Eq: "="}}
	m.Personal = []string{"*.secret"}
	d := mustDecoder(t, m)
	fill := func(head, body, tail string) string {
		return head + strings.Repeat(body, size/len(body)) + tail
	}
	event := `{"order_id":"1","activity":"a","time":"2025-01-01T00:00:00Z"`
	for _, tt := range []struct {
		name, record string
		want         string // reason; empty: an event
	}{
		{"open arrays", fill("", "[", ""), "not_json"},
		{"open objects", fill("", `{"a":`, ""), "not_json"},
		{"broken word", `{"a":` + strings.Repeat("[", 250) + "t" + fill("", "x", ""), "not_json"},
		{"same member", fill(event, `,"data":{"order_id":1}`, "}"), ""},
		{"same wildcard", fill(event, `,"attributes":{"a":1,"b":2}`, "}"), ""},
		{"pairs", fill(event+`,"attributes":"`, "a=1;", `"}`), ""},
		{"one attribute", fill(event+`,"attributes":{"x":1`, `,"b":2`, "}}"), ""},
		{"escaped names", fill(event, `,"\u0061":1`, "}"), ""},
		{"long number", fill(event+`,"amount":`, "9", "}"), "number_out_of_range: amount"},
		{"zeros", fill(event+`,"amount":0.`, "0", "1e999999999}"), "number_out_of_range: amount"},
		{"long time", fill(`{"order_id":"1","activity":"a","time":"2025-01-01T00:00:00.`, "0", `Z"}`), ""},
	} {
		events, inv := d.Decode(nil, []byte(tt.record), now, new(Arena))
		if got := reason(inv); got != tt.want || (len(events) == 1) != (tt.want == "") {
			t.Errorf("%s: %d events, %q, want %q", tt.name, len(events), got, tt.want)
		}
		_ = d.Mask([]byte(tt.record))
	}
}
