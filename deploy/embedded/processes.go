package embedded

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// The engine names queries itself and knows one user, so every statement
// carries a comment with what the client gave:
//
//	/*takt <number> <user> <query_id, URL-escaped>*/ SELECT ...
//
// processesView reads it back, as if the engine had known.
const processesView = `(SELECT p.* REPLACE (
	if(startsWith(p.query, '/*takt '), decodeURLComponent(splitByChar(' ', extract(p.query, '^/\\*takt ([^*]*)\\*/'))[3]), p.query_id) AS query_id,
	if(startsWith(p.query, '/*takt '), splitByChar(' ', extract(p.query, '^/\\*takt ([^*]*)\\*/'))[2], p.user) AS user,
	if(startsWith(p.query, '/*takt '), substring(p.query, position(p.query, '*/') + 3), p.query) AS query),
	p.query_id AS takt_engine_id, toUInt64OrZero(splitByChar(' ', extract(p.query, '^/\\*takt ([^*]*)\\*/'))[1]) AS takt_number
	FROM system.processes AS p)`

// comment is the tag of a running statement.
func comment(number uint64, user, queryID string) string {
	return fmt.Sprintf("/*takt %d %s %s*/ ", number, user, strings.ReplaceAll(url.PathEscape(queryID), "*", "%2A"))
}

// withProcesses replaces system.processes in a SELECT by the view.
func (s *statement) withProcesses() string {
	var out strings.Builder
	last := 0
	for i := 0; i+2 < len(s.tokens); i++ {
		a, b, c := s.tokens[i], s.tokens[i+1], s.tokens[i+2]
		if s.text(b) != "." || s.name(a) != "system" || s.name(c) != "processes" {
			continue
		}
		// A column of it, as in system.processes.query: only an alias can stand for that.
		if i+3 < len(s.tokens) && s.text(s.tokens[i+3]) == "." {
			continue
		}
		out.WriteString(s.sql[last:a.start])
		out.WriteString("(SELECT * EXCEPT (takt_engine_id, takt_number) FROM " + processesView + ")")
		last = c.end
	}
	if last == 0 {
		return s.sql
	}
	out.WriteString(s.sql[last:])
	return out.String()
}

func (s *statement) name(t token) string {
	if t.kind == tokenQuoted {
		return s.sql[t.start+1 : t.end-1]
	}
	return s.text(t)
}

// running is the register of the statements that clients have under way.
type running struct {
	mu       sync.Mutex
	byNumber map[uint64]*run
	byID     map[string]*run
	last     atomic.Uint64
}

// run is one statement under way.
type run struct {
	number uint64
	id     string
	cancel context.CancelFunc
}

func newRunning() *running {
	return &running{byNumber: map[uint64]*run{}, byID: map[string]*run{}}
}

// add registers a statement; a client may not use one query_id twice at once.
func (r *running) add(id string, cancel context.CancelFunc) (*run, *exception) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[id] != nil {
		return nil, newException(codeSameQueryID, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", "Query with id = %s is already running", id)
	}
	q := &run{number: r.last.Add(1), id: id, cancel: cancel}
	r.byNumber[q.number], r.byID[id] = q, q
	return q, nil
}

func (r *running) remove(q *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byNumber, q.number)
	delete(r.byID, q.id)
}

// get returns the statement with the number, or nil once it has ended.
func (r *running) get(number uint64) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byNumber[number]
}

// cancelAll asks every statement to end.
func (r *running) cancelAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.byNumber {
		q.cancel()
	}
}
