package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Webhook verifies deliveries signed as Standard Webhooks 1.0.0 says
// (https://github.com/standard-webhooks/standard-webhooks): webhook-signature
// holds, after "v1,", the HMAC-SHA256 of "webhook-id.webhook-timestamp.body" in
// base64; several, separated by spaces, while a secret is changed.
type Webhook struct {
	Secret []byte // required; see WebhookSecret
	Within time.Duration
}

var _ Verifier = (*Webhook)(nil)

// WebhookSecret returns the key that a secret stands for: one that begins with
// "whsec_" is base64, any other the bytes themselves.
func WebhookSecret(text string) ([]byte, error) {
	encoded, found := strings.CutPrefix(text, "whsec_")
	if !found {
		return []byte(text), nil
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New("read secret: what follows whsec_ is not base64") // err quotes it
	}
	return key, nil
}

// Window is Within.
func (v *Webhook) Window() time.Duration { return v.Within }

// maxSignatures bounds how many signatures of a request are tried.
const maxSignatures = 4

// Claim checks the time and names the delivery.
func (v *Webhook) Claim(r *http.Request, now time.Time) (Claim, *Refusal) {
	id, refusal := header(r, "Webhook-Id")
	if refusal != nil {
		return Claim{}, refusal
	}
	timestamp, refusal := header(r, "Webhook-Timestamp")
	if refusal != nil {
		return Claim{}, refusal
	}
	text, refusal := header(r, "Webhook-Signature")
	if refusal != nil {
		return Claim{}, refusal
	}
	var signatures [][]byte
	for word := range strings.FieldsSeq(text) {
		encoded, found := strings.CutPrefix(word, "v1,")
		if !found {
			continue // of another version
		}
		if s, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(s) == sha256.Size && len(signatures) < maxSignatures {
			signatures = append(signatures, s)
		}
	}
	if len(signatures) == 0 {
		return Claim{}, refuse(Incomplete, `webhook-signature holds no "v1," with an HMAC-SHA256 in base64`)
	}
	if refusal := inWindow(timestamp, now, v.Within); refusal != nil {
		return Claim{}, refusal
	}
	return Claim{Delivery: id, Signed: func(body []byte) bool {
		h := hmac.New(sha256.New, v.Secret)
		h.Write([]byte(id + "." + timestamp + "."))
		h.Write(body)
		want, good := h.Sum(nil), false
		for _, s := range signatures {
			good = same(want, s) || good
		}
		return good
	}}, nil
}
