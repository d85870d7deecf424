package embedded

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
)

// flights answer equal questions of boards, asked while the first of them is under way,
// once: people who open a board in the same minute ask the same, and a server would
// answer them from its query cache, which the library comes without. An answer that is
// too large to be held back, and one that the first client did not wait for, is shared
// with nobody.
type flights struct {
	mu  sync.Mutex
	all map[string]*flight
}

// flight is a question under way. The others read it when done is closed.
type flight struct {
	done   chan struct{}
	body   []byte // the whole result, if held
	held   bool
	failed *exception // the engine's, for all
}

// join returns the question's flight, and whether the caller is the first, who has to
// land it.
func (f *flights) join(key string) (_ *flight, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, ok := f.all[key]; ok {
		return one, false
	}
	if f.all == nil {
		f.all = map[string]*flight{}
	}
	one := &flight{done: make(chan struct{})}
	f.all[key] = one
	return one, true
}

func (f *flights) land(key string, one *flight) {
	f.mu.Lock()
	delete(f.all, key)
	f.mu.Unlock()
	close(one.done)
}

// share answers a question once for all who ask it meanwhile; ask answers it for one
// client, and leaves in out what is held back.
func (f *flights) share(ctx context.Context, key string, out *answer, ask func() error) error {
	one, first := f.join(key)
	if first {
		out.flight = one
		defer f.land(key, one)
		err := ask()
		// What befell the client or its query alone is not the others'.
		if err == nil || ctx.Err() != nil {
			return err
		}
		if e := asException(err); e.code != codeCancelled && e.code != codeSameQueryID {
			one.failed = e
		}
		return err
	}
	select {
	case <-ctx.Done():
		return newException(codeCancelled, "QUERY_WAS_CANCELLED", "Query was cancelled")
	case <-one.done:
	}
	switch {
	case one.held:
		if err := out.write(one.body); err != nil {
			return err
		}
		return out.end()
	case one.failed != nil:
		return one.failed
	}
	return ask()
}

// keep leaves a result that is whole and still held back to those who wait for it.
func (f *flight) keep(held *bytes.Buffer) {
	if f != nil {
		f.body, f.held = bytes.Clone(held.Bytes()), true
	}
}

// question returns what makes two questions of boards equal; empty: the answer is for
// its client alone.
func (r *request) question(stmt *statement, format string) string {
	if !r.user.shares || r.session != "" || !stmt.selects() {
		return ""
	}
	parts := []string{stmt.sql, format, r.database}
	for _, p := range r.params {
		parts = append(parts, "param "+p.name, p.value)
	}
	settings := slices.Clone(r.settings)
	slices.SortFunc(settings, func(a, b setting) int { return strings.Compare(a.name+a.value, b.name+b.value) })
	for _, s := range settings {
		parts = append(parts, s.name, s.value)
	}
	return strings.Join(parts, "\x00")
}
