// Package rest is the HTTP API of the ledger of exceptions, as openapi.yaml
// describes it.
//
// A GET changes nothing. Every request but that for the description needs the
// token, in one of two headers (package bearer); without a token in the
// configuration the API is off and says so.
// Errors are problem+json (RFC 9457); a change that lost gets 409 and the exception
// as it stands.
package rest

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/takt-orders/takt/alerts/bearer"
	"github.com/takt-orders/takt/alerts/exception"
)

// Prefix is where the API's paths begin.
const Prefix = "/api/v1/"

//go:embed openapi.yaml
var openapi []byte

// OpenAPI returns the description of the API.
func OpenAPI() []byte { return openapi }

// Store is the ledger's, and lists.
type Store interface {
	exception.Store
	// List returns the exceptions that f chooses.
	List(ctx context.Context, f exception.Filter) ([]exception.Listed, error)
}

// Config is what the API needs.
type Config struct {
	Store  Store            // required
	Token  string           // empty: the API is off
	Now    func() time.Time // required
	Logger *slog.Logger     // nil: discard
}

type api struct {
	Config
	ledger *exception.Ledger
}

// NewHandler returns the API, all of it below Prefix.
func NewHandler(c Config) http.Handler {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Token == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			tell(w, problem{Status: http.StatusServiceUnavailable, Detail: "The API is off: name api.token_file in takt.yaml."})
		})
	}
	a := &api{c, exception.NewLedger(c.Store)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Prefix+"exceptions", a.list)
	mux.HandleFunc("GET "+Prefix+"exceptions/{id}", a.show)
	mux.HandleFunc("POST "+Prefix+"exceptions/{id}/changes", a.change)
	mux.HandleFunc(Prefix, func(w http.ResponseWriter, _ *http.Request) {
		tell(w, problem{Status: http.StatusNotFound, Detail: "No such path: see " + Prefix + "openapi.yaml."})
	})
	all := http.NewServeMux()
	all.HandleFunc("GET "+Prefix+"openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(openapi) // the client may be gone
	})
	all.Handle(Prefix, a.guarded(mux))
	return all
}

// guarded lets requests with the token pass.
func (a *api) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !bearer.Sent(r, a.Token) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="takt"`)
			tell(w, problem{Status: http.StatusUnauthorized, Detail: "Send the token: Authorization: Bearer TOKEN, or " + bearer.Header + ": TOKEN."})
			return
		}
		next.ServeHTTP(w, r)
	})
}
