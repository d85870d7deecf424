package rest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/takt-orders/takt/alerts/exception"
)

const (
	maxBody      = 64 << 10
	defaultLimit = 100
	maxLimit     = 1000
)

func (a *api) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f := exception.Filter{
		Process: q.Get("process"), OrderID: q.Get("order_id"), Kind: q.Get("kind"), Stage: q.Get("stage"),
		Owner: q.Get("owner"), Team: q.Get("owner_team"), All: q.Get("all") == "true", Limit: defaultLimit,
	}
	if s := q.Get("state"); s != "" {
		if err := f.State.UnmarshalText([]byte(s)); err != nil {
			tell(w, problem{Status: http.StatusBadRequest, Detail: err.Error()})
			return
		}
	}
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxLimit {
			tell(w, problem{Status: http.StatusBadRequest, Detail: fmt.Sprintf("limit: %q is not a whole number from 1 to %d", s, maxLimit)})
			return
		}
		f.Limit = n
	}
	found, err := a.Store.List(r.Context(), f)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	out := struct {
		Exceptions []Exception `json:"exceptions"`
	}{[]Exception{}}
	for i := range found {
		out.Exceptions = append(out.Exceptions, NewException(found[i].Entry, nil))
	}
	answer(w, http.StatusOK, "application/json", out)
}

func (a *api) show(w http.ResponseWriter, r *http.Request) {
	id, ok := number(w, r)
	if !ok {
		return
	}
	f, changes, err := a.Store.Exception(r.Context(), id)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, "application/json", NewException(exception.Fold(f, changes), changes))
}

func (a *api) change(w http.ResponseWriter, r *http.Request) {
	id, ok := number(w, r)
	if !ok {
		return
	}
	var request Request
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	in.DisallowUnknownFields()
	err := in.Decode(&request)
	if err == nil {
		if _, extra := in.Token(); extra != io.EOF {
			err = errors.New("something follows the change")
		}
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		tell(w, problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("A change has at most %d bytes.", maxBody)})
		return
	}
	if err != nil {
		tell(w, problem{Status: http.StatusBadRequest, Detail: "read change: " + err.Error()})
		return
	}
	if request.Change == "" {
		request.Change = rand.Text()
	}
	c, err := request.NewChange(id, exception.Person, a.Now())
	if err != nil {
		tell(w, problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	e, err := a.ledger.Record(r.Context(), c)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answer(w, http.StatusCreated, "application/json", NewException(e, nil))
}

// number returns the exception that the path names; without one it has answered.
func number(w http.ResponseWriter, r *http.Request) (uint64, bool) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		tell(w, problem{Status: http.StatusBadRequest, Detail: fmt.Sprintf("id: %q is no identity of an exception", r.PathValue("id"))})
		return 0, false
	}
	return id, true
}

// problem is an error as RFC 9457 wants it.
type problem struct {
	Title   string     `json:"title"`
	Status  int        `json:"status"`
	Detail  string     `json:"detail"`
	Current *Exception `json:"current,omitempty"` // the exception as it stands
}

// fail tells what went wrong. What only an operator can mend is logged, not told.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	var conflict *exception.Conflict
	var notAllowed *exception.NotAllowed
	var invalid *exception.Invalid
	current := func(e exception.Entry) *Exception {
		x := NewException(e, nil)
		return &x
	}
	switch {
	case errors.As(err, &conflict):
		tell(w, problem{Status: http.StatusConflict, Detail: err.Error(), Current: current(conflict.Current)})
	case errors.As(err, &notAllowed):
		tell(w, problem{Status: http.StatusConflict, Detail: err.Error(), Current: current(notAllowed.Current)})
	case errors.As(err, &invalid):
		tell(w, problem{Status: http.StatusBadRequest, Detail: err.Error()})
	case errors.Is(err, exception.ErrUnknown):
		tell(w, problem{Status: http.StatusNotFound, Detail: "No exception has this identity."})
	default:
		a.Logger.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
		tell(w, problem{Status: http.StatusServiceUnavailable, Detail: "The store does not answer; the log of Takt says why."})
	}
}

func tell(w http.ResponseWriter, p problem) {
	p.Title = http.StatusText(p.Status)
	answer(w, p.Status, "application/problem+json", p)
}

func answer(w http.ResponseWriter, status int, kind string, body any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
