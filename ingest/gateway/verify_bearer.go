package gateway

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"
)

// Bearer verifies deliveries by a token, "Authorization: Bearer TOKEN". It proves
// neither body nor time, so it needs TLS, and a request can be sent again by
// whoever has seen it.
type Bearer struct {
	Token []byte // required
	// DeliveryHeader names the header with the id of the delivery; empty: there is
	// none, and nothing is known to be told again.
	DeliveryHeader string
	Within         time.Duration // how long deliveries are remembered
}

var _ Verifier = (*Bearer)(nil)

// Window is Within.
func (b *Bearer) Window() time.Duration { return b.Within }

// Claim checks the token and names the delivery.
func (b *Bearer) Claim(r *http.Request, _ time.Time) (Claim, *Refusal) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256(b.Token)
	if !strings.EqualFold(scheme, "Bearer") || !same(got[:], want[:]) {
		return Claim{}, refuse(Unauthentic, "the token is missing or wrong: send it as Authorization: Bearer TOKEN")
	}
	if b.DeliveryHeader == "" {
		return Claim{}, nil
	}
	id, refusal := header(r, b.DeliveryHeader)
	return Claim{Delivery: id}, refusal
}
