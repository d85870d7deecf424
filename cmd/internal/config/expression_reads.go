package config

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// reads gathers the members of the record that an expression names.
type reads struct{ row, text [][]string }

// visit gathers what e names, each as far as its names are fixed.
func (r *reads) visit(e ast.Expr) {
	if variable, names, ok := chain(e); ok {
		switch variable {
		case rowVariable:
			r.row = append(r.row, names)
		case textVariable:
			r.text = append(r.text, names)
		}
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		r.visit(e.AsSelect().Operand())
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			r.visit(call.Target())
		}
		r.all(call.Args())
	case ast.ListKind:
		r.all(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.visit(entry.AsMapEntry().Key())
			r.visit(entry.AsMapEntry().Value())
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		r.all([]ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()})
	}
}

func (r *reads) all(list []ast.Expr) {
	for _, e := range list {
		r.visit(e)
	}
}

// chain takes row.a["b"].c, or has() of it, apart; ok is false if e is anything else.
func chain(e ast.Expr) (variable string, names []string, ok bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent(), nil, true
	case ast.SelectKind:
		variable, names, ok = chain(e.AsSelect().Operand())
		return variable, append(names, e.AsSelect().FieldName()), ok
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() != operators.Index {
			return "", nil, false
		}
		name, fixed := constant(call.Args()[1]).(types.String)
		if !fixed || name == "" { // paths have no empty names
			return "", nil, false
		}
		variable, names, ok = chain(call.Args()[0])
		return variable, append(names, string(name)), ok
	}
	return "", nil, false
}

// members returns the paths of all that was gathered, and tells e where each stands.
func (r *reads) members(e *expression) []string {
	var paths []string
	places := func(all [][]string) []place {
		var list []place
		for _, names := range outermost(all) {
			path := pathOf(names)
			i := slices.Index(paths, path)
			if i < 0 {
				i = len(paths)
				paths = append(paths, path)
			}
			list = append(list, place{i, names})
		}
		return list
	}
	e.row, e.text = places(r.row), places(r.text)
	return paths
}

// outermost drops what stands within another of all, and what stands twice.
func outermost(all [][]string) [][]string {
	slices.SortFunc(all, slices.Compare)
	var kept [][]string
	for _, names := range all {
		// What begins with a name follows it at once.
		if n := len(kept) - 1; n >= 0 && len(kept[n]) <= len(names) && slices.Equal(kept[n], names[:len(kept[n])]) {
			continue
		}
		kept = append(kept, names)
	}
	return kept
}

// pathOf writes names as a path of a mapping.
func pathOf(names []string) string {
	escape := strings.NewReplacer(`\`, `\\`, ".", `\.`)
	var path []string
	for _, name := range names {
		path = append(path, escape.Replace(name))
	}
	return strings.Join(path, ".")
}
