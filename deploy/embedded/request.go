package embedded

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// param is a value for a {name:Type} placeholder.
type param struct{ name, value string }

// setting is a setting of the engine for one statement.
type setting struct{ name, value string }

// request is an HTTP request as ClickHouse's interface understands it.
type request struct {
	user     *user
	queryID  string
	database string
	query    string // the query parameter of the URL; the body follows it
	format   string // default format
	params   []param
	settings []setting

	session        string
	sessionCheck   bool
	sessionTimeout time.Duration

	compress   bool // frames in the answer
	decompress bool // frames in the body
	zstd       bool // frames in the answer are ZSTD, not LZ4
	encoding   string
}

// protocol lists the URL parameters that are no settings of the engine here:
// either read below, or without a meaning in one process.
var protocol = map[string]bool{
	"query": true, "query_id": true, "database": true, "default_format": true, "user": true, "password": true,
	"session_id": true, "session_timeout": true, "session_check": true, "close_session": true, "compress": true, "decompress": true,
	"client_protocol_version": true, "quota_key": true, "wait_end_of_query": true, "buffer_size": true, "role": true,
	"stacktrace": true, "send_progress_in_http_headers": true, "http_headers_progress_interval_ms": true,
	"network_compression_method": true, "network_zstd_compression_level": true, "enable_http_compression": true,
	"http_zlib_compression_level": true, "add_http_cors_header": true, "cancel_http_readonly_queries_on_client_close": true,
	"async_insert": true, "wait_for_async_insert": true, "http_response_headers": true,
}

// readRequest reads everything but the body.
func readRequest(r *http.Request, known map[string]bool) (*request, *exception) {
	query := r.URL.Query()
	u, e := authenticate(r, query)
	if e != nil {
		return nil, e
	}
	req := &request{
		user: u, queryID: query.Get("query_id"), query: query.Get("query"), format: query.Get("default_format"),
		database: query.Get("database"), session: query.Get("session_id"), sessionCheck: query.Get("session_check") == "1",
		sessionTimeout: time.Minute, compress: on(query, "compress"), decompress: on(query, "decompress"),
		zstd: strings.EqualFold(query.Get("network_compression_method"), "ZSTD"),
	}
	if req.queryID == "" {
		req.queryID = newQueryID()
	}
	if h := r.Header.Get("X-ClickHouse-Format"); h != "" && req.format == "" {
		req.format = h
	}
	if h := r.Header.Get("X-ClickHouse-Database"); h != "" && req.database == "" {
		req.database = h
	}
	if n, err := strconv.Atoi(query.Get("session_timeout")); err == nil && n > 0 && n <= 3600 {
		req.sessionTimeout = time.Duration(n) * time.Second
	}
	if query.Get("enable_http_compression") != "0" {
		req.encoding = acceptedEncoding(r.Header.Get("Accept-Encoding"))
	}
	if req.settings, req.params, e = readSettings(query, u, known); e != nil {
		return nil, e
	}
	// A GET must not change anything, as browsers and crawlers send it freely.
	if r.Method == http.MethodGet && u.writes {
		req.settings = append(req.settings, setting{"readonly", "2"})
	}
	return req, nil
}

func readSettings(query url.Values, u *user, known map[string]bool) ([]setting, []param, *exception) {
	settings := u.settings()
	var params []param
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := query.Get(name)
		if p, ok := strings.CutPrefix(name, "param_"); ok {
			params = append(params, param{p, value})
			continue
		}
		if protocol[name] {
			continue
		}
		if !known[name] {
			return nil, nil, newException(codeUnknownSetting, "UNKNOWN_SETTING", "Setting %s is neither a builtin setting nor started with the prefix 'SQL_' registered for user-defined settings", name)
		}
		value, e := u.allow(name, value)
		if e != nil {
			return nil, nil, e
		}
		settings = append(settings, setting{name, value})
	}
	return settings, params, nil
}

func on(query url.Values, name string) bool {
	v := query.Get(name)
	return v == "1" || v == "true"
}

func newQueryID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
