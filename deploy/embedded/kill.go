package embedded

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// killQuery does KILL QUERY for the engine, which knows neither the query_id
// nor the user of a client, and whose SYNC would wait for ever for an INSERT
// whose client sends nothing more. The condition is evaluated over what clients
// see as system.processes; the statements found are cancelled here. Readers
// find their own only.
func (t *task) killQuery() error {
	where, mode, e := t.stmt.killed()
	if e != nil {
		return e
	}
	sql := "SELECT toString(takt_number), query_id, user, query FROM " + processesView + " WHERE takt_number > 0 AND (" + where + ")"
	if !t.user.writes {
		sql += " AND user = " + quote(t.user.name)
	}
	found, err := t.rows(sql)
	if err != nil {
		return err
	}
	statuses := make([]string, len(found))
	for i, row := range found {
		statuses[i] = "waiting"
		number, err := strconv.ParseUint(row[0], 10, 64)
		if err != nil {
			return fmt.Errorf("read a row of system.processes: %w", err)
		}
		if mode == "TEST" {
			continue
		}
		if r := t.running.get(number); r != nil {
			r.cancel()
		}
		if mode == "SYNC" && t.ended(number) {
			statuses[i] = "finished"
		}
	}
	t.out.format = t.outFormat()
	if _, err := t.conn.run(killResult(found, statuses), t.out.format, nil, t.out.write); err != nil {
		return err
	}
	return t.out.end()
}

// ended waits until the statement has ended, half a minute at most.
func (t *task) ended(number uint64) bool {
	for range 30_000 / 5 {
		if t.running.get(number) == nil {
			return true
		}
		select {
		case <-t.ctx.Done():
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
	return false
}

// rows runs a SELECT of strings.
func (t *task) rows(sql string) ([][]string, error) {
	var out [][]string
	_, err := t.conn.run(sql, "JSONCompactEachRow", t.params, func(p []byte) error {
		for line := range strings.Lines(string(p)) {
			var row []string
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				return fmt.Errorf("read a row of system.processes: %w", err)
			}
			out = append(out, row)
		}
		return nil
	})
	return out, err
}

// killResult is a SELECT of what KILL QUERY answers.
func killResult(found [][]string, statuses []string) string {
	tuples := make([]string, 0, len(found))
	for i, row := range found {
		tuples = append(tuples, fmt.Sprintf("(%s,%s,%s,%s)", quote(statuses[i]), quote(row[1]), quote(row[2]), quote(row[3])))
	}
	if len(tuples) == 0 {
		return "SELECT '' AS kill_status, '' AS query_id, '' AS user, '' AS query WHERE 0"
	}
	return "SELECT r.1 AS kill_status, r.2 AS query_id, r.3 AS user, r.4 AS query FROM (SELECT arrayJoin([" + strings.Join(tuples, ",") + "]) AS r)"
}

// killed splits KILL QUERY WHERE condition [SYNC | ASYNC | TEST] [FORMAT name].
func (s *statement) killed() (where, mode string, e *exception) {
	mode = "ASYNC"
	last := len(s.tokens) - 1
	if s.format != "" && last >= 2 && s.is(s.tokens[last-1], "FORMAT") {
		last -= 2
	}
	for _, m := range []string{"SYNC", "ASYNC", "TEST"} {
		if s.is(s.tokens[last], m) {
			mode = m
			last--
			break
		}
	}
	for i, t := range s.tokens[:last+1] {
		if s.is(t, "WHERE") && i < last {
			return s.sql[t.end:s.tokens[last].end], mode, nil
		}
	}
	return "", "", newException(codeSyntax, "SYNTAX_ERROR", "Syntax error: KILL QUERY needs a WHERE")
}
