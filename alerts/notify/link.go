package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// Links is where the links of a message lead. What is empty gives no link.
type Links struct {
	External string // Takt's pages, as a phone reaches them
	Board    string // the board, with {process}, {stage}, {kind} and {team} where they belong
	Runbook  string // the runbooks, with {alert} where its name belongs
	Key      []byte // signs the links to Takt's pages; without it there are none
	Ledger   bool   // whether somebody takes acknowledgements; if not, no link asks for one
}

// Scope names a group of exceptions in a link.
type Scope struct{ Process, Stage, Kind, Team string }

// board returns the link to the board of s.
func (l *Links) board(s Scope) string {
	return strings.NewReplacer("{process}", url.QueryEscape(s.Process), "{stage}", url.QueryEscape(s.Stage),
		"{kind}", url.QueryEscape(s.Kind), "{team}", url.QueryEscape(s.Team)).Replace(l.Board)
}

// runbook returns the link to the runbook of an alert.
func (l *Links) runbook(alert string) string {
	return strings.ReplaceAll(l.Runbook, "{alert}", url.PathEscape(alert))
}

// page returns the signed link to one of Takt's pages about s.
func (l *Links) page(name string, s Scope) string {
	if l.External == "" || len(l.Key) == 0 || name == "acknowledge" && !l.Ledger {
		return ""
	}
	q := url.Values{"process": {s.Process}, "stage": {s.Stage}, "kind": {s.Kind}, "team": {s.Team}, "sig": {l.sign(s)}}
	return strings.TrimSuffix(l.External, "/") + PagePath + name + "?" + q.Encode()
}

// sign returns the signature of a scope.
func (l *Links) sign(s Scope) string {
	m := hmac.New(sha256.New, l.Key)
	m.Write([]byte(strings.Join([]string{"page", s.Process, s.Stage, s.Kind, s.Team}, "\x00")))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// scope reads and checks a signed link.
func (l *Links) scope(q url.Values) (Scope, bool) {
	s := Scope{q.Get("process"), q.Get("stage"), q.Get("kind"), q.Get("team")}
	return s, len(l.Key) > 0 && hmac.Equal([]byte(q.Get("sig")), []byte(l.sign(s)))
}
