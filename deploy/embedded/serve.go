package embedded

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// task is one statement of one client on its way through the engine.
type task struct {
	*server
	*request
	stmt *statement
	body io.Reader // what follows the statement
	conn *conn
	run  *run
	ctx  context.Context //nolint:containedctx // lives as long as the HTTP request
	out  *answer
}

// serve answers one request.
func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	out := &answer{w: w, tag: newExceptionTag()}
	if err := s.attempt(out, r); err != nil {
		// A client that has not finished sending would not read the answer.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxFrame))
		out.fail(asException(err))
	}
}

func (s *server) attempt(out *answer, r *http.Request) error {
	req, e := readRequest(r, s.known)
	if e != nil {
		return e
	}
	out.request = req
	stmt, body, err := s.statement(req, r)
	if err != nil {
		return err
	}
	if stmt.verb == "" {
		return newException(codeSyntax, "SYNTAX_ERROR", "Syntax error: Empty query")
	}
	if !req.user.writes {
		if e := stmt.forReader(); e != nil {
			return e
		}
	}
	// What reads ends when its client goes; what changes something is carried
	// through, as on a server, and ends by KILL QUERY only.
	parent := r.Context()
	if !stmt.reads() {
		parent = context.WithoutCancel(parent)
	}
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	t := &task{server: s, request: req, stmt: stmt, body: body, ctx: ctx, out: out}
	run := func() error { return t.start(cancel) }
	if key := req.question(stmt, t.outFormat()); key != "" {
		out.format = t.outFormat()
		return s.flights.share(ctx, key, out, run)
	}
	return run()
}

// start runs the task when it has its turn.
func (t *task) start(cancel func()) error {
	if !t.stmt.kills() { // or a full house could not be cleared
		release, err := t.slot(t.ctx)
		if err != nil {
			return err
		}
		defer release()
	}
	run, e := t.running.add(t.queryID, func() { cancel(); t.out.interrupt() })
	if e != nil {
		return e
	}
	defer t.running.remove(run)
	t.run = run
	return t.withConn(t.do)
}

// statement reads the SQL: the query parameter, then the body. Of an INSERT
// only its head is read; what is left is its data.
func (s *server) statement(req *request, r *http.Request) (*statement, io.Reader, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, nil, newException(codeNotImplemented, "NOT_IMPLEMENTED", "External tables are not supported by the embedded ClickHouse")
	}
	body, err := decode(r.Body, r.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, nil, err
	}
	if req.decompress {
		body = &frameReader{r: body}
	}
	if stmt, e := parse(req.query); e == nil && stmt.data {
		return stmt, body, nil
	}
	head := []byte(req.query)
	if len(head) > 0 {
		head = append(head, '\n')
	}
	more, err := io.ReadAll(io.LimitReader(body, maxStatement))
	if err != nil {
		return nil, nil, newException(codeCannotReadAll, "CANNOT_READ_ALL_DATA", "Cannot read the query from the body: %v", err)
	}
	head = append(head, more...)
	stmt, e := parse(string(head))
	if e != nil {
		return nil, nil, e
	}
	if !stmt.data && len(more) == maxStatement {
		return nil, nil, newException(codeSyntax, "SYNTAX_ERROR", "Syntax error: the query is longer than %d bytes", maxStatement)
	}
	return stmt, body, nil
}

// withConn finds the connection for the task and puts it away afterwards.
func (t *task) withConn(do func() error) (err error) {
	if t.session == "" {
		if t.conn, err = t.open(t.settings); err != nil {
			return err
		}
		defer t.conn.close()
		if err := t.use(); err != nil {
			return err
		}
		return do()
	}
	conn, release, err := t.sessions.take(t.request, func() (*conn, error) { return t.open(t.user.settings()) })
	if err != nil {
		return err
	}
	t.conn = conn
	defer func() { release(err != nil && (t.ctx.Err() != nil || errors.Is(err, errClient))) }()
	if err := t.use(); err != nil {
		return err
	}
	// The connection outlives the request, the settings of the URL do not.
	for _, set := range t.settings {
		if set.name == "readonly" {
			continue
		}
		if err := conn.set(set.name, quote(set.value)); err != nil {
			return err
		}
		defer func() { _ = conn.set(set.name, "DEFAULT") }()
	}
	return do()
}

func (t *task) use() error {
	if t.database == "" || t.database == "default" {
		return nil
	}
	_, err := t.conn.run("USE `"+strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(t.database)+"`", "Null", nil, nil)
	return err
}

// do runs the statement by its kind.
func (t *task) do() error {
	switch {
	case t.stmt.data:
		return t.insert()
	case t.stmt.kills():
		return t.killQuery()
	case t.stmt.isHello():
		t.out.format = "Native"
		if err := t.out.write(hello(t.version)); err != nil {
			return err
		}
		return t.out.end()
	default:
		return t.query()
	}
}

// tagged puts the comment that names the client before the SQL.
func (t *task) tagged(sql string) string {
	return comment(t.run.number, t.user.name, t.queryID) + sql
}

// outFormat is the format of the result.
func (t *task) outFormat() string {
	switch {
	case t.stmt.format != "":
		return t.stmt.format
	case t.format != "":
		return t.format
	}
	return "TabSeparated"
}

// query runs a statement without data.
func (t *task) query() error {
	sql := t.stmt.sql
	format := t.outFormat()
	t.out.format = format
	if t.stmt.selects() {
		sql = t.stmt.withProcesses()
	}
	stop := t.watch(t.ctx, t.run.number)
	defer stop()
	if t.stmt.streams(format) {
		if err := t.conn.stream(t.tagged(sql), format, t.params, t.out.write); err != nil {
			return err
		}
		return t.out.end()
	}
	written, err := t.conn.run(t.tagged(sql), format, t.params, t.out.write)
	if err != nil {
		return err
	}
	t.out.written = written
	return t.out.end()
}

// insertData is the whole data of an INSERT: what stood behind the statement,
// then the body.
func (t *task) insertData() io.Reader {
	rest := t.stmt.sql[t.stmt.dataStart:]
	if rest == "" {
		return t.body
	}
	return io.MultiReader(strings.NewReader(rest), t.body)
}

// insert streams the data of an INSERT into the engine. Nothing is committed
// unless the whole body arrived.
func (t *task) insert() error {
	stop := t.watch(t.ctx, t.run.number)
	defer stop()
	stream, err := t.conn.insert(t.tagged(t.stmt.sql[:t.stmt.head]), t.stmt.format, t.params)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(stream, t.insertData(), make([]byte, 256<<10))
	switch {
	case t.ctx.Err() != nil:
		stream.cancel()
		return newException(codeCancelled, "QUERY_WAS_CANCELLED", "Query was cancelled")
	case err != nil && !errors.Is(err, errInsertRefused):
		stream.cancel()
		return newException(codeCannotReadAll, "CANNOT_READ_ALL_DATA", "Cannot read all data of the insert: %v", err)
	}
	if t.out.written, err = stream.commit(); err != nil {
		return err
	}
	return t.out.end()
}

// errInsertRefused says that the engine takes no more data; commit tells why.
var errInsertRefused = errors.New("the engine refused the data")

// errClient says that the client cannot be written to.
var errClient = errors.New("the client is gone")

func (s *statement) isHello() bool {
	return strings.Join(strings.Fields(s.sql), " ") == "SELECT displayName(), version(), revision(), timezone()"
}
