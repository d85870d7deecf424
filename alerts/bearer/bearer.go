// Package bearer tells whether an HTTP request carries the token that a part of Takt
// asks for. There are two places for it, because the basic authentication of
// --web.config.file takes the one that is usual.
package bearer

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Header carries the token, as it is, where Authorization carries a basic password.
const Header = "X-Takt-Token"

// Sent reports whether r carries the token, as "Authorization: Bearer TOKEN" (RFC 6750)
// or in Header; one right token is enough. Hashes are compared, so that neither the
// token's text nor its length shows in time. No request carries an empty token.
func Sent(r *http.Request, token string) bool {
	if token == "" {
		return false
	}
	usual, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		usual = ""
	}
	return same(usual, token)|same(r.Header.Get(Header), token) == 1
}

// same returns 1 if the two are equal, else 0.
func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
