package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The house rules: what the packages may know of each other, how long files may
// be, what has to be said and what must not. A rule is changed here or not at all.

const (
	module   = "github.com/takt-orders/takt/"
	root     = "../.."
	maxLines = 500
	p90Lines = 300 // of files that are no tests
)

// knows lists which packages of the project a package imports, at most. A package
// that is not listed may not be: a new one states here whom it knows.
func knows() map[string][]string {
	domain := []string{"ingest/order", "metrics/process", "metrics/tracker"}
	return map[string][]string{
		// The domain: order <- process <- tracker.
		"ingest/order":    nil,
		"metrics/process": {"ingest/order"},
		"metrics/tracker": {"ingest/order", "metrics/process"},

		"alerts/exception":      nil, // domain as well: it knows nobody
		"alerts/bearer":         nil,
		"alerts/exception/rest": {"alerts/bearer", "alerts/exception"},
		"alerts/exception/feed": {"alerts/exception", "alerts/exception/rest", "ingest"},

		"ingest":                   domain,
		"ingest/source":            {"ingest/order", "ingest/source/ocel", "ingest/source/xlsx"},
		"ingest/source/bounded":    nil,
		"ingest/source/ocel":       {"ingest/source/bounded"},
		"ingest/source/xlsx":       {"ingest/source/bounded"},
		"ingest/source/presets":    {"ingest/source"},
		"ingest/reconcile":         {"ingest/order", "ingest/source", "metrics/process"},
		"ingest/source/join":       {"ingest/source"},
		"ingest/source/propose":    nil,
		"ingest/kafka":             {"ingest", "ingest/order", "ingest/kafka/recordbatch"},
		"ingest/kafka/recordbatch": {"ingest", "ingest/order"},
		"ingest/gateway":           nil,
		"ingest/poll":              nil,
		"ingest/clickhouse":        append([]string{"ingest", "ingest/reconcile", "alerts/notify", "alerts/exception"}, domain...),
		"ingest/simulate":          {"ingest/order", "metrics/process"},
		"metrics":                  domain,
		"alerts/backtest":          append([]string{"alerts"}, domain...),
		"metrics/view":             {"metrics", "metrics/process", "alerts/notify"},
		"dashboards/console":       {"metrics/process", "metrics/view"},
		"dashboards":               {"dashboards/grafana", "metrics/process"},
		"alerts":                   {"metrics", "metrics/process", "dashboards"}, // where alerts lead to
		"dashboards/grafana":       nil,
		"dashboards/datasource":    {"metrics/process", "metrics/view"},
		"alerts/notify":            {"alerts/bearer", "metrics/process"},
		"alerts/notify/robots":     nil,
		"deploy/embedded":          nil,

		"cmd/internal/config":  {"ingest/order", "ingest/source", "ingest/source/presets", "metrics/process", "alerts/notify", "ingest/gateway", "ingest/poll"},
		"cmd/internal/app":     {anyone},
		"cmd/internal/cli":     {anyone},
		"cmd/takt":             {"cmd/internal/cli", "deploy/embedded"},
		"cmd/gpx_takt_orders":  {"dashboards/datasource"},
		"deploy/tools/presets": {"ingest/source/presets"},
		"deploy/bench":         {anyone}, // a program of its own that no package imports
	}
}

const anyone = "anyone"

// outside lists what domain packages import that is neither the standard library
// nor the domain: a hash, which does no input or output.
func outside() []string { return []string{"github.com/cespare/xxhash/v2"} }

// drivers may be imported directly by the packages named here alone.
func drivers() map[string][]string {
	return map[string][]string{
		"github.com/ClickHouse/":        {"ingest/clickhouse", "metrics/view", "dashboards/datasource", "cmd/internal/cli", "deploy/embedded", "deploy/bench"},
		"github.com/segmentio/kafka-go": {"ingest/kafka", "ingest/kafka/recordbatch", "deploy/bench"},
		"github.com/twmb/franz-go":      {"deploy/embedded", "deploy/bench"},
		"github.com/alecthomas/kong":    {"cmd/internal/cli"},
		"cel.dev/":                      {"cmd/internal/config"},
		"modernc.org/sqlite":            {"ingest/source/ocel"},
	}
}

type pkg struct {
	ImportPath   string
	Dir          string
	Imports      []string
	Deps         []string
	TestGoFiles  []string
	XTestGoFiles []string
	Standard     bool
}

// name is the package's path within the project.
func (p *pkg) name() string { return strings.TrimPrefix(p.ImportPath, module) }

// goList returns the packages of the project, and by path all they depend on.
func goList(t *testing.T) (own []*pkg, all map[string]*pkg) {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Imports,Deps,TestGoFiles,XTestGoFiles,Standard", "./...")
	cmd.Dir = root
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, log.String())
	}
	all = map[string]*pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		p := &pkg{}
		if err := d.Decode(p); err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
		if strings.HasPrefix(p.ImportPath, module) {
			own = append(own, p)
		}
	}
	return own, all
}

// TestImports holds DESIGN section 1: who may know whom.
func TestImports(t *testing.T) {
	own, all := goList(t)
	rules := knows()
	for _, p := range own {
		may, listed := rules[p.name()]
		if !listed {
			t.Errorf("%s is new: state in knows whom it may import", p.name())
			continue
		}
		for _, imported := range p.Imports {
			if name, ours := strings.CutPrefix(imported, module); ours && !slices.Contains(may, anyone) && !slices.Contains(may, name) {
				t.Errorf("%s imports %s", p.name(), name)
			}
			for driver, users := range drivers() {
				if strings.HasPrefix(imported, driver) && !slices.Contains(users, p.name()) {
					t.Errorf("%s imports %s, which is for %v", p.name(), imported, users)
				}
			}
		}
		delete(rules, p.name())
	}
	for name := range rules {
		t.Errorf("knows lists %s, which does not exist", name)
	}
	for _, name := range []string{"ingest/order", "metrics/process", "metrics/tracker", "alerts/exception"} {
		pureDomain(t, all, name)
	}
}

// pureDomain checks the whole closure of a domain package.
func pureDomain(t *testing.T, all map[string]*pkg, name string) {
	t.Helper()
	p := all[module+name]
	if p == nil {
		t.Errorf("%s does not exist", name)
		return
	}
	for _, dep := range p.Deps {
		switch short, ours := strings.CutPrefix(dep, module); {
		case ours && slices.Contains([]string{"ingest/order", "metrics/process"}, short):
		case slices.Contains([]string{"net", "net/http", "os/exec", "database/sql", "log", "log/slog"}, dep):
			t.Errorf("%s depends on %s: the domain does no input or output", name, dep)
		case all[dep].Standard || slices.Contains(outside(), dep):
		default:
			t.Errorf("%s depends on %s: the domain knows the standard library and %v", name, dep, outside())
		}
	}
}

// goFile is a Go file of the project.
type goFile struct {
	path  string // within the project
	lines int
	test  bool
	fset  *token.FileSet
	ast   *ast.File
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	for _, name := range tracked(t) {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		f := goFile{path: name, lines: bytes.Count(text, []byte("\n")), test: strings.HasSuffix(name, "_test.go"), fset: token.NewFileSet()}
		if f.ast, err = parser.ParseFile(f.fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// tracked returns the files of the project, those included that will be committed.
func tracked(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	cmd.Dir = root
	out, err := cmd.Output()
	if err == nil {
		names := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		slices.Sort(names)
		return slices.Compact(names)
	}
	var names []string // a source archive: everything that is there
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestLength keeps files readable.
func TestLength(t *testing.T) {
	var lengths []int
	for _, f := range goFiles(t) {
		if f.lines > maxLines {
			t.Errorf("%s has %d lines, more than %d", f.path, f.lines, maxLines)
		}
		if !f.test {
			lengths = append(lengths, f.lines)
		}
	}
	slices.Sort(lengths)
	if p90 := lengths[len(lengths)*9/10]; p90 > p90Lines {
		t.Errorf("a tenth of the files has %d lines or more, want at most %d", p90, p90Lines)
	}
	t.Logf("%d files without tests, median %d lines, p90 %d, longest %d",
		len(lengths), lengths[len(lengths)/2], lengths[len(lengths)*9/10], lengths[len(lengths)-1])
}

// TestWords looks through every tracked text for what must not be published.
func TestWords(t *testing.T) {
	// Written so that this file does not hold them.
	words := map[string]*regexp.Regexp{
		"an open task":      regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`),
		"a machine's path":  regexp.MustCompile(`(^|[^\w.-])/(work|root|home/\w+|Users/\w+)/`),
		"a registry's host": regexp.MustCompile(`(proxy\.golang\.org|goprox` + `y|registry\.npm|npmmirro` + `r|repo\d?\.maven|maven\.aliyun|artifactor` + `y|nexus\.|deb\.debian\.org)`),
	}
	for _, name := range tracked(t) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || bytes.IndexByte(text, 0) >= 0 || path.Base(name) == "go.sum" {
			continue // deleted or no text
		}
		n := 0
		for line := range bytes.Lines(text) {
			n++
			for what, word := range words {
				if found := word.Find(line); found != nil {
					t.Errorf("%s:%d: %s: %s", name, n, what, bytes.TrimSpace(found))
				}
			}
		}
	}
}

// TestComments wants a comment on every package and every exported identifier.
func TestComments(t *testing.T) {
	commented := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		dir := path.Dir(f.path)
		commented[dir] = commented[dir] || f.ast.Doc.Text() != ""
		for _, decl := range f.ast.Decls {
			for _, name := range uncommented(decl) {
				t.Errorf("%s: %s has no comment", f.fset.Position(name.Pos()), name.Name)
			}
		}
	}
	for dir, ok := range commented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// uncommented returns the exported names of a declaration that have no comment:
// functions, methods of exported types, types, constants and variables. A comment
// on a group is one for each of its names, as is one at the end of the line.
func uncommented(decl ast.Decl) []*ast.Ident {
	var bare []*ast.Ident
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && (d.Recv == nil || ast.IsExported(receiver(d))) {
			bare = append(bare, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc.Text()+s.Comment.Text()+d.Doc.Text() == "" {
					bare = append(bare, s.Name)
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() && s.Doc.Text()+s.Comment.Text()+d.Doc.Text() == "" {
						bare = append(bare, name)
					}
				}
			}
		}
	}
	return bare
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	typ := d.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name
		default:
			return fmt.Sprint(typ)
		}
	}
}

// TestLeakTests wants goleak in every package that has tests.
func TestLeakTests(t *testing.T) {
	checked := map[string]bool{}
	for _, f := range goFiles(t) {
		if !f.test {
			continue
		}
		dir := path.Dir(f.path)
		checked[dir] = checked[dir] || verifiesLeaks(f.ast)
	}
	for dir, ok := range checked {
		if !ok {
			t.Errorf("%s: TestMain does not call goleak.VerifyTestMain", dir)
		}
	}
}

// verifiesLeaks reports whether a file has a TestMain and calls goleak for all of
// the package: VerifyTestMain, or Find where something shared is closed first.
func verifiesLeaks(f *ast.File) bool {
	main, leaks := false, false
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			main = main || n.Name.Name == "TestMain"
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			leaks = leaks || ok && x.Name == "goleak" && (n.Sel.Name == "VerifyTestMain" || n.Sel.Name == "Find")
		}
		return true
	})
	return main && leaks
}
