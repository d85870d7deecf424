package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	timeout   = time.Minute // of one request
	maxAnswer = 64 << 20    // bytes
	attempts  = 8
	maxWait   = 5 * time.Minute // between two attempts, whatever Retry-After says
)

// session asks with what the system has given to prove who asks.
type session struct {
	cfg    *Config
	client *http.Client
	token  string
	open   bool
	since  time.Time
	next   time.Time // before which no request is made
}

func newSession(cfg *Config) (*session, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make cookie jar: %w", err)
	}
	return &session{cfg: cfg, client: &http.Client{Jar: jar, Timeout: timeout, Transport: cfg.Transport}}, nil
}

var (
	errExpired = errors.New("the system does not know the session")
	errFinal   = errors.New("the system refuses")
	errAbsent  = errors.New("the system does not have what it is asked for")
)

// later is an error that may heal; after is how long to wait, 0 if unknown.
type later struct {
	err     error
	after   time.Duration
	limited bool
}

func (l *later) Error() string { return l.err.Error() }

// ask makes the request and gives the answer to take. If the session has ended, or
// take finds the answer misshapen, it begins another one, once.
func (s *session) ask(ctx context.Context, values map[string]string, take func(body []byte) error) error {
	for renewed := false; ; renewed = true {
		if err := s.begin(ctx); err != nil {
			return fmt.Errorf("log in: %w", err)
		}
		values["token"], values["secret"] = s.token, s.cfg.Secret
		body, err := s.insist(ctx, &s.cfg.Request, values)
		if err == nil {
			err = take(body)
		}
		if err == nil {
			s.cfg.Observer.Asked(s.cfg.Source, "ok")
			return nil
		}
		ended := errors.Is(err, errExpired) || errors.Is(err, errShape)
		switch {
		case errors.Is(err, errAbsent):
			s.cfg.Observer.Asked(s.cfg.Source, "absent")
			return err
		case !ended || renewed || s.cfg.Login == nil:
			s.cfg.Observer.Asked(s.cfg.Source, "failed")
			return err
		}
		s.cfg.Observer.Asked(s.cfg.Source, "expired")
		s.open = false
	}
}

// begin begins a session unless one lasts.
func (s *session) begin(ctx context.Context) error {
	login := s.cfg.Login
	if login == nil || s.open && (login.Lifetime == 0 || s.cfg.Now().Sub(s.since) < login.Lifetime) {
		return nil
	}
	s.open = false
	body, err := s.insist(ctx, &login.Request, map[string]string{"secret": s.cfg.Secret})
	if err != nil {
		return err
	}
	if login.Token != "" {
		if s.token = text(lookup(body, login.Token)); s.token == "" || s.token == "null" {
			return fmt.Errorf("%w: the answer has no %s", errFinal, login.Token)
		}
	}
	s.open, s.since = true, s.cfg.Now()
	return nil
}

// insist makes a request until it is answered for good.
func (s *session) insist(ctx context.Context, r *Request, values map[string]string) ([]byte, error) {
	wait := time.Second
	for n := 1; ; n++ {
		if err := s.pace(ctx); err != nil {
			return nil, err
		}
		body, err := s.once(ctx, r, values)
		var heal *later
		if !errors.As(err, &heal) || ctx.Err() != nil {
			return body, err
		}
		if heal.limited {
			s.cfg.Observer.Asked(s.cfg.Source, "limited")
		}
		if n == attempts {
			return nil, fmt.Errorf("asked %d times: %w", n, err)
		}
		d := wait
		if heal.after > 0 {
			d = min(heal.after, maxWait)
		}
		if err := s.cfg.Sleep(ctx, d); err != nil {
			return nil, err
		}
		wait = min(2*wait, time.Minute)
	}
}

// pace waits until the rate allows a request.
func (s *session) pace(ctx context.Context) error {
	now := s.cfg.Now()
	if d := s.next.Sub(now); d > 0 {
		if err := s.cfg.Sleep(ctx, d); err != nil {
			return err
		}
		now = s.next
	}
	s.next = now.Add(time.Duration(float64(time.Second) / s.cfg.Rate))
	return nil
}

// once makes a request. Errors do not hold its address, which may hold secrets.
func (s *session) once(ctx context.Context, r *Request, values map[string]string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, fill(r.URL, values, inAddress), strings.NewReader(fill(r.Body, values, inJSON)))
	if err != nil {
		return nil, fmt.Errorf("%w: the configured address cannot be asked", errFinal)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, fill(value, values, func(s string) string { return s }))
	}
	if r.Body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, &later{err: fmt.Errorf("ask %s: %w", req.URL.Host, cause(err))}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	answered := fmt.Errorf("%s answered %d", req.URL.Host, res.StatusCode)
	switch {
	case err != nil:
		return nil, &later{err: fmt.Errorf("read the answer of %s: %w", req.URL.Host, cause(err))}
	case res.StatusCode == http.StatusTooManyRequests:
		return nil, &later{answered, retryAfter(res, s.cfg.Now()), true}
	case res.StatusCode >= 500:
		return nil, &later{answered, retryAfter(res, s.cfg.Now()), false}
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return nil, fmt.Errorf("%w: %w", errExpired, answered)
	case res.StatusCode == http.StatusNotFound && fromSystem(res):
		return nil, fmt.Errorf("%w: %w", errAbsent, answered)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: %w", errFinal, answered)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%w: the answer is longer than %d bytes: make page.size smaller", errFinal, maxAnswer)
	}
	return body, nil
}

// fromSystem reports whether an answer is data of the system, and no page of a server
// before it that knows no such address.
func fromSystem(res *http.Response) bool {
	kind := res.Header.Get("Content-Type")
	return strings.Contains(kind, "json") || strings.Contains(kind, "/xml") || strings.Contains(kind, "atom+xml")
}

// cause is err without the address that url.Error tells.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func retryAfter(res *http.Response, now time.Time) time.Duration {
	text := res.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// fill puts values, escaped, in the place of their names in braces. Other braces
// stay.
func fill(text string, values map[string]string, escape func(string) string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", escape(value))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// inAddress escapes a text as part of a path's segment or of a query's value.
func inAddress(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// inJSON escapes a text as part of a JSON string.
func inJSON(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b[1 : len(b)-1])
}
