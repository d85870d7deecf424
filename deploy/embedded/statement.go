package embedded

import "strings"

// statement is what the HTTP interface needs to know about a text of SQL
// before it gives it to the engine.
type statement struct {
	sql    string
	tokens []token
	verb   string // first keyword in capitals, "(" of a bracketed SELECT is passed over
	format string // name after FORMAT, "" if there is none
	// data is true for an INSERT that takes data; dataStart is where the data
	// begins in sql, and head is where the statement without FORMAT ends.
	data            bool
	head, dataStart int
}

// parse never fails on SQL it does not understand: the engine knows better.
func parse(sql string) (*statement, *exception) {
	s := &statement{sql: sql}
	lex := lexer{sql: sql}
	depth, ended := 0, false
	for {
		t, ok := lex.next()
		if !ok {
			break
		}
		if ended {
			return nil, newException(codeSyntax, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed): failed at position %d", t.start+1)
		}
		switch s.text(t) {
		case "(":
			depth++
		case ")":
			depth--
		case ";":
			ended = depth == 0
			continue
		}
		s.tokens = append(s.tokens, t)
		if s.verb == "" && t.kind == tokenWord {
			s.verb = strings.ToUpper(s.text(t))
		}
		if e := s.refuse(); e != nil {
			return nil, e
		}
		if s.verb == "INSERT" && depth == 0 && s.insertData(t) {
			return s, nil
		}
		if s.verb == "INSERT" && depth == 0 && (s.is(t, "SELECT") || s.is(t, "WITH")) {
			s.verb = "INSERT SELECT"
		}
		if n := len(s.tokens); n > 1 && depth == 0 && t.kind == tokenWord && s.is(s.tokens[n-2], "FORMAT") {
			s.format = s.text(t)
		}
	}
	if len(s.tokens) > 0 {
		s.sql = sql[:s.tokens[len(s.tokens)-1].end]
	}
	return s, nil
}

func (s *statement) text(t token) string { return s.sql[t.start:t.end] }

func (s *statement) is(t token, word string) bool {
	return t.kind == tokenWord && strings.EqualFold(s.text(t), word)
}

// insertData looks for the place where the data of an INSERT begins.
func (s *statement) insertData(t token) bool {
	n := len(s.tokens)
	switch {
	case s.is(t, "VALUES") && n > 2:
		s.format, s.head, s.dataStart = "Values", t.start, t.end
	case n > 3 && t.kind == tokenWord && s.is(s.tokens[n-2], "FORMAT"):
		s.format, s.head, s.dataStart = s.text(t), s.tokens[n-2].start, t.end
		// One line end after the name belongs to the statement.
		rest := s.sql[t.end:]
		trimmed := strings.TrimLeft(rest, " \t\r")
		if strings.HasPrefix(trimmed, "\n") || trimmed == "" {
			s.dataStart = len(s.sql) - len(strings.TrimPrefix(trimmed, "\n"))
		} else if rest != "" {
			s.dataStart++
		}
	default:
		return false
	}
	s.data = true
	return true
}

// refuse stops what would read or write files in the name of the HTTP client:
// the engine, being a local one, does that even in readonly mode.
func (s *statement) refuse() *exception {
	n := len(s.tokens)
	if n < 2 {
		return nil
	}
	a, b := s.tokens[n-2], s.tokens[n-1]
	if s.is(a, "INTO") && s.is(b, "OUTFILE") || s.is(a, "FROM") && s.is(b, "INFILE") {
		return newException(codeNotImplemented, "NOT_IMPLEMENTED", "INTO OUTFILE and FROM INFILE are not supported over HTTP")
	}
	return nil
}

// forReader refuses what readonly mode of the engine lets through but a server
// would not let a reader do.
func (s *statement) forReader() *exception {
	if s.verb == "SET" {
		return newException(codeReadonly, "READONLY", "Cannot modify settings in readonly mode: put them into the URL")
	}
	for i := 1; i < len(s.tokens); i++ {
		name := s.text(s.tokens[i-1])
		if s.tokens[i-1].kind == tokenQuoted {
			name = name[1 : len(name)-1]
		}
		if s.text(s.tokens[i]) == "(" && outside[strings.ToLower(name)] {
			return newException(codeAccessDenied, "ACCESS_DENIED", "Not enough privileges: readers may not use the function %s", name)
		}
	}
	return nil
}

// outside are the functions that reach beyond the database.
var outside = map[string]bool{
	"file": true, "filecluster": true, "url": true, "urlcluster": true, "s3": true, "s3cluster": true, "gcs": true,
	"azureblobstorage": true, "hdfs": true, "remote": true, "remotesecure": true, "mysql": true, "postgresql": true,
	"sqlite": true, "mongodb": true, "redis": true, "odbc": true, "jdbc": true, "executable": true, "iceberg": true,
	"deltalake": true, "hudi": true, "python": true, "catboostevaluate": true,
}

// streams says whether the statement can be streamed in the format: only a
// SELECT, and only a format without a head, a foot and separators, since every
// piece of a streamed result is a complete document of its format.
func (s *statement) streams(format string) bool {
	if !s.selects() {
		return false
	}
	switch strings.ToLower(format) {
	case "native", "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "csv", "jsoneachrow", "jsonlines", "ndjson",
		"jsoncompacteachrow", "jsonstringseachrow", "rowbinary", "null", "lineasstring", "rawblob":
		return true
	}
	return false
}

// selects says whether the statement is a SELECT.
func (s *statement) selects() bool {
	return s.verb == "SELECT" || s.verb == "WITH" || s.verb == "FROM"
}

// reads says whether the statement only reads.
func (s *statement) reads() bool {
	switch s.verb {
	case "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK":
		return true
	}
	return s.selects()
}

// kills says whether the statement is a KILL QUERY.
func (s *statement) kills() bool {
	return s.verb == "KILL" && len(s.tokens) > 1 && s.is(s.tokens[1], "QUERY")
}
