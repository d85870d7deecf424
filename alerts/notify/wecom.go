package notify

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// wecom is a group robot of WeCom, as of
// https://developer.work.weixin.qq.com/document/path/91770: 20 messages a minute,
// text of at most 2,048 bytes, markdown of 4,096. Markdown mentions by userid, as
// <@userid>; mobile numbers are mentioned only beside a text.
type wecom struct{ poster }

const (
	wecomText     = 2048
	wecomMarkdown = 4096
)

func (r *wecom) send(ctx context.Context, m *Message, _ time.Time) error {
	_, answer, err := r.post(ctx, nil, nil, r.body(m))
	if err != nil {
		return err
	}
	return answered(answer, map[int64]verdict{
		45009: {wait: time.Minute}, // api freq out of limit
		-1:    {retry: true},       // system busy
	}, "errcode")
}

// body renders markdown if everybody mentioned has a userid, else text.
func (r *wecom) body(m *Message) []byte {
	type text struct {
		Content string   `json:"content"`
		Users   []string `json:"mentioned_list,omitempty"`
		Mobiles []string `json:"mentioned_mobile_list,omitempty"`
	}
	type body struct {
		Type     string `json:"msgtype"`
		Text     *text  `json:"text,omitempty"`
		Markdown *text  `json:"markdown,omitempty"`
	}
	t := &text{}
	for i := range m.Mentions {
		switch p := &m.Mentions[i]; {
		case p.WeCom != "":
			t.Users = append(t.Users, p.WeCom)
		case p.Mobile != "":
			t.Mobiles = append(t.Mobiles, p.Mobile)
		}
	}
	if len(t.Mobiles) > 0 {
		t.Content = m.fit(wecomText, style{
			mention: func(p *Person) string { return "@" + p.Name },
			link:    func(l Link) string { return l.Text + " " + l.URL },
			escape:  plain,
		}, "\n", "")
		return encode(body{Type: "text", Text: t})
	}
	t.Users = nil // markdown names them in its text
	t.Content = m.fit(wecomMarkdown, style{
		mention: func(p *Person) string {
			if p.WeCom != "" {
				return "<@" + p.WeCom + ">"
			}
			return "@" + p.Name
		},
		link:   func(l Link) string { return "[" + l.Text + "](" + l.URL + ")" },
		escape: func(s string) string { return strings.NewReplacer("<", "＜", ">", "＞").Replace(s) },
	}, "\n", "> ")
	return encode(body{Type: "markdown", Markdown: t})
}

// encode writes v as JSON without escaping what robots show as it stands.
func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("notify: encode message: " + err.Error()) // texts and lists of them always encode
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
