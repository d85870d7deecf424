package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/takt-orders/takt/alerts/bearer"
	"github.com/takt-orders/takt/alerts/exception"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const token = "0123456789abcdef"

// store holds exceptions in memory; what the real one does is tested where it is.
type store struct {
	facts   map[uint64]exception.Facts
	changes map[uint64][]exception.Change
	filter  exception.Filter // asked for last
	down    bool
	writes  int
}

func (s *store) Exception(_ context.Context, id uint64) (exception.Facts, []exception.Change, error) {
	if s.down {
		return exception.Facts{}, nil, errors.New("connection refused to secret-host")
	}
	f, ok := s.facts[id]
	if !ok {
		return f, nil, exception.ErrUnknown
	}
	return f, s.changes[id], nil
}

func (s *store) Append(_ context.Context, f exception.Facts, c exception.Change) (string, error) {
	s.writes++
	s.changes[f.ID] = append(s.changes[f.ID], c)
	return c.ID, nil
}

func (s *store) List(_ context.Context, f exception.Filter) ([]exception.Listed, error) {
	if s.down {
		return nil, errors.New("connection refused to secret-host")
	}
	s.filter = f
	var all []exception.Listed
	for id, f := range s.facts {
		all = append(all, exception.Listed{Entry: exception.Fold(f, s.changes[id])})
	}
	return all, nil
}

func newStore() *store {
	return &store{facts: map[uint64]exception.Facts{1<<64 - 7: {
		ID: 1<<64 - 7, Process: "retail", OrderID: "SO-1", Stage: "pick", Visit: 1, Kind: "overdue", Team: "warehouse", Amount: "12.50",
		Severity: "warning", Currency: "CNY", OpenedAt: now.Add(-time.Hour), DetectedAt: now.Add(-time.Hour),
	}}, changes: map[uint64][]exception.Change{}}
}

// description returns the router of openapi.yaml, which has to be valid.
func description(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// Every answer is what openapi.yaml says, and every request it allows is taken.
func TestHandlersKeepTheDescription(t *testing.T) {
	router := description(t)
	s := newStore()
	handler := NewHandler(Config{Store: s, Token: token, Now: func() time.Time { return now }})
	const one = "/api/v1/exceptions/18446744073709551609"
	covered := map[string]bool{}
	for _, c := range []struct {
		name, method, path, body string
		edit                     func(*http.Request)
		status                   int
		want                     string // part of the answer
		wrong                    bool   // the description forbids the request too
	}{
		{name: "list", method: "GET", path: "/api/v1/exceptions?process=retail&owner_team=warehouse&state=assigned&limit=5", status: 200, want: `"id":"18446744073709551609"`},
		{name: "list of a bad state", method: "GET", path: "/api/v1/exceptions?state=lost", status: 400, want: "is none of opened", wrong: true},
		{name: "list of too many", method: "GET", path: "/api/v1/exceptions?limit=5000", status: 400, want: "from 1 to 1000", wrong: true},
		{name: "show", method: "GET", path: one, status: 200, want: `"state":"assigned"`},
		{name: "show unknown", method: "GET", path: "/api/v1/exceptions/5", status: 404, want: "No exception"},
		{name: "show nonsense", method: "GET", path: "/api/v1/exceptions/abc", status: 400, want: "no identity", wrong: true},
		{name: "no token", method: "GET", path: one, edit: func(r *http.Request) { r.Header.Del("Authorization") }, status: 401, want: "Bearer TOKEN"},
		{name: "a wrong token", method: "GET", path: "/api/v1/exceptions", edit: func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, status: 401, want: "Bearer TOKEN"},
		{name: "a wrong token in the other header", method: "GET", path: one, edit: func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Set("X-Takt-Token", token[1:])
		}, status: 401, want: "X-Takt-Token: TOKEN"},
		{name: "the token beside a basic password", method: "GET", path: one, edit: func(r *http.Request) {
			r.SetBasicAuth("li", "password")
			r.Header.Set("X-Takt-Token", token)
		}, status: 200, want: `"state":"assigned"`},
		{name: "change without token", method: "POST", path: one + "/changes", body: `{"step":"acknowledge","author":"li"}`, edit: func(r *http.Request) { r.Header.Del("Authorization") }, status: 401, want: "Bearer TOKEN"},
		{name: "acknowledge", method: "POST", path: one + "/changes", body: `{"change":"c1","revision":0,"step":"acknowledge","author":"li"}`, status: 201, want: `"acknowledged_by":"li"`},
		{name: "again", method: "POST", path: one + "/changes", body: `{"change":"c1","revision":0,"step":"acknowledge","author":"li"}`, status: 201, want: `"revision":1`},
		{name: "too late", method: "POST", path: one + "/changes", body: `{"revision":0,"step":"note","note":"x","author":"wang"}`, status: 409, want: `"changed_by":"li"`},
		{name: "not allowed", method: "POST", path: one + "/changes", body: `{"step":"archive","author":"wang"}`, status: 409, want: "possible while it is resolved"},
		{name: "note", method: "POST", path: one + "/changes", body: `{"revision":null,"step":"note","note":"已联系承运商","author":"wang","at":"2026-03-02T11:30:00Z"}`, status: 201, want: `"state":"followed"`},
		{name: "empty note", method: "POST", path: one + "/changes", body: `{"step":"note","author":"wang"}`, status: 400, want: "note: is empty"},
		{name: "unknown key", method: "POST", path: one + "/changes", body: `{"step":"note","note":"x","author":"wang","who":"wang"}`, status: 400, want: "unknown field", wrong: true},
		{name: "no step", method: "POST", path: one + "/changes", body: `{"author":"wang"}`, status: 400, want: "step", wrong: true},
		{name: "two changes", method: "POST", path: one + "/changes", body: `{"step":"resolve","author":"w"} {}`, status: 400, want: "follows"},
		{name: "too large", method: "POST", path: one + "/changes", body: `{"step":"note","author":"w","note":"` + strings.Repeat("x", maxBody) + `"}`, status: 413, want: "at most"},
		{name: "change of unknown", method: "POST", path: "/api/v1/exceptions/5/changes", body: `{"step":"resolve","author":"w"}`, status: 404, want: "No exception"},
		{name: "show with audit log", method: "GET", path: one, status: 200, want: `"refused":true`},
		{name: "no store", method: "GET", path: one, edit: func(*http.Request) { s.down = true }, status: 503, want: "log of Takt"},
		{name: "no store for the list", method: "GET", path: "/api/v1/exceptions", status: 503, want: "log of Takt"},
		{name: "no store for a change", method: "POST", path: one + "/changes", body: `{"step":"resolve","author":"w"}`, status: 503, want: "log of Takt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Authorization", "Bearer "+token)
			if c.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			if c.edit != nil {
				c.edit(r)
			}
			route, params, err := router.FindRoute(r)
			if err != nil {
				t.Fatal(err)
			}
			in := &openapi3filter.RequestValidationInput{
				Request: r, PathParams: params, Route: route,
				Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
			}
			if err := openapi3filter.ValidateRequest(t.Context(), in); (err != nil) != c.wrong {
				t.Errorf("the description says of the request: %v", err)
			}
			r.Body = io.NopCloser(strings.NewReader(c.body))
			before := s.writes
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "secret-host") {
				t.Errorf("got %d with %s, want %d with %q", w.Code, w.Body, c.status, c.want)
			}
			if c.method == "GET" && s.writes != before {
				t.Error("a GET changed something")
			}
			err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
				RequestValidationInput: in, Status: w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
				Options: in.Options,
			})
			if err != nil {
				t.Errorf("the answer is not as described: %v", err)
			}
			covered[fmt.Sprint(route.Operation.OperationID, " ", w.Code)] = true
		})
	}
	doc, err := openapi3.NewLoader().LoadFromData(OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if !covered[op.OperationID+" "+status] {
					t.Errorf("no test answers %s to %s %s", status, method, path)
				}
			}
		}
	}
	if header := doc.Components.SecuritySchemes["header"]; header == nil || header.Value.In != "header" || header.Value.Name != bearer.Header {
		t.Errorf("the description names another header than %s: %+v", bearer.Header, header)
	}
	if s.filter.Process != "retail" || s.filter.Team != "warehouse" || s.filter.State != exception.Assigned || s.filter.Limit != 5 {
		t.Errorf("the store was asked for %+v", s.filter)
	}
}

func TestOtherPaths(t *testing.T) {
	on := NewHandler(Config{Store: newStore(), Token: token, Now: time.Now})
	off := NewHandler(Config{Store: newStore(), Now: time.Now})
	for _, c := range []struct {
		name, method, path string
		handler            http.Handler
		status             int
		kind, want         string
	}{
		{"the description", "GET", "/api/v1/openapi.yaml", on, 200, "application/yaml", "openapi: 3"},
		{"no such path", "GET", "/api/v1/orders", on, 404, "application/problem+json", "openapi.yaml"},
		{"a change by GET", "GET", "/api/v1/exceptions/7/changes", on, 404, "application/problem+json", "openapi.yaml"},
		{"off", "GET", "/api/v1/exceptions", off, 503, "application/problem+json", "api.token_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			c.handler.ServeHTTP(w, r)
			if w.Code != c.status || w.Header().Get("Content-Type") != c.kind || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("got %d %s %s, want %d %s with %q", w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.kind, c.want)
			}
			if c.kind == "application/problem+json" && !json.Valid(w.Body.Bytes()) {
				t.Error("not JSON")
			}
		})
	}
}
