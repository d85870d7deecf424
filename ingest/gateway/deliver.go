package gateway

import (
	"context"
	"errors"
	"io"
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
	held := g.memory.lease(addressOf(r.RemoteAddr))
	if claim.Signed == nil { // the claim itself has proved it
		held.trust()
	}
	body, key, refusal := e.body(r, claim, held, now)
	if refusal != nil {
		held.give()
		return refusal
	}
	err := g.append(r.Context(), e, Delivery{Key: key, Body: body, ID: claim.Delivery, Received: now}, held.give)
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		g.complain(r.Context(), "a delivery is refused for good: it is longer than its topic takes", "source", e.Source, "error", err)
		return refused.refusal()
	case err != nil:
		g.complain(r.Context(), "deliveries are not acknowledged by Kafka: senders are told to come again", "source", e.Source, "error", err)
		return refuse(NotAcknowledged, "the log did not acknowledge: send it again")
	}
	e.seen.add(claim, now)
	return refuse(Taken, "")
}

// body returns a body that may go to the log, and the number of its order.
func (e *endpoint) body(r *http.Request, claim *Claim, held *lease, now time.Time) (body, key []byte, _ *Refusal) {
	body, refusal := read(r, e.MaxBody, held)
	if refusal == nil {
		refusal = e.check(body, claim, now)
	}
	if refusal != nil {
		return nil, nil, refusal
	}
	held.trust()
	if !held.take(perDelivery) {
		return nil, nil, noMemory()
	}
	key, ok := e.Key(body)
	if !ok {
		return nil, nil, refuse(NotJSON, "the body is no JSON object in UTF-8")
	}
	return body, key, nil
}

func noMemory() *Refusal { return refuse(NoMemory, "too many deliveries are under way") }

// firstRead is how much of a body is made room for before any of it has come.
const firstRead = 1 << 10

// read reads the whole body. It takes memory as the body comes: what a sender
// announces costs nothing.
func read(r *http.Request, limit int, held *lease) ([]byte, *Refusal) {
	want := limit + 1
	if r.ContentLength >= 0 {
		want = int(r.ContentLength)
	}
	var body []byte
	for len(body) < want {
		if len(body) == cap(body) {
			size := min(max(2*cap(body), firstRead), want)
			if !held.take(size - cap(body)) {
				return nil, noMemory()
			}
			body = append(make([]byte, 0, size), body...)
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refuse(Truncated, "the body did not come whole")
		}
	}
	switch {
	case len(body) > limit:
		return nil, tooLarge()
	case int64(len(body)) < r.ContentLength:
		return nil, refuse(Truncated, "the body did not come whole")
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

// complaint is what was told lately that a person has to mend: it is not told for
// each delivery.
type complaint struct {
	mu   sync.Mutex
	last map[string]time.Time // by what was told
}

const complainEvery = 10 * time.Second

func (g *Gateway) complain(ctx context.Context, what string, args ...any) {
	c, now := &g.complaint, g.cfg.Now()
	c.mu.Lock()
	last, told := c.last[what]
	due := !told || now.Sub(last) >= complainEvery
	if due {
		c.last[what] = now
	}
	c.mu.Unlock()
	if due {
		g.cfg.Logger.ErrorContext(ctx, what, args...)
	}
}
