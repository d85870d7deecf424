package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
)

// evaluated returns what the expression makes of the record, as an attribute of its
// event.
func evaluated(t testing.TB, text, record string) string {
	t.Helper()
	program, faults := config.CompileExpression(text, "attributes.x")
	if faults != nil {
		t.Fatalf("%s: %v", text, faults)
	}
	d, err := source.NewDecoder(source.Config{Source: "s", Process: "p", Mapping: source.Mapping{
		Fields:     source.Fields{OrderID: source.Value{Path: []string{"no"}}, OccurredAt: source.Value{Path: []string{"at"}}},
		Activity:   source.Activity{From: source.Values{{Const: "order.placed"}}},
		Attributes: map[string]source.Value{"x": {CEL: text, Program: program}},
	}})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var a source.Arena
	head := `{"no":"1","at":"2026-03-01T00:00:00Z",`
	events, invalid := d.Decode(nil, []byte(head+record[1:]), order.At(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)), &a)
	if invalid != nil {
		return "dead letter: " + invalid.Error()
	}
	for _, attribute := range events[0].Attributes {
		return attribute.Value
	}
	return ""
}

// TestExpressions holds what expressions make of records.
func TestExpressions(t *testing.T) {
	const record = `{"a":"x","n":1299.50,"id":20251120001234567891,"flag":true,"none":null,"deep":{"a.b":"y","n":7},` +
		`"lines":[{"sku":"A","price":1.10},{"sku":"B","price":2}],"名称":"张三","esc":"\u4e2d\t\"","date":"2026-03-01","time":"08:30:00","big":1e400}`
	const refused = "dead letter: bad_expression: attributes.x"
	for _, tt := range []struct{ text, want string }{
		{`row.a + "-" + row.deep["a.b"]`, "x-y"},
		{`row["名称"]`, "张三"},
		{`row.esc`, "中\t\""},
		{`text.date + "T" + text.time`, "2026-03-01T08:30:00"},
		{`row.n`, "1299.50"},                  // as it is written
		{`row.flag ? row.n : 0.0`, "1299.50"}, // wherever it is passed on
		{`row.id`, "20251120001234567891"},
		{`"SO-" + text.id`, "SO-20251120001234567891"},
		{`row.lines[1].price`, "2"},
		{`row.lines[0].price`, "1.10"},
		{`row.lines.map(l, l.sku).join("+")`, "A+B"},
		{`text.lines.map(l, l.price).join("+")`, "1.10+2"},
		{`size(row.lines)`, "2"},
		{`row.n * 2.0`, "2599"},
		{`row.deep.n > 6 && row.deep.n < 8`, "true"},
		{`row.none`, ""},
		{`row.none == null ? "nothing" : "something"`, "nothing"},
		{`has(row.absent) ? row.absent : "none"`, "none"},
		{`has(row.absent.deeper) ? "some" : "none"`, "none"},
		{`text.absent == "" && text.none == "" ? "unsaid" : "said"`, "unsaid"},
		{`"deep" in row ? row.deep["n"] : 0.0`, "7"}, // the whole record
		{`row.exists(k, k == "lines")`, "true"},
		{`text[row.a == "x" ? "date" : "time"]`, "2026-03-01"},
		{`row.a.upperAscii().substring(0, 1)`, "X"},
		{`timestamp(row.date + "T08:30:00+08:00")`, "2026-03-01T00:30:00Z"},
		{`{"k": row.a}["k"]`, "x"},
		{`row.absent`, refused},
		{`row.a > 1`, refused},
		{`row.a.split("-")[1]`, refused},
		{`row.lines`, refused},
		{`row.n / 0.0`, refused},
		{`row.big`, refused},
		{strings.Repeat("row.lines.all(l, ", 20) + "true" + strings.Repeat(")", 20), refused}, // too much work
	} {
		if got := evaluated(t, tt.text, record); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestExpressionFaults holds what is said of expressions that cannot be compiled.
func TestExpressionFaults(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`row.a +`, "1: is no expression, at column 8: ends too soon"},
		{"row.a ==\nrows.b", `2: "rows" is not known here; did you mean "row"?`},
		{`[row.a]`, "1: gives a list: a field takes a text, a number, a truth or a timestamp"},
		{"row.a == 'x' ?\nrow.n * 2 : 0", "2: numbers of a record are doubles, which * joins with doubles only: write 2.0"},
		{`int(row.n) % 2 + 100 - row.n`, "1: numbers of a record are doubles, which - joins with doubles only: write double() around the whole number"},
		{`row.n % 10`, "1: numbers of a record are doubles, which have no %: write int() around the member"},
		{`1 + "a"`, "1: + cannot be applied to (int, string)"},
		{strings.Repeat("x", 5000), "1: "},
	} {
		program, faults := config.CompileExpression(tt.text, "")
		if program != nil || len(faults) == 0 {
			t.Errorf("%.20s: compiles", tt.text)
			continue
		}
		if got := fmt.Sprint(faults[0].Line, ": ", faults[0].Message); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%.20s: got %s", tt.text, got)
		}
	}
}

// FuzzExpression holds that an expression that compiles never panics, and that it
// makes a value or a dead letter of any record.
func FuzzExpression(f *testing.F) {
	f.Add(`row.a.b + text["c"]`, `{"a":{"b":"x"},"c":1}`)
	f.Add(`has(row.a) ? row.l.map(x, x.y) : row`, `{"l":[{"y":1e9}]}`)
	f.Fuzz(func(t *testing.T, text, record string) {
		program, faults := config.CompileExpression(text, "here")
		if (program == nil) == (len(faults) == 0) {
			t.Fatalf("got %v, with a program: %t", faults, program != nil)
		}
		if program == nil || !json.Valid([]byte(record)) || !strings.HasPrefix(record, "{\"") {
			return
		}
		evaluated(t, text, record)
	})
}

func BenchmarkExpression(b *testing.B) {
	for _, text := range []string{`text.date + "T" + text.time`, `row.lines.map(l, l.sku).join("+")`} {
		b.Run(text, func(b *testing.B) {
			program, _ := config.CompileExpression(text, "")
			members := []any{"2026-03-01", "08:30:00"}
			if len(program.Reads) == 1 {
				members = []any{json.RawMessage(`[{"sku":"A","price":1.10},{"sku":"B","price":2}]`)}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := program.Eval(members); !ok {
					b.Fatal("does not suit")
				}
			}
		})
	}
}
