package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
)

// dingtalk is a custom robot of DingTalk, as of
// https://open.dingtalk.com/document/robots/custom-robot-access: 20 messages a
// minute, else it is mute for 10 minutes; bodies of at most 20,000 bytes. Who is
// mentioned stands in the text, as @mobile or @userId, and in the list beside it.
type dingtalk struct {
	poster
	secret string
}

const (
	dingtalkBody = 20_000
	dingtalkMute = 10 * time.Minute
)

func (r *dingtalk) send(ctx context.Context, m *Message, now time.Time) error {
	_, answer, err := r.post(ctx, r.sign(now), nil, r.body(m))
	if err != nil {
		return err
	}
	return answered(answer, map[int64]verdict{
		130101: {wait: dingtalkMute}, // send too fast, exceed 20 times per minute
		410100: {wait: dingtalkMute}, // the same, of newer robots
		-1:     {retry: true},        // system busy
	}, "errcode")
}

// sign returns the parameters of a signed request: the HMAC-SHA256 of time and
// secret under the secret.
func (r *dingtalk) sign(now time.Time) url.Values {
	if r.secret == "" {
		return nil
	}
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	return url.Values{"timestamp": {stamp}, "sign": {hmac64([]byte(r.secret), stamp+"\n"+r.secret)}}
}

func hmac64(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func (r *dingtalk) body(m *Message) []byte {
	type markdown struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	type at struct {
		Mobiles []string `json:"atMobiles,omitempty"`
		Users   []string `json:"atUserIds,omitempty"`
		All     bool     `json:"isAtAll"`
	}
	var list at
	for i := range m.Mentions {
		switch p := &m.Mentions[i]; {
		case p.DingTalk != "":
			list.Users = append(list.Users, p.DingTalk)
		case p.dingTalkMobile() != "":
			list.Mobiles = append(list.Mobiles, p.dingTalkMobile())
		}
	}
	text := m.fit(dingtalkBody*3/4, style{ // quotes and line breaks grow in JSON
		mention: func(p *Person) string {
			switch {
			case p.DingTalk != "":
				return "@" + p.DingTalk
			case p.dingTalkMobile() != "":
				return "@" + p.dingTalkMobile()
			default:
				return "@" + p.Name
			}
		},
		link:   func(l Link) string { return "[" + l.Text + "](" + l.URL + ")" },
		escape: plain,
	}, "\n\n", "- ")
	return encode(struct {
		Type     string   `json:"msgtype"`
		Markdown markdown `json:"markdown"`
		At       at       `json:"at"`
	}{"markdown", markdown{cut(m.Title, 128), text}, list})
}
