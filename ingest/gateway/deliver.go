package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ServeHTTP answers POST /in/SOURCE, and GET /healthz for whatever balances load.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n") // a prober that is gone does not read it
		return
	}
	began := g.cfg.Now()
	source, refusal := g.serve(r, began)
	if refusal.Result > Repeated {
		g.cfg.Logger.Debug("delivery refused", "source", source, "result", refusal.Result.String(), "detail", refusal.Detail)
	}
	g.cfg.Observer.Delivered(source, refusal.Result, g.cfg.Now().Sub(began))
	refusal.write(w)
}

// serve takes one request. What costs least is looked at first.
func (g *Gateway) serve(r *http.Request, now time.Time) (source string, _ *Refusal) {
	e := g.endpoint(r.URL)
	if e == nil {
		return "", refuse(UnknownSource, "no source is pushed to here: the address is /in/ and a source of gateway.endpoints")
	}
	switch coding := r.Header.Get("Content-Encoding"); {
	case r.Method != http.MethodPost:
		return e.Source, refuse(WrongMethod, "deliveries are posted")
	case coding != "" && coding != "identity":
		return e.Source, refuse(Encoded, "bodies are taken as they are: send them uncompressed")
	case r.ContentLength > int64(e.MaxBody):
		return e.Source, tooLarge()
	}
	claim, refusal := e.Verifier.Claim(r, now)
	if refusal != nil {
		return e.Source, refusal
	}
	if !e.rate.take(now) {
		return e.Source, refuse(TooFast, "the source's rate is used up")
	}
	return e.Source, g.take(r, e, &claim, now)
}

func (g *Gateway) endpoint(u *url.URL) *endpoint {
	name, found := strings.CutPrefix(u.Path, prefix)
	if !found {
		return nil
	}
	return g.endpoints[name]
}

func tooLarge() *Refusal {
	return refuse(TooLarge, "the body is longer than max_record_bytes of the source")
}

// take reads the body, checks it and brings it into the log.
func (g *Gateway) take(r *http.Request, e *endpoint, claim *Claim, now time.Time) *Refusal {
	held := int(r.ContentLength)
	if held < 0 {
		held = e.MaxBody
	}
	if !g.memory.take(held) {
		return refuse(NoMemory, "too many deliveries are under way")
	}
	release := sync.OnceFunc(func() { g.memory.give(held) })
	body, refusal := read(r, e.MaxBody)
	if refusal == nil {
		refusal = e.check(body, claim, now)
	}
	if refusal != nil {
		release()
		return refusal
	}
	key, ok := e.Key(body)
	if !ok {
		release()
		return refuse(NotJSON, "the body is no JSON object in UTF-8")
	}
	if err := g.append(r.Context(), e, Delivery{Key: key, Body: body, ID: claim.Delivery, Received: now}, release); err != nil {
		g.complaint.tell(r.Context(), g.cfg.Logger, e.Source, now, err)
		return refuse(NotAcknowledged, "the log did not acknowledge: send it again")
	}
	e.seen.add(claim, now)
	return refuse(Taken, "")
}

// read reads the whole body.
func read(r *http.Request, limit int) ([]byte, *Refusal) {
	var body []byte
	var err error
	if n := r.ContentLength; n >= 0 {
		body = make([]byte, n)
		_, err = io.ReadFull(r.Body, body)
	} else {
		body, err = io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	}
	switch {
	case err != nil:
		return nil, refuse(Truncated, "the body did not come whole")
	case len(body) > limit:
		return nil, tooLarge()
	}
	return body, nil
}

// check judges the body and whether it was taken before.
func (e *endpoint) check(body []byte, claim *Claim, now time.Time) *Refusal {
	if claim.Signed != nil && !claim.Signed(body) {
		return refuse(Unauthentic, "the signature is not that of the body: compare the secrets, and send the body unchanged")
	}
	switch repeated, replayed := e.seen.look(claim, now); {
	case repeated:
		e.seen.add(claim, now) // the seal of this attempt is used up, too
		return refuse(Repeated, "")
	case replayed:
		return refuse(Replayed, "the signature was used for another delivery: sign each of its own")
	}
	return nil
}

var errPatience = errors.New("no acknowledgement in time")

// append brings the delivery into the log. It gives up waiting after the patience,
// but the delivery stays in memory, and is accounted for, until the log is done
// with it.
func (g *Gateway) append(ctx context.Context, e *endpoint, d Delivery, release func()) error {
	done := make(chan error, 1)
	g.appends.Go(func() {
		defer release()
		// A sender that hangs up has still delivered.
		done <- e.Log.Append(context.WithoutCancel(ctx), d)
	})
	patience := time.NewTimer(g.cfg.Patience)
	defer patience.Stop()
	select {
	case err := <-done:
		return err
	case <-patience.C:
		return errPatience
	}
}

// complaint tells of a log that does not acknowledge, but not for each delivery.
type complaint struct {
	mu   sync.Mutex
	last time.Time
}

const complainEvery = 10 * time.Second

func (c *complaint) tell(ctx context.Context, log *slog.Logger, source string, now time.Time, err error) {
	c.mu.Lock()
	due := now.Sub(c.last) >= complainEvery
	if due {
		c.last = now
	}
	c.mu.Unlock()
	if due {
		log.ErrorContext(ctx, "deliveries are not acknowledged by Kafka: senders are told to come again", "source", source, "error", err)
	}
}
