package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// vendor serves a list of orders that go on while they are asked for: with every
// answer each order that was seen as it is becomes what its next record says, and
// moves to the end of the list.
type vendor struct {
	dialect

	mu      sync.Mutex
	ahead   map[string][][]byte // records to come, by order
	rows    []row               // by time of change
	session int                 // number of the one that holds
	asked   int                 // in it
	wrong   string
	told    bool          // every record was seen
	done    chan struct{} // closed when what was seen is written, too
}

type row struct {
	order   string
	changed time.Time
	record  []byte
	seen    bool
}

// question is what a request for a page asks.
type question struct {
	from, to   time.Time // zero: not asked
	skip, most int
	session    string
	fields     []string
}

// dialect is how a vendor is asked and answers, by its documentation.
type dialect struct {
	read   func(r *http.Request) (question, error)
	answer func(rows []json.RawMessage, q question) any
	login  func(session string) any // nil: a cookie tells the session
}

// perSession is how many pages a session lasts for.
const perSession = 7

// newVendor serves the records of orders, in the order that they have.
func newVendor(t *testing.T, d dialect, records [][]byte, order func(record []byte) string) (v *vendor, address string) {
	t.Helper()
	v = &vendor{dialect: d, ahead: map[string][][]byte{}, done: make(chan struct{})}
	for _, r := range records {
		v.ahead[order(r)] = append(v.ahead[order(r)], r)
	}
	s := httptest.NewServer(v)
	t.Cleanup(s.Close)
	return v, s.URL
}

// goOn takes each order that was seen to its next record.
func (v *vendor) goOn() {
	now := time.Now()
	for i := range v.rows {
		if r := &v.rows[i]; !r.seen {
			continue
		} else if next := v.ahead[r.order]; len(next) > 0 {
			r.changed, r.record, r.seen = now, next[0], false
			v.ahead[r.order] = next[1:]
		}
	}
	if v.rows == nil {
		for order, next := range v.ahead {
			v.rows = append(v.rows, row{order, now, next[0], false})
			v.ahead[order] = next[1:]
		}
	}
	slices.SortStableFunc(v.rows, func(a, b row) int { return a.changed.Compare(b.changed) })
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if strings.HasSuffix(strings.ToLower(r.URL.Path), "/login") || r.URL.Path == "/token" {
		v.session, v.asked = v.session+1, 0
		name := fmt.Sprint("s", v.session)
		if v.login == nil {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: name})
			reply(w, map[string]any{})
			return
		}
		reply(w, v.login(name))
		return
	}
	q, err := v.read(r)
	if cookie, none := r.Cookie("session"); none == nil && v.login == nil {
		q.session = cookie.Value
	}
	v.asked++
	switch {
	case err != nil || q.most != 3 || q.from.IsZero():
		v.wrong = fmt.Sprintf("%s: %+v, %v", r.URL, q, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	case q.session != fmt.Sprint("s", v.session) || v.asked > perSession:
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if q.skip == 0 && v.told {
		select {
		case <-v.done:
		default:
			close(v.done) // the list is asked for again: what was seen before is written
		}
	}
	v.goOn()
	var found []json.RawMessage
	for i := range v.rows {
		r := &v.rows[i]
		if r.changed.Before(q.from) || !q.to.IsZero() && r.changed.After(q.to) {
			continue
		}
		if q.skip--; q.skip < 0 && len(found) < q.most {
			found, r.seen = append(found, r.record), true
		}
	}
	v.told = !slices.ContainsFunc(v.rows, func(r row) bool { return !r.seen || len(v.ahead[r.order]) > 0 })
	reply(w, v.answer(found, q))
}

// wait waits until all that the vendor tells is written.
func (v *vendor) wait(t *testing.T, name string) {
	t.Helper()
	select {
	case <-v.done:
	case <-time.After(time.Minute):
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.wrong != "" || !v.told || v.session < 2 {
		t.Fatalf("%s: all told: %v, sessions: %d, wrong: %s; %v", name, v.told, v.session, v.wrong, v.rows)
	}
}

func reply(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

// china is the zone of the vendors' servers.
var china = time.FixedZone("", 8*3600)

// dialects are those of the systems whose pages show takt poll.
func dialects() map[string]dialect {
	return map[string]dialect{
		"k3cloud": {read: readK3, answer: func(rows []json.RawMessage, q question) any { return positional(rows, q.fields) }},
		"fxiaoke": {
			login: func(s string) any { return map[string]any{"corpAccessToken": s} }, read: readFxiaoke,
			answer: func(rows []json.RawMessage, _ question) any {
				return map[string]any{"errorCode": 0, "data": map[string]any{"dataList": rows}}
			},
		},
		"sap-b1": {read: readB1, answer: func(rows []json.RawMessage, _ question) any { return map[string]any{"value": rows} }},
		"xingchen": {
			login: func(s string) any { return map[string]any{"app-token": s} }, read: readXingchen,
			answer: func(rows []json.RawMessage, _ question) any { return map[string]any{"rows": rows} },
		},
		"chanjet": {
			login: func(s string) any { return map[string]any{"openToken": s} }, read: readChanjet,
			answer: func(rows []json.RawMessage, _ question) any { return map[string]any{"data": rows} },
		},
	}
}

var k3Filter = regexp.MustCompile(`^FModifyDate>='(\S+)' and FModifyDate<='(\S+)'$`)

func readK3(r *http.Request) (q question, err error) {
	var in struct {
		FormID                  string `json:"FormId"`
		FieldKeys, FilterString string
		StartRow, Limit         int
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return q, err
	}
	m := k3Filter.FindStringSubmatch(in.FilterString)
	if m == nil || in.FormID != "SAL_SaleOrder" {
		return q, fmt.Errorf("%+v", in)
	}
	q = question{skip: in.StartRow, most: in.Limit, fields: strings.Split(in.FieldKeys, ",")}
	return q, q.window("2006-01-02T15:04:05", m[1], m[2], 0)
}

func readFxiaoke(r *http.Request) (q question, err error) {
	var in struct {
		CorpAccessToken, CorpID string
		Data                    struct {
			Name  string `json:"dataObjectApiName"`
			Query struct {
				Limit, Offset int
				Filters       []struct {
					Field    string   `json:"field_name"`
					Values   []string `json:"field_values"`
					Operator string
				}
			} `json:"search_query_info"`
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return q, err
	}
	f := in.Data.Query.Filters
	if in.Data.Name != "SalesOrderObj" || len(f) != 1 || f[0].Field != "last_modified_time" || f[0].Operator != "GT" || len(f[0].Values) != 1 {
		return q, fmt.Errorf("%+v", in)
	}
	q = question{skip: in.Data.Query.Offset, most: in.Data.Query.Limit, session: in.CorpAccessToken}
	return q, q.window("epoch_ms", f[0].Values[0], "", 0)
}

var b1Filter = regexp.MustCompile(`^UpdateDate ge '(\S+)' and UpdateDate le '(\S+)'$`)

func readB1(r *http.Request) (q question, err error) {
	in := r.URL.Query()
	m := b1Filter.FindStringSubmatch(in.Get("$filter"))
	if m == nil || r.URL.Path != "/b1s/v2/Orders" || in.Get("$orderby") != "DocEntry" {
		return q, fmt.Errorf("%v", in)
	}
	most, _ := strings.CutPrefix(r.Header.Get("Prefer"), "odata.maxpagesize=")
	q.most, _ = strconv.Atoi(most)
	if q.skip, err = strconv.Atoi(in.Get("$skip")); err != nil {
		return q, err
	}
	return q, q.window(time.DateOnly, m[1], m[2], 24*time.Hour)
}

func readXingchen(r *http.Request) (q question, err error) {
	in := r.URL.Query()
	page, err := strconv.Atoi(in.Get("page"))
	if err != nil || r.URL.Path != "/jdy/v2/scm/sal_order" {
		return q, fmt.Errorf("%s: %w", r.URL.Path, err)
	}
	q = question{session: r.Header.Get("app-token")}
	q.most, _ = strconv.Atoi(in.Get("page_size"))
	q.skip = (page - 1) * q.most
	return q, q.window("epoch_ms", in.Get("modify_start_time"), in.Get("modify_end_time"), 0)
}

func readChanjet(r *http.Request) (q question, err error) {
	var in struct {
		PageSize, PageIndex int
		SelectFields        []string
		Dates               struct {
			Voucher struct{ From, To string } `json:"SaleOrder.VoucherDate"`
		} `json:"paramDic"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return q, err
	}
	q = question{skip: in.PageIndex * in.PageSize, most: in.PageSize, session: r.Header.Get("openToken")}
	return q, q.window(time.DateOnly, in.Dates.Voucher.From, in.Dates.Voucher.To, 24*time.Hour)
}

// window takes the times of a question; one in the format lasts so long.
func (q *question) window(format, from, to string, lasts time.Duration) (err error) {
	parse := func(text string) (at time.Time) {
		var ms int64
		switch {
		case err != nil || text == "":
		case format == "epoch_ms":
			ms, err = strconv.ParseInt(text, 10, 64)
			at = time.UnixMilli(ms)
		default:
			at, err = time.ParseInLocation(format, text, china)
		}
		return at
	}
	q.from, q.to = parse(from), parse(to)
	if !q.to.IsZero() {
		q.to = q.to.Add(lasts)
	}
	return err
}

// positional writes rows as lists of the fields' values.
func positional(rows []json.RawMessage, fields []string) any {
	list := [][]json.RawMessage{}
	for _, row := range rows {
		var object map[string]json.RawMessage
		if json.Unmarshal(row, &object) != nil {
			continue // the records are objects
		}
		values := []json.RawMessage{}
		for _, f := range fields {
			if v := object[f]; v != nil {
				values = append(values, v)
			} else {
				values = append(values, json.RawMessage("null"))
			}
		}
		list = append(list, values)
	}
	return list
}
