// Package robots holds servers that take messages as the group robots of chat programs
// document it and refuse what exceeds the documented limits. They are for tests: no
// robot can be had without a chat program's account.
package robots

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// The chat programs, as receivers name them in takt.yaml.
const (
	WeCom    = "wecom"    // https://developer.work.weixin.qq.com/document/path/91770
	DingTalk = "dingtalk" // https://open.dingtalk.com/document/robots/custom-robot-access
	Feishu   = "feishu"   // https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
)

// Key is the key that WeCom's robot wants in its address.
const Key = "wecom-key"

// Robot is the server of one group robot.
type Robot struct {
	Program string           // WeCom, DingTalk or Feishu
	Secret  string           // signs the requests to DingTalk and Feishu
	Now     func() time.Time // required

	mu     sync.Mutex
	taken  []string
	times  []time.Time // when each was taken
	mute   time.Time   // nothing is taken before
	broken int         // requests that are answered with 502
	calls  int
	wrong  []string
}

// Mute makes the robot refuse everything until then, as if another program had used it
// up.
func (r *Robot) Mute(until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mute = until
}

// Break makes the next n requests fail as those to a robot that is away.
func (r *Robot) Break(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = n
}

// Messages returns the bodies that the robot took, in their order.
func (r *Robot) Messages() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken)
}

// Refused tells what was not taken: the code and why.
func (r *Robot) Refused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.wrong)
}

// Calls returns how many requests there were, whatever became of them.
func (r *Robot) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// ServeHTTP is http.Handler's.
func (r *Robot) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.broken > 0 {
		r.broken--
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	}
	body, err := io.ReadAll(req.Body)
	var m map[string]any
	if err != nil || json.Unmarshal(body, &m) != nil || !utf8.Valid(body) {
		r.answer(w, 40058, "not JSON")
		return
	}
	now := r.Now()
	if code, wrong := r.judge(req, m, body, now); code != 0 {
		r.answer(w, code, wrong)
		return
	}
	r.times = append(r.times, now)
	r.taken = append(r.taken, string(body))
	r.answer(w, 0, "ok")
}

func (r *Robot) judge(req *http.Request, m map[string]any, body []byte, now time.Time) (code int, wrong string) {
	switch r.Program {
	case WeCom:
		return r.wecom(req, m, now)
	case DingTalk:
		return r.dingtalk(req, body, now)
	case Feishu:
		return r.feishu(m, body, now)
	default:
		return 40058, "there is no such chat program"
	}
}

func (r *Robot) wecom(req *http.Request, m map[string]any, now time.Time) (code int, wrong string) {
	if req.URL.Query().Get("key") != Key {
		return 93000, "invalid webhook url"
	}
	if r.within(now, time.Minute) >= 20 {
		return 45009, "api freq out of limit"
	}
	kind, _ := m["msgtype"].(string)
	content, _ := m[kind].(map[string]any)
	text, _ := content["content"].(string)
	if most := map[string]int{"text": 2048, "markdown": 4096}[kind]; text == "" || len(text) > most {
		return 40058, fmt.Sprintf("%s of %d bytes", kind, len(text))
	}
	if _, ok := content["mentioned_mobile_list"]; ok && kind != "text" {
		return 40058, "mobiles are mentioned in text only"
	}
	return 0, ""
}

func (r *Robot) dingtalk(req *http.Request, body []byte, now time.Time) (code int, wrong string) {
	if now.Before(r.mute) {
		return 130101, "send too fast, exceed 20 times per minute"
	}
	if r.within(now, time.Minute) >= 20 {
		r.mute = now.Add(10 * time.Minute)
		return 130101, "send too fast, exceed 20 times per minute"
	}
	if len(body) > 20_000 {
		return 460101, "body is too large"
	}
	q := req.URL.Query()
	ms, _ := strconv.ParseInt(q.Get("timestamp"), 10, 64) // none is too old
	if !fresh(now, time.UnixMilli(ms)) || q.Get("sign") != MAC(r.Secret, q.Get("timestamp")+"\n"+r.Secret) {
		return 310000, "sign not match"
	}
	return 0, ""
}

func (r *Robot) feishu(m map[string]any, body []byte, now time.Time) (code int, wrong string) {
	if r.within(now, time.Second) >= 5 || r.within(now, time.Minute) >= 100 {
		return 9499, "too many request"
	}
	if len(body) > 20<<10 {
		return 9499, "body is too large"
	}
	stamp, _ := m["timestamp"].(string)
	seconds, _ := strconv.ParseInt(stamp, 10, 64) // none is too old
	if !fresh(now, time.Unix(seconds, 0)) || m["sign"] != MAC(stamp+"\n"+r.Secret, "") {
		return 19021, "sign match fail or timestamp is not within one hour from current time"
	}
	return 0, ""
}

func fresh(now, stamp time.Time) bool { return now.Sub(stamp).Abs() <= time.Hour }

// within counts the messages of the last d.
func (r *Robot) within(now time.Time, d time.Duration) int {
	n := 0
	for _, t := range r.times {
		if now.Sub(t) < d {
			n++
		}
	}
	return n
}

func (r *Robot) answer(w http.ResponseWriter, code int, text string) {
	if code != 0 {
		r.wrong = append(r.wrong, fmt.Sprintf("%d %s", code, text))
	}
	w.Header().Set("Content-Type", "application/json")
	names := [2]string{"errcode", "errmsg"}
	if r.Program == Feishu {
		names = [2]string{"code", "msg"}
		if code != 0 {
			w.WriteHeader(http.StatusBadRequest)
		}
	}
	_, _ = fmt.Fprintf(w, `{%q:%d,%q:%q}`, names[0], code, names[1], text) // who has gone needs no answer
}

// MAC returns the HMAC-SHA256 of the text under the key, in base64.
func MAC(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
