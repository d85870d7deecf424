package config

import (
	"errors"
	"strconv"
	"time"

	"github.com/takt-orders/takt/ingest/poll"
)

// Poll is how one source that only answers is asked.
type Poll struct {
	Source      string `yaml:"source"`            // of sources
	Notices     string `yaml:"notices,omitempty"` // source whose records name the orders to ask for; empty: windows are asked for
	SecretFile  string `yaml:"secret_file,omitempty"`
	Secret      Secret `yaml:"-"`
	poll.Rhythm `yaml:",inline"`
	poll.Shape  `yaml:",inline"`
}

// polls takes the key poll.
func (l *loader) polls(o *object, cfg *Config) []Poll {
	var all []Poll
	for _, item := range o.objects("poll") {
		p := l.poll(item, cfg)
		for i := range all {
			if all[i].Source == p.Source && p.Source != "" {
				item.report("source", "%q stands twice: a source has one poller", p.Source)
			}
		}
		all = append(all, p)
	}
	return all
}

func (l *loader) poll(o *object, cfg *Config) Poll {
	p := Poll{Source: l.sourceName(o, cfg)}
	p.SecretFile, p.Secret = l.secretOf(o, "secret", variableOf("TAKT_POLL", p.Source, "SECRET"))
	p.Every = o.duration("every", 5*time.Minute, time.Second)
	if o.has("notices") {
		p.Notices = l.sourceIn(o, "notices", cfg)
		if p.Notices == p.Source && p.Notices != "" {
			o.report("notices", "is the source itself: name the one whose records only name orders")
		}
		if o.duration("overlap", 0, 0) != 0 {
			o.report("overlap", "belongs to windows: with notices each order is asked for by {key}; take it out")
		}
		p.Shape = askedByKey(o)
		return p
	}
	p.Overlap = o.duration("overlap", 15*time.Minute, 0)
	p.Since = since(o)
	p.Shape = asked(o)
	return p
}

// askedByKey takes the keys of how a system is asked for one order, the last of o.
func askedByKey(o *object) poll.Shape {
	s := poll.Shape{Rate: rate(o)}
	reply(o, &s)
	o.done()
	report(o, s.ValidateKeyed)
	return s
}

// asked takes the keys of how a system is asked for lists, the last of o.
func asked(o *object) poll.Shape {
	s := poll.Shape{Window: o.duration("window", 24*time.Hour, time.Minute)}
	if s.Zone = o.text("zone", ""); s.Zone != "" {
		if _, err := time.LoadLocation(s.Zone); err != nil {
			o.report("zone", "%q is no zone: write an IANA name, such as Asia/Shanghai", s.Zone)
		}
	}
	s.Format = o.required("format", `write how the system wants times: epoch_ms, epoch_s or a layout such as "2006-01-02T15:04:05"`)
	s.Rate = rate(o)
	reply(o, &s)
	page := o.object("page")
	s.Page = poll.Page{
		Style: page.oneOf("style", "", poll.ByOffset, poll.ByPage, poll.ByCursor), Size: page.integer("size", 100, 1, 100_000),
		First: page.integer("first", 0, 0, 1), Count: page.text("count", ""), Cursor: page.text("cursor", ""),
	}
	page.done()
	o.done()
	report(o, s.Validate)
	return s
}

// reply takes the requests, and what of their answers is a record.
func reply(o *object, s *poll.Shape) {
	s.Request = httpRequest(o.object("request"))
	if o.has("login") {
		login := o.object("login")
		s.Login = &poll.Login{Token: login.text("token", ""), Lifetime: login.duration("lifetime", 0, time.Second)}
		s.Login.Request = httpRequest(login)
	}
	if o.has("ok") {
		ok := o.object("ok")
		s.OK = &poll.OK{Path: ok.required("path", "name the member of the answer that says whether it is good"), Value: ok.required("value", "write what it says of a good one")}
		ok.done()
	}
	s.Records, s.Columns, s.Wrap = o.text("records", ""), o.distinct("columns"), o.text("wrap", "")
}

// report reports what is wrong with a shape whose keys are right: of a wrong value the
// shape would say less than was said.
func report(o *object, validate func() error) {
	var all interface{ Unwrap() []error }
	if o.ok("") && errors.As(validate(), &all) {
		for _, err := range all.Unwrap() {
			o.report("", "%s", err)
		}
	}
}

// since takes the key since as an instant.
func since(o *object) time.Time {
	text := o.required("since", `write where the first window begins, such as "2026-01-01T00:00:00+08:00"`)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		o.report("since", "%q is no instant: write it as 2026-01-01T00:00:00+08:00", text)
	}
	return at
}

// rate takes the key rate as requests a second.
func rate(o *object) float64 {
	text, ok := o.scalar("rate")
	if !ok {
		return 1
	}
	r, err := strconv.ParseFloat(text, 64)
	if err != nil || r <= 0 || r > 1000 {
		o.report("rate", "%q is no number of requests a second: write one above 0 and at most 1000, such as 0.5", text)
		return 1
	}
	return r
}

// httpRequest takes the keys of a request.
func httpRequest(o *object) poll.Request {
	r := poll.Request{
		Method: o.oneOf("method", "GET", "GET", "POST"), URL: o.required("url", "write the address, such as https://erp.example.com/list?from={from}"),
		Headers: o.pairs("headers"), Body: o.text("body", ""),
	}
	if r.URL != "" && !webAddress(r.URL) {
		o.report("url", "%q is no address of the web, such as https://erp.example.com/list?from={from}; a password belongs into secret_file", r.URL)
	}
	o.done()
	return r
}
