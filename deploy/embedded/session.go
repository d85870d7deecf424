package embedded

import (
	"sync"
	"time"
)

// sessions keeps the connections of the sessions that clients asked for.
type sessions struct {
	mu sync.Mutex
	m  map[string]*session
}

// session is one connection kept between requests.
type session struct {
	conn  *conn
	busy  bool
	timer *time.Timer
}

func newSessions() *sessions { return &sessions{m: map[string]*session{}} }

// take returns the session's connection for one request, made by open if the
// session is new. release puts it back, or ends the session if it is broken.
func (s *sessions) take(req *request, open func() (*conn, error)) (c *conn, release func(broken bool), err error) {
	key := req.user.name + "/" + req.session
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.m[key]
	switch {
	case one == nil && req.sessionCheck:
		return nil, nil, newException(codeSessionNotFound, "SESSION_NOT_FOUND", "Session %s not found", req.session)
	case one == nil:
		if c, err = open(); err != nil {
			return nil, nil, err
		}
		one = &session{conn: c}
		s.m[key] = one
	case one.busy:
		return nil, nil, newException(codeSessionLocked, "SESSION_IS_LOCKED", "Session %s is locked by a concurrent client", req.session)
	default:
		one.timer.Stop()
	}
	one.busy = true
	return one.conn, func(broken bool) { s.release(key, one, req.sessionTimeout, broken) }, nil
}

func (s *sessions) release(key string, one *session, timeout time.Duration, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.busy = false
	if broken {
		delete(s.m, key)
		one.conn.close()
		return
	}
	one.timer = time.AfterFunc(timeout, func() { s.expire(key, one) })
}

func (s *sessions) expire(key string, one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m[key] == one && !one.busy {
		delete(s.m, key)
		one.conn.close()
	}
}

func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, one := range s.m {
		if one.timer != nil {
			one.timer.Stop()
		}
		one.conn.close()
		delete(s.m, key)
	}
}
