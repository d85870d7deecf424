package console

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
)

// Guard says who may read the pages: they show orders. With Open, whoever reaches them,
// because something before them has asked already. Else with a Token, whoever sends it
// as the password of basic authentication, under any name. Else this machine alone.
type Guard struct {
	Open  bool
	Token string
}

func (g Guard) protect(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(g.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case g.Open:
		case g.Token != "":
			_, password, _ := r.BasicAuth()
			got := sha256.Sum256([]byte(password))
			if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
				w.Header().Set("WWW-Authenticate", `Basic realm="takt", charset="UTF-8"`)
				http.Error(w, languageOf(r).say("wants_token"), http.StatusUnauthorized)
				return
			}
		case !fromHere(r):
			http.Error(w, languageOf(r).say("only_here"), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fromHere reports whether a browser on this machine asks, and asks for this machine:
// a proxy answers for others, and a foreign name that leads here is another site's.
func fromHere(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
