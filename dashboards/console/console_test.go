package console_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/takt-orders/takt/dashboards/console"
)

// get asks for a page.
func get(t testing.TB, h http.Handler, path string, headers ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func handler(t testing.TB, change func(*console.Config)) http.Handler {
	t.Helper()
	c := shop.config()
	if change != nil {
		change(&c)
	}
	h, err := console.NewHandler(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPages(t *testing.T) {
	h := handler(t, nil)
	for _, path := range []string{"/", "/?lang=zh", "/exceptions", "/orders/" + shop.waiting(t)} {
		code, body := get(t, h, path)
		if code != http.StatusOK {
			t.Errorf("%s: %d\n%s", path, code, body)
		}
	}
}
