package config

import (
	"slices"
	"strconv"
	"strings"
)

func (l *loader) clickhouse(o *object) ClickHouse {
	c := ClickHouse{Protocol: o.oneOf("protocol", "http", "http", "native")}
	if p := l.getenv("TAKT_CLICKHOUSE_PROTOCOL"); p != "" {
		if !slices.Contains([]string{"http", "native"}, p) {
			l.environment("TAKT_CLICKHOUSE_PROTOCOL", strconv.Quote(p)+" is neither http nor native")
		}
		c.Protocol = p
	}
	fallback, other := "localhost:8123", ":9000"
	if c.Protocol == "native" {
		fallback, other = "localhost:9000", ":8123"
	}
	c.Addr = l.addresses(o, "addr", "TAKT_CLICKHOUSE_ADDR", fallback)
	for _, a := range c.Addr {
		if strings.HasSuffix(a, other) {
			l.warnings = append(l.warnings, Problem{
				o.doc.name, o.doc.line(o.at("addr")), o.at("addr"),
				a + " is by custom not the port of the protocol " + c.Protocol + ": http is 8123, native is 9000",
			})
		}
	}
	c.User = o.text("user", "takt_writer")
	if c.User == "" {
		o.report("user", "is empty: name the user that writes, such as takt_writer")
	}
	c.PasswordFile, c.Password = l.password(o, "TAKT_CLICKHOUSE_PASSWORD")
	c.Compression = o.oneOf("compression", "lz4", "lz4", "zstd", "none")
	c.TLS = l.tls(o)
	c.Cluster = o.text("cluster", "")
	o.done()
	return c
}
