package datasource

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// failure is why ClickHouse gave no answer: what to do is in say.
type failure struct {
	reason string // for the log
	code   int32  // ClickHouse's; 0: none
	status backend.Status
	text   string // of the error
}

// The reasons of a failure.
const (
	tooSlow     = "too_slow"
	gone        = "cancelled"
	unreachable = "unreachable"
	login       = "login"
	rights      = "rights"
	schema      = "schema"
	overload    = "overload"
	other       = "other"
)

// failureOf judges an error of the driver. The codes are ClickHouse's.
// https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
func failureOf(err error) failure {
	f := failure{reason: other, status: backend.StatusInternal, text: err.Error()}
	var refused *clickhouse.Exception
	var network net.Error
	var answer *clickhouse.HTTPError
	switch {
	case errors.As(err, &refused):
		f.code = refused.Code
		f.reason, f.status = judge(refused.Code)
	case errors.Is(err, context.Canceled):
		f.reason, f.status = gone, backend.StatusTimeout
	case errors.Is(err, context.DeadlineExceeded):
		f.reason, f.status = tooSlow, backend.StatusTimeout
	case errors.As(err, &answer) && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden):
		f.reason, f.status = login, backend.StatusUnauthorized
	case errors.As(err, &network) && network.Timeout():
		f.reason, f.status = unreachable, backend.StatusBadGateway
	case errors.As(err, &network), errors.Is(err, clickhouse.ErrAcquireConnTimeout), errors.Is(err, clickhouse.ErrAcquireConnNoAddress):
		f.reason, f.status = unreachable, backend.StatusBadGateway
	}
	return f
}

func judge(code int32) (string, backend.Status) {
	switch code {
	case 192, 193, 194, 516: // UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED
		return login, backend.StatusUnauthorized
	case 164, 452, 497: // READONLY, SETTING_CONSTRAINT_VIOLATION, ACCESS_DENIED
		return rights, backend.StatusForbidden
	case 16, 46, 47, 60, 81, 115: // NO_SUCH_COLUMN_IN_TABLE, UNKNOWN_FUNCTION, _IDENTIFIER, _TABLE, _DATABASE, _SETTING
		return schema, backend.StatusNotFound
	case 159, 160: // TIMEOUT_EXCEEDED, TOO_SLOW
		return tooSlow, backend.StatusTimeout
	case 202, 241, 396: // TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS_OR_BYTES
		return overload, backend.StatusTooManyRequests
	}
	return other, backend.StatusInternal
}

// say tells what is wrong and what to do.
func (f failure) say(l language, s settings) string {
	switch f.reason {
	case tooSlow:
		return fmt.Sprintf(l.say("The question took longer than %s and was stopped: try again, or raise the time limit in the datasource's configuration.",
			"查询超过 %s，已停止：请重试，或在数据源配置中提高查询时限。"), s.Timeout)
	case gone:
		return l.say("The question was withdrawn before its answer.", "查询在返回前已取消。")
	case unreachable:
		return fmt.Sprintf(l.say("ClickHouse does not answer at %s: check host, port, protocol and encryption in the datasource's configuration, and that the server runs (%s).",
			"ClickHouse（%s）无响应：请检查数据源配置中的主机、端口、协议与加密，并确认服务器正在运行（%s）。"), s.address(), brief(f.text))
	case login:
		return fmt.Sprintf(l.say("ClickHouse refuses the user %q: check user and password in the datasource's configuration; takt migrate --users --print tells how the user is made.",
			"ClickHouse 拒绝用户 %q：请检查数据源配置中的用户名与密码；takt migrate --users --print 给出创建用户的语句。"), s.User)
	case rights:
		return fmt.Sprintf(l.say("The user %q may not read the database takt: grant it what takt migrate --users --print tells (%s).",
			"用户 %q 无权读取数据库 takt：请按 takt migrate --users --print 的语句授权（%s）。"), s.User, brief(f.text))
	case schema:
		return fmt.Sprintf(l.say("The database takt does not fit this plugin: run takt migrate there, or use the plugin of the same version as Takt (%s).",
			"数据库 takt 与本插件不匹配：请运行 takt migrate，或使用与 Takt 同版本的插件（%s）。"), brief(f.text))
	case overload:
		return fmt.Sprintf(l.say("ClickHouse is busy or out of memory: try again in a moment, or ask for fewer panels at once (%s).",
			"ClickHouse 繁忙或内存不足：请稍后重试，或减少同时打开的面板（%s）。"), brief(f.text))
	}
	return fmt.Sprintf(l.say("ClickHouse could not answer: %s", "ClickHouse 未能返回结果：%s"), brief(f.text))
}

// brief leaves of an error what a person reads.
func brief(text string) string {
	const most = 240
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}
