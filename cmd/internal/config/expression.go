package config

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"github.com/takt-orders/takt/ingest/source"
)

// The variables of an expression of a mapping.
const (
	rowVariable  = "row"  // the record: numbers are doubles
	textVariable = "text" // the record, each member as the text that is written there, "" where there is none
)

// CompileExpression compiles an expression of a mapping in CEL: row.a + "-" + row.b.
// It gives a text, a number, a truth, a timestamp or null, which is nothing. A number
// that it only passes on is the record's to the last digit. place is the key path that
// the Program tells.
func CompileExpression(text, place string) (*source.Program, []Fault) {
	env, err := expressionEnv()
	if err != nil {
		return nil, []Fault{{1, err.Error()}}
	}
	checked, faults := checkExpression(env, text)
	if faults != nil {
		return nil, faults
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, []Fault{{1, err.Error()}}
	}
	var r reads
	r.visit(checked.NativeRep().Expr())
	e := expression{program: program}
	paths := r.members(&e)
	return &source.Program{Reads: paths, Eval: e.eval, Place: place}, nil
}

func expressionEnv() (*cel.Env, error) {
	env, err := cel.NewCustomEnv(
		cel.StdLib(), ext.Strings(),
		cel.Variable(rowVariable, cel.DynType), cel.Variable(textVariable, cel.DynType),
		cel.CrossTypeNumericComparisons(true), cel.ParserExpressionSizeLimit(maxCondition),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare expressions: %w", err)
	}
	return env, nil
}

func checkExpression(env *cel.Env, text string) (*cel.Ast, []Fault) {
	checked, faults := compileCEL(env, "expression", text, func(message string) string {
		if name, ok := quoted(message, "undeclared reference to"); ok {
			return unknownName(name)
		}
		return inWords(message)
	})
	if faults != nil {
		return nil, faults
	}
	if faults := mixed(checked); faults != nil {
		return nil, faults
	}
	switch kind := checked.OutputType(); kind.Kind() {
	case types.DynKind, types.StringKind, types.BoolKind, types.DoubleKind, types.IntKind, types.UintKind, types.TimestampKind, types.NullTypeKind:
		return checked, nil
	default:
		return nil, []Fault{{1, fmt.Sprintf("gives a %s: a field takes a text, a number, a truth or a timestamp", kind.TypeName())}}
	}
}

// expression evaluates a checked expression over the members that it reads.
type expression struct {
	program   cel.Program
	row, text []place
}

// place is where a member stands in a variable.
type place struct {
	member int      // of those that are read
	names  []string // on the way to it; none: it is the variable
}

// eval is source.Program's.
func (e *expression) eval(members []any) (any, bool) {
	var numbers []json.Number
	row, ok := assemble(e.row, func(i int) (any, bool, bool) {
		if members[i] == (source.Absent{}) {
			return nil, false, true
		}
		v, ok := celValue(members[i], &numbers)
		return v, true, ok
	})
	if !ok {
		return nil, false
	}
	text, ok := assemble(e.text, func(i int) (any, bool, bool) { return celText(members[i]), true, true })
	if !ok {
		return nil, false
	}
	result, _, err := e.program.Eval(map[string]any{rowVariable: row, textVariable: text})
	if err != nil {
		return nil, false
	}
	return fieldValue(result, numbers)
}

// assemble returns what a variable is: blocks of names down to the members, which are
// there even if the record has none of it, so that has() can ask for any depth.
func assemble(places []place, value func(member int) (v any, there, ok bool)) (any, bool) {
	root := map[string]any{}
	for i := range places {
		v, there, ok := value(places[i].member)
		if !ok {
			return nil, false
		}
		names := places[i].names
		if len(names) == 0 {
			return v, true
		}
		block := root
		for _, name := range names[:len(names)-1] {
			next, _ := block[name].(map[string]any)
			if next == nil {
				next = map[string]any{}
				block[name] = next
			}
			block = next
		}
		if there {
			block[names[len(names)-1]] = v
		}
	}
	return root, true
}

// celValue returns a member as CEL takes it; numbers gathers how its numbers are written.
func celValue(member any, numbers *[]json.Number) (_ any, ok bool) {
	switch v := member.(type) {
	case json.Number:
		f, _ := v.Float64() // beyond its range: an infinity
		*numbers = append(*numbers, v)
		return f, true
	case json.RawMessage:
		whole, err := decodeJSON(v)
		if err != nil {
			return nil, false
		}
		return celValue(whole, numbers)
	case map[string]any:
		for name, of := range v {
			if v[name], ok = celValue(of, numbers); !ok {
				return nil, false
			}
		}
	case []any:
		for i, of := range v {
			if v[i], ok = celValue(of, numbers); !ok {
				return nil, false
			}
		}
	}
	return member, true
}

// celText returns a member as text, an object or an array as one of texts.
func celText(member any) any {
	switch v := member.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case json.RawMessage:
		whole, err := decodeJSON(v)
		if err != nil {
			return ""
		}
		return celText(whole)
	case map[string]any:
		for name, of := range v {
			v[name] = celText(of)
		}
		return v
	case []any:
		for i, of := range v {
			v[i] = celText(of)
		}
		return v
	default:
		return ""
	}
}

// decodeJSON keeps numbers as they are written.
func decodeJSON(text []byte) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// fieldValue returns a result as source.Program gives it.
func fieldValue(result ref.Val, numbers []json.Number) (any, bool) {
	switch v := result.(type) {
	case types.String:
		return string(v), true
	case types.Bool:
		return bool(v), true
	case types.Int:
		return json.Number(strconv.FormatInt(int64(v), 10)), true
	case types.Uint:
		return json.Number(strconv.FormatUint(uint64(v), 10)), true
	case types.Double:
		return decimalOf(float64(v), numbers)
	case types.Timestamp:
		return v.Time.UTC().Format(time.RFC3339Nano), true
	case types.Null:
		return source.Absent{}, true
	default:
		return nil, false
	}
}

// decimalOf writes a double. If it is one of the record's numbers it is written as
// there: a double does not hold every decimal, and what is only passed on must not
// change.
func decimalOf(f float64, numbers []json.Number) (any, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, false
	}
	for _, n := range numbers {
		if of, err := n.Float64(); err == nil && of == f {
			return n, true
		}
	}
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), true
}

func unknownName(name string) string {
	for _, variable := range []string{rowVariable, textVariable} {
		if distance(name, variable) == 1 {
			return fmt.Sprintf("%q is not known here; did you mean %q?", name, variable)
		}
	}
	return fmt.Sprintf("%q is not known here: a member of the record is row.%s, and text.%s as it is written", name, name, name)
}
