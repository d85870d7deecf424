package gateway

import (
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// Jiandaoyun verifies data pushes of 简道云: X-JDY-Signature is the SHA-1 of
// "nonce:payload:secret:timestamp", in hexadecimal, with nonce and timestamp of
// the address (https://hc.jiandaoyun.com/open/11507). X-JDY-DeliverId names the
// delivery but is not signed, so a signature serves one delivery only.
type Jiandaoyun struct {
	Secret []byte // required
	Within time.Duration
}

var _ Verifier = (*Jiandaoyun)(nil)

// Window is Within.
func (j *Jiandaoyun) Window() time.Duration { return j.Within }

// Claim checks the time and names the delivery.
func (j *Jiandaoyun) Claim(r *http.Request, now time.Time) (Claim, *Refusal) {
	text, refusal := header(r, "X-JDY-Signature")
	if refusal != nil {
		return Claim{}, refusal
	}
	signature, err := hex.DecodeString(text)
	if err != nil || len(signature) != sha1.Size {
		return Claim{}, refuse(Incomplete, "X-JDY-Signature is no SHA-1 in hexadecimal")
	}
	q := r.URL.Query()
	nonce, timestamp := q.Get("nonce"), q.Get("timestamp")
	// A colon in the nonce could be one that the body was signed with.
	if nonce == "" || timestamp == "" || len(nonce) > maxName || strings.Contains(nonce, ":") {
		return Claim{}, refuse(Incomplete, "nonce and timestamp of the address are missing or malformed")
	}
	if refusal := inWindow(timestamp, now, j.Within); refusal != nil {
		return Claim{}, refusal
	}
	id := r.Header.Get("X-JDY-DeliverId")
	if len(id) > maxName {
		return Claim{}, refuse(Incomplete, "the header X-JDY-DeliverId is too long")
	}
	return Claim{Delivery: id, Seal: string(signature), Signed: func(body []byte) bool {
		h := sha1.New()
		for _, part := range [][]byte{[]byte(nonce), body, j.Secret} {
			h.Write(part)
			h.Write([]byte(":"))
		}
		h.Write([]byte(timestamp))
		return same(h.Sum(nil), signature)
	}}, nil
}
