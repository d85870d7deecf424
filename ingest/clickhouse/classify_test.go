package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	driver "github.com/ClickHouse/clickhouse-go/v2"
)

func TestCodesAreTheServers(t *testing.T) {
	db := open(t, nil)
	for code, c := range codes() {
		var name string
		if err := db.conn.QueryRow(t.Context(), "SELECT errorCodeToName(?)", code).Scan(&name); err != nil {
			t.Fatal(err)
		}
		if name != c.name {
			t.Errorf("code %d: got %s, want %s", code, name, c.name)
		}
	}
}

func TestJudge(t *testing.T) {
	server := func(code int32, text string) error {
		return fmt.Errorf("send: %w", &driver.Exception{Code: code, Message: text})
	}
	for _, tc := range []struct {
		name string
		err  error
		want verdict
	}{
		{"too many parts", server(252, "Too many parts (300)"), verdict{retry, RetryOverload}},
		{"too many partitions", server(252, "Too many partitions for single INSERT block"), verdict{refuse, "code 252"}},
		{"memory", server(241, "Memory limit exceeded"), verdict{retry, RetryMemory}},
		{"keeper", server(999, "Session expired"), verdict{retry, RetryReplicas}},
		{"unlisted", server(469, "Constraint"), verdict{refuse, "code 469"}},
		{"unknown table", server(60, "Table"), verdict{halt, hintSchema}},
		{"password", &driver.HTTPError{StatusCode: 401, Err: errors.New("no")}, verdict{halt, hintLogin}},
		{"forbidden with code", &driver.HTTPError{StatusCode: 403, Err: &driver.Exception{Code: 516}}, verdict{halt, hintLogin}},
		{"gateway", &driver.HTTPError{StatusCode: 502, Err: errors.New("bad")}, verdict{retry, RetryNetwork}},
		{"busy gateway", &driver.HTTPError{StatusCode: 503, Err: errors.New("busy")}, verdict{retry, RetryOverload}},
		{"cut", io.ErrUnexpectedEOF, verdict{retry, RetryNetwork}},
		{"late", context.DeadlineExceeded, verdict{retry, RetryTimeout}},
	} {
		if got := judge(tc.err); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
	reasons := map[string]bool{}
	for _, r := range RetryReasons() {
		reasons[r] = true
	}
	for code, c := range codes() {
		if c.action == retry && !reasons[c.what] {
			t.Errorf("code %d: %q is no reason of RetryReasons", code, c.what)
		}
	}
}

func TestHaltOnWrongUser(t *testing.T) {
	_, err := Open(t.Context(), Config{Addr: []string{shared.Addr}, Writer: "w", User: "nobody"})
	if halt := (*HaltError)(nil); !errors.As(err, &halt) || halt.Hint != hintLogin {
		t.Errorf("got %v, want a HaltError with the hint to check the login", err)
	}
}
