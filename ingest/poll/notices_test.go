package poll_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/poll"
)

// named names orders until they are done with; a wait for more moves the clock.
type named struct {
	*world
	batches [][]string
	done    int
}

func (n *named) Next(ctx context.Context, _ int, patience time.Duration) ([]string, error) {
	if len(n.batches) == 0 {
		return nil, n.sleep(ctx, patience)
	}
	return n.batches[0], nil
}

func (n *named) Done(context.Context) error {
	if len(n.batches) > 0 {
		n.batches, n.done = n.batches[1:], n.done+1
	}
	return nil
}

// TestNotices asks for each order that is named: one answer is a document, one a list,
// one order the system does not know, and once it refuses.
func TestNotices(t *testing.T) {
	w := newWorld()
	refused, paths := false, []string{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		switch number := strings.TrimPrefix(r.URL.Path, "/order/"); {
		case number == "gone":
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
		case number == "2" && !refused: // a page of a server before the system
			refused = true
			http.NotFound(w, r)
		case number == "3":
			reply(w, map[string]any{"d": []row{{ID: "3", Version: 1}, {ID: "3", Version: 2}}})
		default:
			reply(w, map[string]any{"d": row{ID: number}})
		}
	})
	n := &named{world: w, batches: [][]string{{"1", "2"}, {"gone", "3"}}}
	shape := poll.Shape{Rate: 1000, Request: poll.Request{Method: "GET", URL: url + "/order/{key}"}, Records: "d"}
	w.run(t, w.poller(t, shape, poll.Rhythm{Every: time.Minute}, func(c *poll.Config) { c.Notices, c.Cursors = n, nil }), 5*time.Minute)
	if want := []string{"/order/1", "/order/2", "/order/1", "/order/2", "/order/gone", "/order/3"}; !slices.Equal(paths, want) {
		t.Errorf("asked for %v, want %v", paths, want)
	}
	if n.done != 2 || w.asked["ok"] != 4 || w.asked["absent"] != 1 || w.asked["failed"] != 1 {
		t.Errorf("done with %d batches, counted %v", n.done, w.asked)
	}
	var got []string
	for _, r := range w.records {
		got = append(got, r[:strings.Index(r, `,"Mod`)])
	}
	if want := []string{`{"ID":"1","Version":0`, `{"ID":"2","Version":0`, `{"ID":"3","Version":1`, `{"ID":"3","Version":2`}; !slices.Equal(got, want) {
		t.Errorf("wrote %v, want %v", got, want)
	}
}

// TestNoticesAreKept: while the log takes nothing, notices are not done with.
func TestNoticesAreKept(t *testing.T) {
	w := newWorld()
	w.fail = errors.New("the broker is away")
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { reply(w, row{ID: "1"}) })
	n := &named{world: w, batches: [][]string{{"1"}}}
	w.run(t, w.poller(t, poll.Shape{Rate: 1, Request: poll.Request{Method: "GET", URL: url + "?key={key}"}}, poll.Rhythm{Every: time.Minute},
		func(c *poll.Config) { c.Notices, c.Cursors = n, nil }), 5*time.Minute)
	if n.done != 0 || len(w.records) != 0 || w.asked["ok"] < 3 {
		t.Errorf("done with %d batches, wrote %v, asked %v", n.done, w.records, w.asked)
	}
}

// TestKeyed wants every error of a request for one order.
func TestKeyed(t *testing.T) {
	err := (&poll.Shape{Window: 1, Request: poll.Request{URL: "http://x/{from}"}}).ValidateKeyed()
	for _, want := range []string{"rate must be positive", "request: method", "belong to lists", "{key}"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
