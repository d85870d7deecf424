package config

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/takt-orders/takt/ingest/order"
)

// Fault is one thing wrong with a condition, in its own line, from 1.
type Fault struct {
	Line    int
	Message string
}

// Bounds of a condition: its characters, and the work of judging one event in
// CEL's units of cost, some 10 ns each. Beyond it the condition does not hold.
const (
	maxCondition = 4096
	maxCost      = 100_000
)

// CompileCondition compiles a condition in CEL over the variable "event", whose
// fields are an event's columns: event.channel == "vip". Amount and quantity are
// doubles, times are timestamps, attributes is a map of texts. The result is safe
// for concurrent use and never panics. A condition that cannot be decided, since
// the event lacks an amount, a time or an attribute, does not hold; has() asks.
func CompileCondition(text string) (func(*order.Event) bool, []Fault) {
	env, err := conditionEnv()
	if err != nil {
		return nil, []Fault{{1, err.Error()}}
	}
	ast, faults := checkCondition(env, text)
	if faults != nil {
		return nil, faults
	}
	if holds, ok := direct(ast.NativeRep().Expr()); ok {
		return func(e *order.Event) bool { return holds(e, nil) == yes }, nil
	}
	return interpreted(env, ast)
}

// checkCondition parses and checks a condition.
func checkCondition(env *cel.Env, text string) (*cel.Ast, []Fault) {
	ast, faults := compileCEL(env, "condition", text, inWords)
	if faults != nil {
		return nil, faults
	}
	if !ast.OutputType().IsExactType(cel.BoolType) {
		return nil, []Fault{{1, fmt.Sprintf("is of type %s, a condition must be true or false", ast.OutputType())}}
	}
	return ast, nil
}

// compileCEL parses and checks a text that is called what; words puts messages of the
// checker into ours.
func compileCEL(env *cel.Env, what, text string, words func(message string) string) (*cel.Ast, []Fault) {
	ast, issues := env.Compile(text)
	if issues.Err() == nil {
		return ast, nil
	}
	var faults []Fault
	for _, e := range issues.Errors() {
		message, syntax := strings.CutPrefix(e.Message, "Syntax error: ")
		if syntax {
			// What follows the first is only its consequence.
			return nil, []Fault{{max(1, e.Location.Line()), notUnderstood(what, message, e.Location.Column()+1)}}
		}
		faults = append(faults, Fault{max(1, e.Location.Line()), words(message)})
	}
	return nil, faults
}

// interpreted evaluates a checked condition by CEL itself.
func interpreted(env *cel.Env, ast *cel.Ast) (func(*order.Event) bool, []Fault) {
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, []Fault{{1, err.Error()}}
	}
	return func(e *order.Event) bool {
		result, _, err := program.Eval(eventValue{e})
		return err == nil && result == types.True
	}, nil
}

func conditionEnv() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("prepare conditions: %w", err)
	}
	env, err := cel.NewCustomEnv(
		cel.StdLib(),
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(newEventTypes(registry)),
		cel.Variable(eventVariable, cel.ObjectType(eventType)),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(maxCondition),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare conditions: %w", err)
	}
	return env, nil
}

// inWords puts the commonest messages of CEL's checker into words that tell what
// to do; the others stay as they are.
func inWords(message string) string {
	if name, ok := quoted(message, "undefined field"); ok {
		return fmt.Sprintf("event has no field %q; %s", name, suggest(name, fieldNames(), "it has"))
	}
	if name, ok := quoted(message, "undeclared reference to"); ok {
		if slices.Contains(fieldNames(), name) {
			return fmt.Sprintf("%q is not known here: write event.%s", name, name)
		}
		return fmt.Sprintf("%q is not known here: conditions look at event and its fields, such as event.channel", name)
	}
	if operator, ok := quoted(message, "found no matching overload for"); ok {
		_, operands, _ := strings.Cut(message, "applied to ")
		return fmt.Sprintf("%s cannot be applied to %s", strings.ReplaceAll(operator, "_", ""), strings.Trim(operands, "'"))
	}
	return message
}

// quoted returns what stands in quotes after the words that message begins with.
func quoted(message, after string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(message, after+" '")
	name, _, _ = strings.Cut(rest, "'")
	return name, ok
}

// notUnderstood puts a syntax error into words.
func notUnderstood(what, message string, column int) string {
	message, _, _ = strings.Cut(message, " expecting {") // every sign that CEL has
	switch {
	case strings.HasPrefix(message, "token recognition error at: '="):
		message = "a single =: a comparison is written =="
	case strings.HasSuffix(message, "'<EOF>'"):
		message = "ends too soon"
	}
	return fmt.Sprintf("is no %s, at column %d: %s", what, column, message)
}

func fieldNames() []string {
	var names []string
	for name := range eventFields() {
		names = append(names, name)
	}
	return names
}
