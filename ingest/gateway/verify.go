package gateway

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"time"
)

// Verifier tells whether a request comes from the source's system.
type Verifier interface {
	// Claim reads what the request says of itself beside its body, which it does not
	// read.
	Claim(r *http.Request, now time.Time) (Claim, *Refusal)
	// Window is how far a request's time may be from the gateway's, either way, and
	// how long deliveries are remembered.
	Window() time.Duration
}

// Claim is what a request says of itself.
type Claim struct {
	Delivery string // id of the delivery; empty: none
	// Seal is a proof of authenticity that does not cover the id and serves one
	// delivery; empty: there is none.
	Seal string
	// Signed reports whether the body is what was signed; nil: nothing is signed,
	// and that there is a claim proves the sender.
	Signed func(body []byte) bool
}

// DefaultWindow is how far a request's time may be from the gateway's.
const DefaultWindow = 5 * time.Minute

// maxName bounds ids of deliveries and the like, in bytes.
const maxName = 256

// header takes a header that must be there.
func header(r *http.Request, name string) (string, *Refusal) {
	value := r.Header.Get(name)
	if value == "" || len(value) > maxName {
		return "", refuse(Incomplete, "the header "+name+" is missing or too long")
	}
	return value, nil
}

// inWindow judges the time of a request, in seconds since 1970.
func inWindow(text string, now time.Time, window time.Duration) *Refusal {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return refuse(Incomplete, "the time is not in seconds since 1970")
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > window || off < -window {
		return refuse(ClockSkew, "the time of the request is "+off.Round(time.Second).String()+
			" before that of the gateway, beyond the window of "+window.String()+": compare the clocks, and sign a delivery anew when you send it again")
	}
	return nil
}

// same compares texts in a time that tells nothing of them.
func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
