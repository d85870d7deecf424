package poll_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/poll"
)

// listed is a system like 金蝶云星空: a log-in that sets a cookie, lists of lists, an
// offset and a limit in the body, times to the second in the filter.
type listed struct {
	*table
	session  int // number of the one that holds
	uses     int // left of it
	requests int
	largest  int
	wrong    string
}

var filter = regexp.MustCompile(`^FModifyDate>='(\S+)' and FModifyDate<='(\S+)'$`)

const k3Layout = "2006-01-02T15:04:05"

func (s *listed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/login" {
		var in struct{ Secret string }
		if json.Unmarshal(body, &in) != nil || in.Secret != "s&cret" {
			s.wrong = "log-in: " + string(body)
		}
		s.session++
		s.uses = 7
		http.SetCookie(w, &http.Cookie{Name: "session", Value: strconv.Itoa(s.session)})
		reply(w, map[string]any{"LoginResultType": 1})
		return
	}
	s.requests++
	cookie, err := r.Cookie("session")
	if s.uses--; err != nil || cookie.Value != strconv.Itoa(s.session) || s.uses < 0 {
		reply(w, [][]any{{map[string]any{"Result": "no session"}}})
		return
	}
	var in struct {
		FormId, FilterString string
		StartRow, Limit      int
	}
	if err := json.Unmarshal(body, &in); err != nil || in.FormId != "SAL_SaleOrder" {
		s.wrong = "body: " + string(body)
	}
	m := filter.FindStringSubmatch(in.FilterString)
	shanghai := time.FixedZone("", 8*3600)
	from, err1 := time.ParseInLocation(k3Layout, m[1], shanghai)
	to, err2 := time.ParseInLocation(k3Layout, m[2], shanghai)
	if err1 != nil || err2 != nil {
		s.wrong = "filter: " + in.FilterString
	}
	rows := [][]any{}
	for _, one := range slice(s.between(from, to), in.StartRow, in.Limit) {
		rows = append(rows, []any{one.ID, one.Version, one.Modified.In(shanghai).Format(k3Layout)})
	}
	s.largest = max(s.largest, len(rows))
	reply(w, rows)
}

// Rhythms by which the systems of these tests are asked.
var (
	k3Rhythm     = poll.Rhythm{Every: 5 * time.Minute, Overlap: 15 * time.Minute, Since: start.Add(-72 * time.Hour)}
	u8Rhythm     = poll.Rhythm{Every: time.Hour, Overlap: 24 * time.Hour, Since: start.Add(-240 * time.Hour)}
	cursorRhythm = poll.Rhythm{Every: time.Hour, Since: start.Add(-time.Hour)}
)

func k3Shape(url string) poll.Shape {
	return poll.Shape{
		Window: 24 * time.Hour, Zone: "Asia/Shanghai", Format: k3Layout, Rate: 2,
		Login: &poll.Login{Request: poll.Request{Method: "POST", URL: url + "/login", Body: `{"secret":"{secret}"}`}},
		Request: poll.Request{
			Method: "POST", URL: url,
			Body: `{"FormId":"SAL_SaleOrder","FilterString":"FModifyDate>='{from}' and FModifyDate<='{to}'","StartRow":{offset},"Limit":{limit}}`,
		},
		Page: poll.Page{Style: poll.ByOffset, Size: 10}, Columns: []string{"FBillNo", "FVersionNo", "FModifyDate"},
	}
}

// TestLists polls for half a day in which rows change, some of them written late,
// and in which the session ends again and again. Every version
// that lasted for the overlap is in the log, in the shape of the columns; what did
// not change is in it once.
func TestLists(t *testing.T) {
	w := newWorld()
	s := &listed{table: &table{}}
	shape := k3Shape(serve(t, s.ServeHTTP))
	want := map[string]bool{}
	put := func(id, version int, at time.Time) {
		at = at.Truncate(time.Second) // as the system stores it
		s.put(fmt.Sprint("XS", id), version, at)
		want[fmt.Sprintf(`{"FBillNo":"XS%d","FVersionNo":%d,"FModifyDate":"%s"}`, id, version, at.In(time.FixedZone("", 8*3600)).Format(k3Layout))] = true
	}
	for i := range 200 { // of the days before
		put(i, 0, start.Add(-72*time.Hour).Add(time.Duration(i)*20*time.Minute))
	}
	changed, last := 0, start
	w.tick = func(at time.Time) {
		if at.Sub(last) < 4*time.Minute {
			return
		}
		last = at
		put(changed%200, 1+changed/200, at)
		put(1000+changed, 0, at.Add(-9*time.Minute)) // written late
		changed++
	}
	p := w.poller(t, shape, k3Rhythm)
	w.run(t, p, 12*time.Hour)
	w.tick = nil
	w.run(t, w.poller(t, shape, k3Rhythm), 20*time.Minute) // another process goes on, from the cursor
	got := map[string]int{}
	for _, r := range w.records {
		got[r]++
	}
	for r := range want {
		if got[r] == 0 {
			t.Errorf("missing: %s", r)
		}
	}
	for r, n := range got {
		if !want[r] {
			t.Errorf("unknown: %s", r)
		}
		if n > 2 { // the second process knows nothing of what the first wrote
			t.Errorf("%d times: %s", n, r)
		}
	}
	if s.wrong != "" || s.largest != 10 || s.session < 10 || w.asked["expired"] < 10 || w.asked["failed"] != 0 {
		t.Errorf("wrong %q, pages of %d, %d sessions, asked %v", s.wrong, s.largest, s.session, w.asked)
	}
	if changed < 100 {
		t.Errorf("only %d changes", changed)
	}
	if behind := w.now().Sub(w.reached["s"]); behind > 6*time.Minute {
		t.Errorf("the cursor is %v behind", behind)
	}
}

// paged is a system like 用友 U8's OpenAPI: a token in the address, pages with a
// count, dates for times, and answers of a good status that are bad.
type paged struct {
	*table
	token    int
	uses     int
	limit    int // requests until the next 429
	windows  []string
	limited  int
	tooEarly bool
	again    time.Time
	now      func() time.Time
}

func (s *paged) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if s.now().Before(s.again) {
		s.tooEarly = true
	}
	if r.URL.Path == "/token" {
		s.token++
		s.uses = 5
		reply(w, map[string]any{"errcode": "0", "token": map[string]any{"id": fmt.Sprint("t/", s.token)}})
		return
	}
	if s.limit--; s.limit < 0 {
		s.limit = 4
		s.limited++
		s.again = s.now().Add(30 * time.Second)
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if s.uses--; q.Get("token") != fmt.Sprint("t/", s.token) || s.uses < 0 || q.Get("app_key") != "s&cret" {
		reply(w, map[string]any{"errcode": "20002", "errmsg": "token"})
		return
	}
	from, _ := time.Parse(time.DateOnly, q.Get("timestamp_begin"))
	to, _ := time.Parse(time.DateOnly, q.Get("timestamp_end"))
	s.windows = append(s.windows, q.Get("timestamp_begin")+" "+q.Get("timestamp_end"))
	all := s.between(from, to.Add(24*time.Hour-time.Second))
	page, _ := strconv.Atoi(q.Get("page_index"))
	size, _ := strconv.Atoi(q.Get("rows_per_page"))
	answer := map[string]any{"errcode": "0", "page_count": strconv.Itoa((len(all) + size - 1) / size)}
	if len(all) > 0 {
		var rows []any
		for _, one := range slice(all, (page-1)*size, size) {
			rows = append(rows, map[string]any{"code": one.ID, "date": one.Modified.Format(time.DateOnly), "state": one.Version})
		}
		answer["saleorderlist"] = rows
	}
	reply(w, answer)
}

func u8Shape(url string) poll.Shape {
	return poll.Shape{
		Window: 72 * time.Hour, Format: time.DateOnly, Rate: 5,
		Login:   &poll.Login{Request: poll.Request{Method: "GET", URL: url + "/token?secret={secret}"}, Token: "token.id", Lifetime: 2 * time.Hour},
		Request: poll.Request{Method: "GET", URL: url + "/list?app_key={secret}&token={token}&timestamp_begin={from}&timestamp_end={to}&page_index={page}&rows_per_page={limit}"},
		OK:      &poll.OK{Path: "errcode", Value: "0"},
		Page:    poll.Page{Style: poll.ByPage, First: 1, Size: 10, Count: "page_count"},
		Records: "saleorderlist",
	}
}

// TestPages polls ten days of orders in pages of exactly and not quite full ones,
// with a limit of requests that is told and tokens that end.
func TestPages(t *testing.T) {
	w := newWorld()
	s := &paged{table: &table{}, limit: 3, now: w.now}
	for i := range 100 {
		s.put(fmt.Sprintf("%010d", i), 1, start.Add(-time.Duration(i)*2*time.Hour))
	}
	w.run(t, w.poller(t, u8Shape(serve(t, s.ServeHTTP)), u8Rhythm), 5*time.Hour)
	slices.Sort(w.records)
	if unique := slices.Compact(slices.Clone(w.records)); len(unique) != 100 || len(w.records) != 100 {
		t.Errorf("%d records, %d different, want 100", len(w.records), len(unique))
	}
	if s.limited == 0 || s.tooEarly || s.token < 3 || w.asked["limited"] != s.limited || w.asked["failed"] != 0 {
		t.Errorf("limited %d times, too early %v, %d tokens, asked %v", s.limited, s.tooEarly, s.token, w.asked)
	}
	if !slices.Contains(s.windows, "2026-02-19 2026-02-22") {
		t.Errorf("windows: %v", slices.Compact(s.windows))
	}
}

// TestCursors polls a system like 简道云's list of data: it goes on after the last
// record that it has told.
func TestCursors(t *testing.T) {
	w := newWorld()
	all := &table{}
	for i := range 35 {
		all.put(fmt.Sprint(100+i), 1, start.Add(-time.Minute))
	}
	url := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		var in struct {
			DataID string `json:"data_id"`
			Limit  int
		}
		if json.NewDecoder(r.Body).Decode(&in) != nil || r.Header.Get("Authorization") != "Bearer s&cret" {
			rw.WriteHeader(http.StatusBadRequest)
			return
		}
		rows := []any{}
		for _, one := range all.between(start.Add(-time.Hour), start) {
			if one.ID > in.DataID && len(rows) < in.Limit {
				rows = append(rows, map[string]any{"_id": one.ID})
			}
		}
		reply(rw, map[string]any{"data": rows})
	})
	shape := poll.Shape{
		Window: 24 * time.Hour, Format: "epoch_ms", Rate: 5,
		Request: poll.Request{
			Method: "POST", URL: url, Headers: map[string]string{"Authorization": "Bearer {secret}"},
			Body: `{"data_id":"{cursor}","limit":{limit},"since":{from}}`,
		},
		Page: poll.Page{Style: poll.ByCursor, Size: 10, Cursor: "_id"}, Records: "data", Wrap: "data",
	}
	w.run(t, w.poller(t, shape, cursorRhythm), time.Hour)
	if len(w.records) != 35 || w.records[0] != `{"data":{"_id":"100"}}` || w.records[34] != `{"data":{"_id":"134"}}` {
		t.Errorf("%d records: %v", len(w.records), w.records)
	}
}

// TestFailures holds that the cursor stays where it was, and that errors and
// messages hold neither secrets nor records.
func TestFailures(t *testing.T) {
	const record = `{"code":"SO-SECRET"}`
	for _, c := range []struct {
		name, want string
		answer     http.HandlerFunc
		change     func(*poll.Shape)
		log        error
	}{
		{"refused", "answered 400", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, nil, nil},
		{"forbidden", "does not know the session", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, nil, nil},
		{"down", "asked 8 times", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, nil, nil},
		{"no JSON", "it is no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, record[:5]) }, nil, nil},
		{"bad", `errcode is not "0"`, func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"errcode": "1"}) }, nil, nil},
		{"no list", "holds no list", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"errcode":"0","page_count":"1","saleorderlist":`+record+`}`)
		}, nil, nil},
		{"no count", "is no number of pages", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"errcode": "0"}) }, nil, nil},
		{"other columns", "not a list of 2 values", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"errcode":"0","page_count":"1","saleorderlist":[["SO-SECRET"]]}`)
		}, func(s *poll.Shape) { s.Columns = []string{"a", "b"} }, nil},
		{"the log", "the log is away", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"errcode":"0","page_count":"1","saleorderlist":[`+record+`]}`)
		}, nil, errors.New("the log is away")},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			shape := u8Shape(serve(t, c.answer))
			shape.Login = nil
			if c.change != nil {
				c.change(&shape)
			}
			w.fail = c.log
			written, err := w.poller(t, shape, u8Rhythm).Backfill(t.Context(), start, start.Add(time.Hour))
			if err == nil || !strings.Contains(err.Error(), c.want) || written != 0 {
				t.Errorf("got %v and %d records, want %q", err, written, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "cret") || strings.Contains(err.Error(), "SECRET")) {
				t.Errorf("tells a secret: %v", err)
			}
			w.run(t, w.poller(t, shape, u8Rhythm), 10*time.Minute)
			if len(w.reached) != 0 {
				t.Errorf("the cursor moved to %v", w.reached)
			}
		})
	}
}

// TestBackfill polls a range in windows that meet, and leaves the cursor alone.
func TestBackfill(t *testing.T) {
	w := newWorld()
	s := &listed{table: &table{}}
	for i := range 48 * 4 {
		s.put(fmt.Sprint("XS", i), 1, start.Add(time.Duration(i)*15*time.Minute))
	}
	shape := k3Shape(serve(t, s.ServeHTTP))
	shape.Window = 7 * time.Hour
	written, err := w.poller(t, shape, k3Rhythm).Backfill(t.Context(), start.Add(time.Hour), start.Add(47*time.Hour))
	if err != nil || written != 46*4+1 || len(w.records) != written || len(w.reached) != 0 {
		t.Errorf("got %d records, %v, cursor %v, want those of both ends and between", written, err, w.reached)
	}
}

// TestShift moves rows to pages that were read: one leaves the window while it is
// listed.
func TestShift(t *testing.T) {
	w := newWorld()
	s := &listed{table: &table{}}
	for i := range 35 {
		s.put(fmt.Sprint("XS", i), 1, start.Add(time.Duration(i)*time.Minute))
	}
	moved := 0
	url := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		if s.requests == 1 && r.URL.Path == "/" && moved < 3 { // between the first page and the second
			s.put(fmt.Sprint("XS", moved), 2, start.Add(48*time.Hour))
			moved++
		}
		s.ServeHTTP(rw, r)
	})
	if _, err := w.poller(t, k3Shape(url), k3Rhythm).Backfill(t.Context(), start, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for i := range 35 {
		if !strings.Contains(strings.Join(w.records, "\n"), fmt.Sprintf(`"XS%d"`, i)) {
			t.Errorf("XS%d was missed", i)
		}
	}
	if moved == 0 || len(w.records) != 35 {
		t.Errorf("%d moved, %d records", moved, len(w.records))
	}
}

// TestShape finds every error at once.
func TestShape(t *testing.T) {
	err := errors.Join((&poll.Rhythm{}).Validate(), (&poll.Shape{Page: poll.Page{Style: "pages", Count: "n", Cursor: "c"}, Login: &poll.Login{}}).Validate())
	for _, want := range []string{"every must be positive", "since", "window must be positive", "rate must be positive", "request: method", "login: method", "page.style", "{from}", "page.size", "page.cursor", "page.count", "format"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
