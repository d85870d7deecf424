package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// robot is a test server that takes messages as a chat program documents it, and
// enforces the documented limits.
type robot struct {
	channel Channel
	secret  string
	now     func() time.Time

	mu     sync.Mutex
	taken  []map[string]any
	raw    []string
	times  []time.Time
	mute   time.Time
	broken int // requests that are answered with 502
	calls  int
	wrong  []string // what was refused
}

func (r *robot) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.broken > 0 {
		r.broken--
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	}
	body, _ := io.ReadAll(req.Body)
	now := r.now()
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil || !utf8.Valid(body) {
		r.answer(w, 40058, "not JSON")
		return
	}
	if code, wrong := r.judge(req, m, body, now); code != 0 {
		r.answer(w, code, wrong)
		return
	}
	r.times = append(r.times, now)
	r.taken = append(r.taken, m)
	r.raw = append(r.raw, string(body))
	r.answer(w, 0, "ok")
}

func (r *robot) judge(req *http.Request, m map[string]any, body []byte, now time.Time) (int, string) {
	switch r.channel {
	case WeCom:
		if req.URL.Query().Get("key") != "wecom-key" {
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
	case DingTalk:
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
		ms, _ := strconv.ParseInt(q.Get("timestamp"), 10, 64)
		if age := now.Sub(time.UnixMilli(ms)); age > time.Hour || age < -time.Hour || q.Get("sign") != mac(r.secret, q.Get("timestamp")+"\n"+r.secret) {
			return 310000, "sign not match"
		}
	case Feishu:
		if r.within(now, time.Second) >= 5 || r.within(now, time.Minute) >= 100 {
			return 9499, "too many request"
		}
		if len(body) > 20<<10 {
			return 9499, "body is too large"
		}
		stamp, _ := m["timestamp"].(string)
		seconds, _ := strconv.ParseInt(stamp, 10, 64)
		if age := now.Sub(time.Unix(seconds, 0)); age > time.Hour || age < -time.Hour || m["sign"] != mac(stamp+"\n"+r.secret, "") {
			return 19021, "sign match fail or timestamp is not within one hour from current time"
		}
	}
	return 0, ""
}

func (r *robot) within(now time.Time, d time.Duration) int {
	n := 0
	for _, t := range r.times {
		if now.Sub(t) < d {
			n++
		}
	}
	return n
}

func (r *robot) answer(w http.ResponseWriter, code int, text string) {
	if code != 0 {
		r.wrong = append(r.wrong, fmt.Sprintf("%d %s", code, text))
	}
	w.Header().Set("Content-Type", "application/json")
	if r.channel == Feishu {
		if code != 0 {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprintf(w, `{"code":%d,"msg":%q,"data":{}}`, code, text)
		return
	}
	fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q}`, code, text)
}

func (r *robot) messages() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.raw...)
}

func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
