package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// TestFlights lets four clients ask the same while the first waits for the engine.
func TestFlights(t *testing.T) {
	refused := newException(codeTooMany, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many")
	for _, tt := range []struct {
		name string
		size int   // of the result
		err  error // of the engine
		gone bool  // the first client, before the answer
		asks int   // of the engine
	}{
		{"held back", 100, nil, false, 1},
		{"empty", 0, nil, false, 1},
		{"too large to be held back", maxHeld + 1, nil, false, 4},
		{"refused", 0, refused, false, 1},
		{"killed", 0, newException(codeCancelled, "QUERY_WAS_CANCELLED", "Query was cancelled"), false, 4},
		{"the first goes", 100, nil, true, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f flights
				var mu sync.Mutex
				asks, engine := 0, make(chan struct{})
				client := func(ctx context.Context) (string, error) {
					w := httptest.NewRecorder()
					out := &answer{w: w, request: &request{}}
					err := f.share(ctx, "question", out, func() error {
						mu.Lock()
						asks++
						mu.Unlock()
						select {
						case <-engine:
						case <-ctx.Done():
							return ctx.Err()
						}
						if tt.err != nil {
							return tt.err
						}
						if err := out.write([]byte(strings.Repeat("x", tt.size))); err != nil {
							return err
						}
						return out.end()
					})
					return w.Body.String(), err
				}
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				var all sync.WaitGroup
				all.Go(func() {
					if _, err := client(ctx); tt.gone != errors.Is(err, context.Canceled) {
						t.Errorf("the first got %v", err)
					}
				})
				synctest.Wait()
				for range 3 {
					all.Go(func() {
						body, err := client(t.Context())
						if len(body) != tt.size || !errors.Is(err, tt.err) {
							t.Errorf("got %d bytes, %v, want %d, %v", len(body), err, tt.size, tt.err)
						}
					})
				}
				synctest.Wait()
				if asks != 1 {
					t.Errorf("the engine is asked %d times while the first waits", asks)
				}
				if tt.gone {
					leave()
					synctest.Wait()
				}
				close(engine)
				all.Wait()
				if asks != tt.asks || len(f.all) != 0 {
					t.Errorf("the engine was asked %d times, want %d; %d flights", asks, tt.asks, len(f.all))
				}
			})
		})
	}
}

// TestShared wants equal questions of boards, and of nobody else, to have one answer of
// the engine, and different ones to have their own.
func TestShared(t *testing.T) {
	ch := mustShared(t)
	ask := func(user string, rest url.Values, sql string) string {
		q := url.Values{"user": {user}, "query": {sql}}
		for k, v := range rest {
			q[k] = v
		}
		r, err := http.Post("http://"+ch.Addr+"/?"+q.Encode(), "text/plain", nil)
		if err != nil {
			t.Error(err)
			return ""
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("%d %v %s", r.StatusCode, err, body)
		}
		return string(body)
	}
	const slow = "SELECT generateUUIDv4(), {n:UInt8}, sleep(3) FORMAT TSV"
	got := make([]string, 6)
	var all sync.WaitGroup
	for i := range got {
		user, n := "takt_boards", "1"
		switch i {
		case 3:
			n = "2"
		case 4, 5:
			user = "takt_reader"
		}
		all.Go(func() { got[i] = ask(user, url.Values{"param_n": {n}}, slow) })
	}
	all.Wait()
	different := map[string]bool{}
	for _, body := range got {
		different[body] = true
	}
	if got[0] != got[1] || got[1] != got[2] || len(different) != 4 {
		t.Errorf("%d answers: %s", len(different), fmt.Sprint(got))
	}
}
