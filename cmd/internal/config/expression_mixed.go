package config

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// mixed finds sums and the like of what CEL knows only in the record with a whole
// number. They would compile and then suit no record: its numbers are doubles, with
// which CEL adds nothing but doubles.
func mixed(checked *cel.Ast) (faults []Fault) {
	tree := checked.NativeRep()
	arithmetic := []string{operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || !slices.Contains(arithmetic, e.AsCall().FunctionName()) {
			return
		}
		args := e.AsCall().Args()
		for i, arg := range args {
			other := args[1-i]
			if tree.GetType(arg.ID()).Kind() != types.IntKind || tree.GetType(other.ID()).Kind() != types.DynKind {
				continue
			}
			advice := "double() around the whole number"
			if n, ok := constant(arg).(types.Int); ok {
				advice = fmt.Sprintf("%d.0", n)
			}
			message := fmt.Sprintf("numbers of a record are doubles, which %s joins with doubles only: write %s", strings.Trim(e.AsCall().FunctionName(), "_"), advice)
			if e.AsCall().FunctionName() == operators.Modulo {
				message = "numbers of a record are doubles, which have no %: write int() around the member"
			}
			faults = append(faults, Fault{max(1, tree.SourceInfo().GetStartLocation(e.ID()).Line()), message})
		}
	}))
	return faults
}
