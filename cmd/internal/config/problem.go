package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong, and where: it prints as "file:line: key.path:
// message".
type Problem struct {
	File    string // as named on the command line; "environment" for a variable
	Line    int    // from 1; 0: the file as a whole
	Path    string // such as "sources[0].topic"; empty: the document
	Message string // what is wrong and what to do
}

// String returns the problem as a line for people and editors.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Path != "" {
		b.WriteString(": " + p.Path)
	}
	return b.String() + ": " + p.Message
}

// Invalid is the error of a configuration that cannot be used: all its problems,
// in the order of the files.
type Invalid struct{ Problems []Problem }

// Error lists the problems, one a line.
func (e *Invalid) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
