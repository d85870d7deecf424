package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"text/template"
	"time"
)

// The headers that sign a webhook: the hexadecimal HMAC-SHA256, under the shared
// secret, of the timestamp (seconds since 1970), a dot and the body.
const (
	TimestampHeader = "X-Takt-Timestamp"
	SignatureHeader = "X-Takt-Signature"
)

// webhook is anything that takes a message over HTTP.
type webhook struct {
	poster
	secret   string
	template *template.Template
	lang     Lang
}

func (r *webhook) send(ctx context.Context, m *Message, now time.Time) error {
	body, err := r.body(m)
	if err != nil {
		return &sendError{text: err.Error(), refused: true}
	}
	header := http.Header{}
	if r.secret != "" {
		stamp := strconv.FormatInt(now.Unix(), 10)
		header.Set(TimestampHeader, stamp)
		header.Set(SignatureHeader, "sha256="+signature(r.secret, stamp, body))
	}
	_, _, err = r.post(ctx, nil, header, body)
	return err
}

func signature(secret, stamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(stamp + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// fields is what the template of a webhook's body sees, and its body without one.
type fields struct {
	Status   Status   `json:"status"`
	Severity string   `json:"severity"`
	Language Lang     `json:"language"`
	Title    string   `json:"title"`
	Line     string   `json:"line"`
	Text     string   `json:"text"`
	Lines    []string `json:"lines"`
	Links    []Link   `json:"links"`
	People   []Person `json:"-"`
	Mobiles  []string `json:"mobiles"`
	Emails   []string `json:"emails"`
}

func (r *webhook) body(m *Message) ([]byte, error) {
	f := fields{
		Status: m.Status, Severity: m.Severity, Language: r.lang, Title: m.Title, Line: m.Line(), Text: m.Text(),
		Lines: m.Lines, Links: m.Links, People: m.Mentions,
	}
	for i := range m.Mentions {
		if p := &m.Mentions[i]; p.Mobile != "" {
			f.Mobiles = append(f.Mobiles, p.Mobile)
		}
		if p := &m.Mentions[i]; p.Email != "" {
			f.Emails = append(f.Emails, p.Email)
		}
	}
	if r.template == nil {
		return encode(f), nil
	}
	var b bytes.Buffer
	if err := r.template.Execute(&b, f); err != nil {
		return nil, fmt.Errorf("render body: %w", err)
	}
	return b.Bytes(), nil
}

// ParseTemplate reads the template of a webhook's body and tries it on an example.
// Beside the fields it knows json, which writes any value as JSON.
func ParseTemplate(text string) (*template.Template, error) {
	t, err := template.New("body").Option("missingkey=error").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			b, err := json.Marshal(v)
			return string(b), err
		},
	}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	example := Example(Chinese)
	if _, err := (&webhook{template: t, lang: Chinese}).body(&example); err != nil {
		return nil, err
	}
	return t, nil
}
