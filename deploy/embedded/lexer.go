package embedded

import "strings"

// token is a piece of SQL. Comments and white space are not tokens.
type token struct {
	kind       tokenKind
	start, end int
}

type tokenKind int

const (
	tokenWord   tokenKind = iota + 1 // a bare word: keyword, identifier or number
	tokenQuoted                      // `x` or "x": an identifier
	tokenString                      // 'x' or $t$x$t$
	tokenMark                        // one character
)

// lexer splits SQL as far as it is asked to: the data of an INSERT that
// follows the statement is never looked at.
type lexer struct {
	sql string
	pos int
}

// next returns the next token, and false at the end. An unfinished string or
// comment reaches to the end: the engine will complain about it.
func (l *lexer) next() (token, bool) {
	l.skip()
	if l.pos >= len(l.sql) {
		return token{}, false
	}
	start := l.pos
	switch c := l.sql[l.pos]; {
	case c == '\'':
		l.quoted('\'')
		return token{tokenString, start, l.pos}, true
	case c == '`' || c == '"':
		l.quoted(c)
		return token{tokenQuoted, start, l.pos}, true
	case c == '$' && l.heredoc():
		return token{tokenString, start, l.pos}, true
	case wordByte(c):
		for l.pos < len(l.sql) && wordByte(l.sql[l.pos]) {
			l.pos++
		}
		return token{tokenWord, start, l.pos}, true
	}
	l.pos++
	return token{tokenMark, start, l.pos}, true
}

func wordByte(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// skip passes over white space and comments.
func (l *lexer) skip() {
	for l.pos < len(l.sql) {
		rest := l.sql[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n\v\f", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "#!"), strings.HasPrefix(rest, "# "):
			l.until("\n")
		case strings.HasPrefix(rest, "/*"):
			l.pos += 2
			l.until("*/")
		default:
			return
		}
	}
}

// until moves past the next occurrence of end.
func (l *lexer) until(end string) {
	if i := strings.Index(l.sql[l.pos:], end); i >= 0 {
		l.pos += i + len(end)
		return
	}
	l.pos = len(l.sql)
}

// quoted moves past a quoted piece; quotes in it are doubled or escaped.
func (l *lexer) quoted(quote byte) {
	for l.pos++; l.pos < len(l.sql); l.pos++ {
		switch l.sql[l.pos] {
		case '\\':
			l.pos++
		case quote:
			if l.pos+1 < len(l.sql) && l.sql[l.pos+1] == quote {
				l.pos++
				continue
			}
			l.pos++
			return
		}
	}
	l.pos = len(l.sql)
}

// heredoc moves past $tag$ ... $tag$, if there is one here.
func (l *lexer) heredoc() bool {
	rest := l.sql[l.pos:]
	i := 1
	for i < len(rest) && wordByte(rest[i]) {
		i++
	}
	if i >= len(rest) || rest[i] != '$' {
		return false
	}
	tag := rest[:i+1]
	end := strings.Index(rest[len(tag):], tag)
	if end < 0 {
		return false
	}
	l.pos += end + 2*len(tag)
	return true
}
