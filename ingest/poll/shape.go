package poll

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Rhythm is when a system is asked for what has changed.
type Rhythm struct {
	Every   time.Duration `yaml:"every"`           // between two rounds
	Overlap time.Duration `yaml:"overlap"`         // of a window with the one before
	Since   time.Time     `yaml:"since,omitempty"` // where the first window begins
}

// Validate returns every error of the rhythm.
func (r *Rhythm) Validate() error {
	var errs []error
	if r.Every <= 0 || r.Overlap < 0 {
		errs = append(errs, errors.New("every must be positive, overlap not negative"))
	}
	if r.Since.IsZero() {
		errs = append(errs, errors.New("since: is missing"))
	}
	return errors.Join(errs...)
}

// Shape is how a system is asked. In addresses, headers and bodies stand {from} and
// {to} of the window, {limit}, {offset}, {page} or {cursor} of the page, or the {key} of
// one order, {token} of the session and {secret}; in an address they are escaped as a query's, in a body
// as a JSON string's.
type Shape struct {
	Window time.Duration `yaml:"window,omitempty"` // the longest
	Zone   string        `yaml:"zone,omitempty"`
	// Format of {from} and {to}: a layout of Go's package time, epoch_s or epoch_ms.
	Format  string   `yaml:"format,omitempty"`
	Rate    float64  `yaml:"rate"` // requests a second at most
	Request Request  `yaml:"request"`
	Login   *Login   `yaml:"login,omitempty"` // nil: requests carry all they need
	OK      *OK      `yaml:"ok,omitempty"`    // nil: the status of HTTP says it
	Page    Page     `yaml:"page,omitempty"`
	Records string   `yaml:"records,omitempty"`      // path of the list in the answer; empty: it is the answer
	Columns []string `yaml:"columns,flow,omitempty"` // names of the values, where a record is a list
	Wrap    string   `yaml:"wrap,omitempty"`         // name of the member a record is put under
}

// Request is a request of HTTP.
type Request struct {
	Method  string            `yaml:"method"` // GET or POST
	URL     string            `yaml:"url"`
	Headers map[string]string `yaml:"headers,omitempty"`
	Body    string            `yaml:"body,omitempty"`
}

// Login is the request that begins a session. Cookies that it sets are kept.
type Login struct {
	Request  `yaml:",inline"`
	Token    string        `yaml:"token,omitempty"`    // path of {token} in the answer; empty: a cookie does
	Lifetime time.Duration `yaml:"lifetime,omitempty"` // of a session; 0: until the system refuses it
}

// OK tells a good answer from a bad one that has a good status.
type OK struct {
	Path  string `yaml:"path"`
	Value string `yaml:"value"`
}

// Page is how lists are paged.
type Page struct {
	// Style is offset (of the next record), page (its number) or cursor (a value of
	// the last record).
	Style  string `yaml:"style"`
	Size   int    `yaml:"size"`             // records of a page: {limit}
	First  int    `yaml:"first,omitempty"`  // number of the first page
	Count  string `yaml:"count,omitempty"`  // path of the number of pages in the answer; empty: a page that is not full is the last
	Cursor string `yaml:"cursor,omitempty"` // path of {cursor} in a record
}

// Styles of paging.
const (
	ByOffset = "offset"
	ByPage   = "page"
	ByCursor = "cursor"
)

// ValidateKeyed returns every error of the shape of requests for single orders, which
// have neither windows nor pages.
func (s *Shape) ValidateKeyed() error {
	errs := s.requests()
	if s.Window != 0 || s.Format != "" || s.Zone != "" || s.Page != (Page{}) {
		errs = append(errs, errors.New("window, format, zone and page belong to lists: a request for one order has none"))
	}
	if !strings.Contains(s.Request.URL+s.Request.Body, "{key}") {
		errs = append(errs, errors.New("request: neither url nor body holds {key}"))
	}
	return errors.Join(errs...)
}

// requests returns what is wrong with the requests and their rate.
func (s *Shape) requests() []error {
	var errs []error
	if s.Rate <= 0 {
		errs = append(errs, errors.New("rate must be positive"))
	}
	for name, at := range map[string]*Request{"request": &s.Request, "login": s.loginRequest()} {
		if at != nil && (at.Method != "GET" && at.Method != "POST" || at.URL == "") {
			errs = append(errs, fmt.Errorf("%s: method must be GET or POST and url must be named", name))
		}
	}
	return errs
}

// Validate returns every error of the shape of lists.
func (s *Shape) Validate() error {
	errs := s.requests()
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.Window <= 0 {
		bad("window must be positive")
	}
	whole := s.Request.URL + s.Request.Body
	var place string
	switch s.Page.Style {
	case ByOffset:
		place = "{offset}"
	case ByPage:
		place = "{page}"
	case ByCursor:
		place = "{cursor}"
	default:
		bad("page.style: %q is not offset, page or cursor", s.Page.Style)
	}
	for _, p := range []string{place, "{from}"} {
		if !strings.Contains(whole, p) {
			bad("request: neither url nor body holds %s", p)
		}
	}
	if s.Page.Size < 1 {
		bad("page.size: %d is less than 1", s.Page.Size)
	}
	if (s.Page.Style == ByCursor) != (s.Page.Cursor != "") {
		bad("page.cursor: belongs to style cursor, which needs it")
	}
	if s.Page.Count != "" && s.Page.Style != ByPage {
		bad("page.count: belongs to style page")
	}
	if s.Format == "" {
		bad("format: is missing")
	}
	return errors.Join(errs...)
}

func (s *Shape) loginRequest() *Request {
	if s.Login == nil {
		return nil
	}
	return &s.Login.Request
}

// instant writes an instant as requests want it, rounded down, or up, to what the
// format can say.
func (p *Poller) instant(at time.Time, up bool) string {
	switch p.cfg.Format {
	case "epoch_ms":
		return fmt.Sprint(ceil(at, time.Millisecond, up).UnixMilli())
	case "epoch_s":
		return fmt.Sprint(ceil(at, time.Second, up).Unix())
	}
	at = at.In(p.zone)
	text := at.Format(p.cfg.Format)
	said, err := time.ParseInLocation(p.cfg.Format, text, p.zone)
	if !up || err != nil || !said.Before(at) {
		return text
	}
	// The least step that the format shows.
	for _, step := range []time.Duration{time.Millisecond, time.Second, time.Minute, time.Hour} {
		if next := said.Add(step).Format(p.cfg.Format); next != text {
			return next
		}
	}
	return said.AddDate(0, 0, 1).Format(p.cfg.Format)
}

func ceil(at time.Time, step time.Duration, up bool) time.Time {
	down := at.Truncate(step)
	if up && down.Before(at) {
		return down.Add(step)
	}
	return down
}
