package notify

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// feishu is a custom robot of Feishu, as of
// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: 100 messages
// a minute and 5 a second; bodies of at most 20 KB. A post mentions by open_id.
type feishu struct {
	poster
	secret string
}

const feishuBody = 20 << 10

// feishuPart is a piece of a line of a post.
type feishuPart struct {
	Tag    string `json:"tag"`
	Text   string `json:"text,omitempty"`
	Href   string `json:"href,omitempty"`
	UserID string `json:"user_id,omitempty"`
}

func (r *feishu) send(ctx context.Context, m *Message, now time.Time) error {
	_, answer, err := r.post(ctx, nil, nil, r.body(m, now))
	var http *sendError
	if err != nil && (!errors.As(err, &http) || len(answer) == 0 || !json.Valid(answer)) {
		return err
	}
	// A refusal has the HTTP status 400 as well; the code says what it means.
	return answered(answer, map[int64]verdict{
		9499:  {wait: time.Minute}, // too many request
		11232: {wait: time.Minute}, // frequency limited
		11233: {wait: time.Minute}, // frequency limited, of the app
	}, "code", "StatusCode")
}

// body renders a post of as many lines as it takes.
func (r *feishu) body(m *Message, now time.Time) []byte {
	for n := len(m.Lines); ; n-- {
		if b := r.encode(m, n, now); len(b) <= feishuBody || n <= 0 {
			return b
		}
	}
}

func (r *feishu) encode(m *Message, n int, now time.Time) []byte {
	type post struct {
		Title   string         `json:"title"`
		Content [][]feishuPart `json:"content"`
	}
	type body struct {
		Timestamp string `json:"timestamp,omitempty"`
		Sign      string `json:"sign,omitempty"`
		Type      string `json:"msg_type"`
		Content   struct {
			Post map[string]post `json:"post"`
		} `json:"content"`
	}
	b := body{Type: "post"}
	if r.secret != "" {
		b.Timestamp = strconv.FormatInt(now.Unix(), 10)
		// The key is time and secret, what is signed is nothing.
		b.Sign = hmac64([]byte(b.Timestamp+"\n"+r.secret), "")
	}
	content := [][]feishuPart{m.feishuLine()}
	for _, l := range m.first(n) {
		content = append(content, []feishuPart{{Tag: "text", Text: cut(l, 1000)}})
	}
	// Feishu shows the only language there is to everybody.
	b.Content.Post = map[string]post{"zh_cn": {cut(m.Title, 500), content}}
	return encode(b)
}

// feishuLine is the line of the message without its title, in pieces.
func (m *Message) feishuLine() []feishuPart {
	var parts []feishuPart
	text := func(s string) {
		if n := len(parts); n > 0 && parts[n-1].Tag == "text" {
			parts[n-1].Text += s
			return
		}
		parts = append(parts, feishuPart{Tag: "text", Text: s})
	}
	apart := func() {
		if len(parts) > 0 {
			text(" | ")
		}
	}
	for _, w := range m.What {
		apart()
		text(w)
	}
	if m.who(named()) != "" {
		apart()
	}
	called := false
	for i := range m.Mentions {
		if p := &m.Mentions[i]; p.Feishu != "" {
			parts = append(parts, feishuPart{Tag: "at", UserID: p.Feishu})
		} else {
			text("@" + p.Name)
		}
		called = true
	}
	if !called && m.Owner != "" {
		text("@" + m.Owner)
		called = true
	}
	if m.Next != "" {
		if called {
			text(",")
		}
		text(m.Next)
	}
	if m.Cause != "" {
		apart()
		text(cut(m.Cause, 2000))
	}
	for i, l := range m.Links {
		if i == 0 {
			apart()
		} else {
			text(" ")
		}
		parts = append(parts, feishuPart{Tag: "a", Text: l.Text, Href: l.URL})
	}
	return parts
}
