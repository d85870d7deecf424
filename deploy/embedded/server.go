package embedded

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// server is ClickHouse's HTTP interface over the engine. Every statement gets a
// connection of its own, opened for it with its settings and closed after it
// (0.3 ms): so nothing of one client is left for the next. A session keeps its
// connection. One more connection stays open for as long as the server lives,
// because the engine shuts down with its last connection.
type server struct {
	engine  *engine
	base    []string // arguments of every connection
	keeper  *conn
	version string          // of the engine, as SELECT version() says
	known   map[string]bool // names of the settings

	slots    chan struct{} // one per statement under way
	running  *running
	sessions *sessions
	flights  flights
	wait     time.Duration // for a slot
}

// maxStatement is how much SQL one statement may have.
const maxStatement = 1 << 20

func newServer(e *engine, cfg childConfig) (*server, error) {
	s := &server{
		engine: e, slots: make(chan struct{}, cfg.MaxQueries), running: newRunning(), sessions: newSessions(), wait: 30 * time.Second,
		base: []string{
			"--path=" + cfg.Dir, "--config-file=" + cfg.ConfigFile,
			// Where the library's defaults differ from a server's. The engine's
			// default of async_insert is 1: acknowledged would not mean stored.
			"--async_insert=0", "--implicit_select=0", "--allow_introspection_functions=0",
		},
		known: map[string]bool{},
	}
	var err error
	if s.keeper, err = e.open(s.base...); err != nil {
		return nil, fmt.Errorf("open the data path %q: %w", cfg.Dir, err)
	}
	if s.version, err = s.text("SELECT version()"); err != nil {
		return nil, fmt.Errorf("ask the engine for its version: %w", err)
	}
	names, err := s.text("SELECT name FROM system.settings")
	if err != nil {
		return nil, fmt.Errorf("ask the engine for its settings: %w", err)
	}
	for _, n := range strings.Fields(names) {
		s.known[n] = true
	}
	return s, nil
}

// text runs a statement of the server's own on a connection of its own.
func (s *server) text(sql string) (string, error) {
	c, err := s.engine.open(s.base...)
	if err != nil {
		return "", err
	}
	defer c.close()
	var out strings.Builder
	_, err = c.run(sql, "TSVRaw", nil, func(p []byte) error { out.Write(p); return nil })
	return strings.TrimRight(out.String(), "\n"), err
}

// open makes the connection for a request. Settings are arguments of it;
// the engine keeps the reason of a refusal to itself, so a second connection
// finds it out.
func (s *server) open(settings []setting) (*conn, error) {
	args := s.base
	for _, set := range settings {
		args = append(args[:len(args):len(args)], "--"+set.name+"="+set.value)
	}
	if c, err := s.engine.open(args...); err == nil {
		return c, nil
	}
	c, err := s.engine.open(s.base...)
	if err != nil {
		return nil, err
	}
	for _, set := range settings {
		if err := c.set(set.name, quote(set.value)); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *conn) set(name, value string) error {
	_, err := c.run("SET "+name+" = "+value, "Null", nil, nil)
	return err
}

// quote makes a string literal of SQL.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// slot waits for its turn.
func (s *server) slot(ctx context.Context) (release func(), err error) {
	t := time.NewTimer(s.wait)
	defer t.Stop()
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.C:
		return nil, newException(codeTooMany, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many simultaneous queries. Maximum: %d", cap(s.slots))
	}
}

// kill ends the statement with the number. It repeats until the statement has
// ended, because one that is not yet registered cannot be killed.
func (s *server) kill(number uint64, ended <-chan struct{}) {
	sql := fmt.Sprintf("KILL QUERY WHERE startsWith(query, '/*takt %d ') ASYNC", number)
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		_, _ = s.text(sql) // an engine that cannot run this will not end the statement either
		select {
		case <-ended:
			return
		case <-time.After(pause):
		}
	}
}

// watch kills the statement when its context ends before the statement does.
// stop must be called when the statement has ended; it waits for the watch.
func (s *server) watch(ctx context.Context, number uint64) (stop func()) {
	ended := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-ended:
		case <-ctx.Done():
			s.kill(number, ended)
		}
	})
	return func() { close(ended); wg.Wait() }
}

// close ends everything. The HTTP server must have stopped accepting.
func (s *server) close() {
	s.running.cancelAll()
	for range cap(s.slots) { // every statement has ended when all slots are free
		s.slots <- struct{}{}
	}
	s.sessions.close()
	s.keeper.close()
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("Ok.\n")) }
	mux.HandleFunc("/ping", ok)
	mux.HandleFunc("/replicas_status", ok)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.RawQuery == "" {
			ok(w, r)
			return
		}
		s.serve(w, r)
	})
	// A page in a browser must not be able to write to a port of this machine.
	return http.NewCrossOriginProtection().Handler(mux)
}
