package embedded

import (
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

func TestTypes(t *testing.T) {
	conn := mustOpen(t, mustShared(t), "takt_reader")
	at := time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC)
	none := (*string)(nil)
	some := "some"
	for _, tt := range []struct {
		sql  string
		got  any
		want any
	}{
		{"toUInt8(255)", new(uint8), uint8(255)},
		{"toUInt16(65535)", new(uint16), uint16(65535)},
		{"toUInt32(4294967295)", new(uint32), uint32(4294967295)},
		{"toUInt64(18446744073709551615)", new(uint64), uint64(18446744073709551615)},
		{"toInt64(-9)", new(int64), int64(-9)},
		{"toFloat64(0.5)", new(float64), 0.5},
		{"true", new(bool), true},
		{"toDateTime64('2026-03-04 05:06:07.089', 3, 'UTC')", new(time.Time), at},
		{"toLowCardinality('pick')", new(string), "pick"},
		{"toFixedString('0123456789abcdef', 16)", new(string), "0123456789abcdef"},
		{"CAST(NULL AS Nullable(String))", new(*string), none},
		{"CAST('some' AS Nullable(String))", new(*string), &some},
		{"['a', 'b']", new([]string), []string{"a", "b"}},
		{"map('k', toUInt64(1))", new(map[string]uint64), map[string]uint64{"k": 1}},
		{"CAST(['x', 'x', 'y'] AS Array(LowCardinality(String)))", new([]string), []string{"x", "x", "y"}},
		{"'订单'", new(string), "订单"},
	} {
		t.Run(tt.sql, func(t *testing.T) {
			if err := conn.QueryRow(t.Context(), "SELECT "+tt.sql).Scan(tt.got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(deref(tt.got), tt.want); diff != "" {
				t.Error(diff)
			}
		})
	}
	var (
		wide  = new(big.Int)
		money decimal.Decimal
	)
	if err := conn.QueryRow(t.Context(), "SELECT toUInt128('340282366920938463463374607431768211455'), toDecimal64('12345.67', 2)").Scan(wide, &money); err != nil {
		t.Fatal(err)
	}
	if wide.String() != "340282366920938463463374607431768211455" || money.String() != "12345.67" {
		t.Errorf("got %s and %s", wide, money)
	}
}

func deref(p any) any {
	switch v := p.(type) {
	case *uint8:
		return *v
	case *uint16:
		return *v
	case *uint32:
		return *v
	case *uint64:
		return *v
	case *int64:
		return *v
	case *float64:
		return *v
	case *bool:
		return *v
	case *time.Time:
		return *v
	case *string:
		return *v
	case **string:
		return *v
	case *[]string:
		return *v
	case *map[string]uint64:
		return *v
	}
	return p
}

func TestSettingsAndParameters(t *testing.T) {
	conn := mustOpen(t, mustShared(t), "takt_writer")
	ctx := clickhouse.Context(t.Context(),
		clickhouse.WithSettings(clickhouse.Settings{"max_threads": 3, "log_comment": "a 'b' c"}),
		clickhouse.WithParameters(clickhouse.Parameters{"stage": "pick'ing", "n": "7"}))
	var (
		threads uint64
		comment string
		stage   string
		n       uint32
	)
	if err := conn.QueryRow(ctx, "SELECT toUInt64(getSetting('max_threads')), getSetting('log_comment'), {stage:String}, {n:UInt32}").Scan(&threads, &comment, &stage, &n); err != nil {
		t.Fatal(err)
	}
	if threads != 3 || comment != "a 'b' c" || stage != "pick'ing" || n != 7 {
		t.Errorf("got %d, %q, %q, %d", threads, comment, stage, n)
	}
	// Nothing of it is left for the next statement.
	if got := mustCount(t, conn, "SELECT toUInt64(getSetting('log_comment') != '')"); got != 0 {
		t.Error("a setting outlived its statement")
	}
}

func TestErrors(t *testing.T) {
	conn := mustOpen(t, mustShared(t), "takt_writer")
	for _, tt := range []struct {
		name, sql string
		settings  clickhouse.Settings
		code      int32
	}{
		{"syntax", "SELEC 1", nil, 62},
		{"no table", "SELECT * FROM nosuch", nil, 60},
		{"no database", "SELECT * FROM nosuch.t", nil, 81},
		{"no column", "SELECT x FROM system.one", nil, 47},
		{"early", "SELECT throwIf(number = 5) FROM numbers(10)", nil, 395},
		{"late", "SELECT throwIf(number = 9000000) FROM numbers(10000000)", nil, 395},
		{"unknown setting", "SELECT 1", clickhouse.Settings{"no_such_setting": 1}, 115},
		{"bad setting", "SELECT 1", clickhouse.Settings{"max_threads": "many"}, 27},
		{"two statements", "SELECT 1; SELECT 2", nil, 62},
		{"outfile", "SELECT 1 INTO OUTFILE '/tmp/takt-never'", nil, 48},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := conn.Query(clickhouse.Context(t.Context(), clickhouse.WithSettings(tt.settings)), tt.sql)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
			}
			var e *clickhouse.Exception
			if !errors.As(err, &e) || e.Code != tt.code {
				t.Errorf("got %v, want code %d", err, tt.code)
			}
		})
	}
}

func TestCurl(t *testing.T) {
	ch := mustShared(t)
	for _, tt := range []struct {
		name, method, query, body string
		status                    int
		want                      string
	}{
		{"tab separated by default", "POST", "", "SELECT 1, 'a'", 200, "1\ta\n"},
		{"format", "POST", "", "SELECT 1 AS x FORMAT JSONEachRow", 200, "{\"x\":1}\n"},
		{"default format", "POST", "default_format=CSVWithNames", "SELECT 1 AS x", 200, "\"x\"\n1\n"},
		{"GET", "GET", q("SELECT 2;"), "", 200, "2\n"},
		{"query and body", "POST", q("SELECT"), "3", 200, "3\n"},
		{"parameter", "GET", q("SELECT {a:UInt8} + 1") + "&param_a=4", "", 200, "5\n"},
		{"one document", "POST", "", "SELECT count() FROM (SELECT number FROM numbers(1000000)) FORMAT JSONCompactColumns", 200, "[\n\t[1000000]\n]\n"},
		{"database", "POST", "database=system", "SELECT count() FROM one", 200, "1\n"},
		{"no database", "POST", "database=nosuch", "SELECT 1", 404, "Code: 81."},
		{"empty", "POST", "", " ", 400, "Code: 62."},
		{"GET cannot write", "GET", "user=takt_writer&" + q("CREATE TABLE never (a UInt8) ENGINE = Memory"), "", 500, "Code: 164."},
		{"default user", "POST", "user=default", "SELECT 1", 403, "Code: 516."},
		{"reader cannot write", "POST", "", "CREATE TABLE never (a UInt8) ENGINE = Memory", 500, "Code: 164."},
		{"reader cannot insert", "POST", "user=takt_boards", "INSERT INTO system.one FORMAT TSV\n1", 500, "Code: 164."},
		{"reader cannot read files", "POST", "", "SELECT file('/etc/hostname')", 403, "Code: 497."},
		{"reader cannot lift limits", "POST", "", "SET max_execution_time = 0", 500, "Code: 164."},
		{"reader lowers a limit", "POST", "max_execution_time=5", "SELECT getSetting('max_execution_time')", 200, "5\n"},
		{"reader does not raise it", "POST", "max_execution_time=0", "SELECT getSetting('max_execution_time')", 200, "300\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, text := curl(t, ch, tt.method, tt.query, tt.body)
			if status != tt.status || text != tt.want && !(status != 200 && strings.HasPrefix(text, tt.want)) {
				t.Errorf("got %d %q, want %d %q", status, text, tt.status, tt.want)
			}
		})
	}
	for _, path := range []string{"/ping", "/"} {
		resp, err := http.Get("http://" + ch.Addr + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(text) != "Ok.\n" {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
