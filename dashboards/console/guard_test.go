package console

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestGuard(t *testing.T) {
	token := Guard{Token: "a-long-enough-token"}
	for _, tt := range []struct {
		name       string
		guard      Guard
		from, host string
		change     func(*http.Request)
		want       int
	}{
		{"open", Guard{Open: true}, "203.0.113.9:1", "takt.example.com", nil, 200},
		{"here", Guard{}, "127.0.0.1:1", "localhost:8380", nil, 200},
		{"here, by number", Guard{}, "[::1]:1", "[::1]:8380", nil, 200},
		{"here, mapped", Guard{}, "[::ffff:127.0.0.1]:1", "127.0.0.1:8380", nil, 200},
		{"elsewhere", Guard{}, "203.0.113.9:1", "localhost:8380", nil, 403},
		{"here under a foreign name", Guard{}, "127.0.0.1:1", "evil.example.com:8380", nil, 403},
		{"through a proxy", Guard{}, "127.0.0.1:1", "localhost", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") }, 403},
		{"without token", token, "127.0.0.1:1", "localhost", nil, 401},
		{"wrong token", token, "127.0.0.1:1", "localhost", func(r *http.Request) { r.SetBasicAuth("me", "guess") }, 401},
		{"empty token", token, "127.0.0.1:1", "localhost", func(r *http.Request) { r.SetBasicAuth("me", "") }, 401},
		{"token", token, "203.0.113.9:1", "takt.example.com", func(r *http.Request) { r.SetBasicAuth("me", token.Token) }, 200},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr, r.Host = tt.from, tt.host
		if tt.change != nil {
			tt.change(r)
		}
		w := httptest.NewRecorder()
		tt.guard.protect(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {})).ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, w.Code, tt.want)
		}
		if asks := w.Header().Get("WWW-Authenticate") != ""; asks != (tt.want == 401) {
			t.Errorf("%s: asks for a name: %v", tt.name, asks)
		}
	}
}
