package datasource

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

const (
	defaultTimeout = 10 * time.Second
	// The driver grants the server five seconds more, and the user takt_boards may
	// ask for a minute.
	maxTimeout  = 55 * time.Second
	defaultRows = 1000
	maxRows     = 10000
	dialTimeout = 5 * time.Second
)

// settings are what the configuration page holds.
type settings struct {
	Host     string
	Port     int
	Native   bool // ClickHouse's own protocol, else its HTTP interface
	TLS      *tls.Config
	User     string
	Password string
	Timeout  time.Duration // of one question
	Rows     int           // at most, of one frame
	Lang     language      // unless the question says otherwise
}

// stored is the configuration as Grafana keeps it. The password and the authority's
// certificate are among its secrets.
type stored struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Protocol string `json:"protocol"` // http or native
	Secure   bool   `json:"secure"`
	Username string `json:"username"`
	Timeout  int    `json:"timeoutSeconds"`
	Rows     int    `json:"maxRows"`
	Lang     string `json:"lang"`
}

func parseSettings(given backend.DataSourceInstanceSettings) (settings, error) {
	var raw stored
	if len(given.JSONData) > 0 {
		if err := json.Unmarshal(given.JSONData, &raw); err != nil {
			return settings{}, fmt.Errorf("read settings: %w: save the datasource's configuration anew", err)
		}
	}
	s := settings{
		Host: raw.Host, Port: raw.Port, Native: raw.Protocol == "native", User: raw.Username, Password: given.DecryptedSecureJSONData["password"],
		Timeout: time.Duration(raw.Timeout) * time.Second, Rows: raw.Rows, Lang: languageOf(raw.Lang, english),
	}
	var errs []error
	wrong := func(bad bool, en, zh string) {
		if bad {
			errs = append(errs, errors.New(s.Lang.say(en, zh)))
		}
	}
	wrong(s.Host == "", "the server's host is missing: enter it in the datasource's configuration", "缺少服务器主机名：请在数据源配置中填写")
	wrong(s.Port < 0 || s.Port > 65535, "the port is none: use 8123 (HTTP) or 9000 (native)", "端口无效：HTTP 用 8123，native 用 9000")
	wrong(raw.Protocol != "" && raw.Protocol != "http" && raw.Protocol != "native", "the protocol is unknown: use http or native", "协议未知：请用 http 或 native")
	wrong(s.Timeout < 0 || s.Timeout > maxTimeout, "the time limit is out of range: 1 to 55 seconds", "查询时限超出范围：1 至 55 秒")
	wrong(s.Rows < 0 || s.Rows > maxRows, "the most of rows is out of range: 1 to 10000", "行数上限超出范围：1 至 10000")
	if raw.Secure {
		s.TLS = &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
		if authority := given.DecryptedSecureJSONData["tlsCACert"]; authority != "" {
			s.TLS.RootCAs = x509.NewCertPool()
			wrong(!s.TLS.RootCAs.AppendCertsFromPEM([]byte(authority)), "the authority's certificate is no PEM", "CA 证书不是有效的 PEM")
		}
	}
	if len(errs) > 0 {
		return settings{}, errors.Join(errs...)
	}
	return s.withDefaults(), nil
}

func (s settings) withDefaults() settings {
	if s.Port == 0 {
		s.Port = map[[2]bool]int{{false, false}: 8123, {false, true}: 8443, {true, false}: 9000, {true, true}: 9440}[[2]bool{s.Native, s.TLS != nil}]
	}
	if s.User == "" {
		s.User = "takt_boards"
	}
	if s.Timeout == 0 {
		s.Timeout = defaultTimeout
	}
	if s.Rows == 0 {
		s.Rows = defaultRows
	}
	return s
}

// address is where ClickHouse is, "host:port".
func (s settings) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

func (s settings) connect() (driver.Conn, error) {
	o := &clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{s.address()}, TLS: s.TLS, Auth: clickhouse.Auth{Username: s.User, Password: s.Password},
		DialTimeout: dialTimeout, MaxOpenConns: connections + 1, MaxIdleConns: connections, // one more for CheckHealth
	}
	if s.Native {
		o.Protocol = clickhouse.Native
	}
	return clickhouse.Open(o)
}
