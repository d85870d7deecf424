package embedded

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// user is one of the users that the HTTP interface knows. The engine runs
// everything as its own user "default".
type user struct {
	name   string
	writes bool
	shares bool // equal questions at once are answered once
	// limits are the settings of a reader and their values; a request may
	// lower a limit but not raise it. 0 would mean unlimited.
	limits map[string]uint64
}

// users mirrors deploy's users of a real server; a request without a user is
// the reader, so that a curl or a browser cannot change anything.
var users = map[string]*user{
	"takt_writer": {name: "takt_writer", writes: true},
	"takt_boards": {name: "takt_boards", shares: true, limits: map[string]uint64{
		"max_execution_time": 60, "max_result_rows": 1_000_000, "max_result_bytes": 256 << 20,
		"max_memory_usage": 2 << 30,
	}},
	"takt_reader": {name: "takt_reader", limits: map[string]uint64{
		"max_execution_time": 300, "max_result_rows": 10_000_000, "max_result_bytes": 1 << 30,
		"max_memory_usage": 4 << 30,
	}},
}

const anonymous = "takt_reader"

// authenticate finds the user of a request in the places where clients put it.
func authenticate(r *http.Request, query url.Values) (*user, *exception) {
	name, _, _ := r.BasicAuth()
	if h := r.Header.Get("X-ClickHouse-User"); h != "" {
		name = h
	}
	if q := query.Get("user"); q != "" {
		name = q
	}
	if name == "" {
		name = anonymous
	}
	u, ok := users[name]
	if !ok {
		return nil, newException(codeAuthentication, "AUTHENTICATION_FAILED",
			"%s: Authentication failed: the embedded ClickHouse has the users takt_writer, takt_boards and takt_reader, without passwords", name)
	}
	return u, nil
}

// free lists the settings that a reader may set to anything: they change how
// a result looks or how it is computed, not what may be spent on it.
var free = []string{
	"output_format_", "format_", "date_time_", "join_use_nulls", "final", "max_threads", "max_block_size",
	"session_timezone", "log_comment", "extremes", "enable_analyzer", "allow_experimental_analyzer",
	"optimize_", "use_query_cache", "query_cache_", "priority", "result_overflow_mode",
	"timeout_overflow_mode", "max_rows_to_read", "max_bytes_to_read",
}

// allow checks a setting of a request against the user's limits and returns
// the value to use.
func (u *user) allow(name, value string) (string, *exception) {
	if u.writes {
		return value, nil
	}
	if limit, ok := u.limits[name]; ok {
		if n, err := strconv.ParseUint(value, 10, 64); err == nil && n > 0 && n <= limit {
			return value, nil
		}
		return strconv.FormatUint(limit, 10), nil
	}
	for _, f := range free {
		if name == f || strings.HasSuffix(f, "_") && strings.HasPrefix(name, f) {
			return value, nil
		}
	}
	if name == "readonly" && (value == "1" || value == "2") {
		return "1", nil
	}
	return "", newException(codeReadonly, "READONLY", "Cannot modify '%s' setting in readonly mode", name)
}

// settings are what every connection of the user starts with.
func (u *user) settings() []setting {
	if u.writes {
		return nil
	}
	out := []setting{{"readonly", "1"}}
	for name, limit := range u.limits {
		out = append(out, setting{name, strconv.FormatUint(limit, 10)})
	}
	return out
}
