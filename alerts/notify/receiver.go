package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"text/template"
	"time"
)

// Receiver is one place that messages go to.
type Receiver struct {
	Name     string // required, unique
	Channel  Channel
	Lang     Lang
	Teams    []string           // whose notifications it takes; empty: everybody's
	Managers bool               // it gets the digest of the whole, not of teams
	URL      string             // of a robot or webhook: as secret as a password
	Secret   string             // signs requests; empty: unsigned
	Template *template.Template // body of a webhook; nil: the message as JSON
	SMTP     SMTP               // of mail
}

// sender is a channel: it sends one message once.
type sender interface {
	send(ctx context.Context, m *Message, now time.Time) error
}

// sender returns the channel of r and the limits that it documents.
func (r *Receiver) sender(client *http.Client) (sender, []limit) {
	p := poster{client: client, url: r.URL}
	switch r.Channel {
	case WeCom:
		return &wecom{p}, []limit{{20, time.Minute}}
	case DingTalk:
		return &dingtalk{p, r.Secret}, []limit{{20, time.Minute}}
	case Feishu:
		return &feishu{p, r.Secret}, []limit{{5, time.Second}, {100, time.Minute}}
	case Mail:
		return &r.SMTP, []limit{{60, time.Minute}}
	default:
		return &webhook{p, r.Secret, r.Template, r.Lang}, []limit{{600, time.Minute}}
	}
}

// sendError is why a message was not taken. It never holds an address.
type sendError struct {
	code    string
	text    string
	refused bool          // it never will be
	wait    time.Duration // until when nothing will be; 0: as usual
}

func (e *sendError) Error() string {
	if e.code == "" {
		return e.text
	}
	return e.text + " (" + e.code + ")"
}

// poster posts JSON to an address that is a secret.
type poster struct {
	client *http.Client
	url    string
}

const maxAnswer = 64 << 10 // bytes read of an answer

// post sends body and returns the answer.
func (p *poster) post(ctx context.Context, query url.Values, header http.Header, body []byte) (status int, answer []byte, err error) {
	u, err := url.Parse(p.url)
	if err != nil {
		return 0, nil, &sendError{text: "the address is none", refused: true}
	}
	q := u.Query()
	for k := range query {
		q.Set(k, query.Get(k))
	}
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, &sendError{text: "the address is none", refused: true}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for k := range header {
		req.Header.Set(k, header.Get(k))
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, nil, &sendError{text: "the request failed: " + withoutURL(err)}
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return resp.StatusCode, nil, &sendError{text: "the answer broke off"}
	}
	return resp.StatusCode, answer, httpError(resp)
}

// withoutURL tells an error of http without the address, which holds the secret.
func withoutURL(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// httpError judges the status of an answer.
func httpError(resp *http.Response) error {
	switch s := resp.StatusCode; {
	case s/100 == 2:
		return nil
	case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable:
		e := &sendError{code: strconv.Itoa(s), text: "the receiver is overloaded"}
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
			e.wait = min(time.Duration(seconds)*time.Second, muteMost)
		}
		return e
	case s/100 == 4 && s != http.StatusRequestTimeout:
		return &sendError{code: strconv.Itoa(s), text: "the receiver refused the request", refused: true}
	default:
		return &sendError{code: strconv.Itoa(s), text: "the receiver failed"}
	}
}

// muteMost is the longest that a receiver can keep messages back.
const muteMost = 15 * time.Minute

// verdict is what a robot's error code means.
type verdict struct {
	wait  time.Duration // nothing is taken for so long
	retry bool          // it may be taken later
}

// answered judges a robot's answer by the code under one of the keys.
func answered(answer []byte, known map[int64]verdict, codes ...string) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(answer, &all); err != nil {
		return &sendError{text: "the answer is not JSON"}
	}
	for _, key := range codes {
		var code int64
		raw, ok := all[key]
		if !ok || json.Unmarshal(raw, &code) != nil {
			continue
		}
		if code == 0 {
			return nil
		}
		v, listed := known[code]
		var text string
		for _, key := range []string{"errmsg", "msg", "StatusMessage"} {
			if json.Unmarshal(all[key], &text) == nil && text != "" {
				break
			}
		}
		return &sendError{code: strconv.FormatInt(code, 10), text: "the robot answered: " + cut(text, 200), refused: !listed || !v.retry && v.wait == 0, wait: v.wait}
	}
	return &sendError{text: fmt.Sprintf("the answer holds none of %q", codes)}
}
