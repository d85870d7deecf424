package clickhouse

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/ingest"
)

// The protocols of a server.
const (
	HTTP   = "http"   // ClickHouse's HTTP interface, port 8123 or 8443
	Native = "native" // ClickHouse's TCP protocol, port 9000 or 9440; unproven until it ran on a real server
)

// Config says where ClickHouse is and how Takt writes to it.
type Config struct {
	// Addr holds one or more "host:port"; the first that answers is used.
	Addr []string
	// Protocol is HTTP or Native. Empty is HTTP.
	Protocol string
	// User is who Takt connects as. Empty is takt_writer.
	User string
	// Password of User.
	Password string
	// TLS, if not nil, encrypts connections.
	TLS *tls.Config
	// Compression of what is sent: lz4, zstd or none. Empty is lz4.
	Compression string
	// Cluster, if not empty, is the name under which ClickHouse knows its shards and
	// replicas: tables become replicated and reading distributed. Unproven until it
	// ran on two servers.
	Cluster string
	// Writer identifies this start of the process, in letters and digits. It is part
	// of every deduplication token, so it never repeats. Empty is a random one.
	Writer string

	// DialTimeout bounds opening a connection. Zero is 5 s.
	DialTimeout time.Duration
	// InsertTimeout bounds one attempt of one insert. Zero is 60 s.
	InsertTimeout time.Duration
	// RetryMax bounds the pause between two attempts. Zero is 5 s.
	RetryMax time.Duration
	// DedupAge is the age after which a retry no longer trusts the server to know
	// its token and reads progress first. Zero is 60 s: half the time in which a
	// hundred inserts a second fill a table's deduplication window.
	DedupAge time.Duration
	// MaxConns bounds the connections held open. Zero is 16.
	MaxConns int

	// Observer, if not nil, is told of inserts and retries.
	Observer Observer
	// Logger, if nil, discards.
	Logger *slog.Logger
	// Failpoint, if not nil, is called at named points of a flush: "before:<table>",
	// "inside:<table>" when half of an insert has left, "after:<table>". It serves
	// tests that kill the process there.
	Failpoint func(point string)
	// Before, if not nil, is called before each insert of a flush.
	Before func(table string, f *ingest.Flush)
}

// Observer is told what a Writer does. Its methods are called by several
// goroutines.
type Observer interface {
	// Inserted tells of an acknowledged insert and how long its last attempt took.
	Inserted(table string, rows int, took time.Duration)
	// Retried tells that an insert will be tried again, for a reason of RetryReasons.
	Retried(reason string)
}

var (
	writerName  = regexp.MustCompile(`^[A-Za-z0-9]{0,64}$`)
	clusterName = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,128}$`)
)

// Validate returns everything wrong with c.
func (c *Config) Validate() error {
	var errs []error
	if len(c.Addr) == 0 {
		errs = append(errs, errors.New("clickhouse address is missing: give host:port"))
	}
	switch c.Protocol {
	case "", HTTP, Native:
	default:
		errs = append(errs, fmt.Errorf("clickhouse protocol %q is unknown: use http or native", c.Protocol))
	}
	switch c.Compression {
	case "", "lz4", "zstd", "none":
	default:
		errs = append(errs, fmt.Errorf("clickhouse compression %q is unknown: use lz4, zstd or none", c.Compression))
	}
	if !writerName.MatchString(c.Writer) {
		errs = append(errs, fmt.Errorf("clickhouse writer %q must be at most 64 letters and digits", c.Writer))
	}
	if !clusterName.MatchString(c.Cluster) {
		errs = append(errs, fmt.Errorf("clickhouse cluster %q is no name of a cluster", c.Cluster))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&c.DialTimeout, 5*time.Second)
	set(&c.InsertTimeout, 60*time.Second)
	set(&c.RetryMax, 5*time.Second)
	set(&c.DedupAge, 60*time.Second)
	if c.Protocol == "" {
		c.Protocol = HTTP
	}
	if c.Writer == "" {
		c.Writer = strings.ToLower(rand.Text())
	}
	if c.User == "" {
		c.User = WriterUser
	}
	if c.Compression == "" {
		c.Compression = "lz4"
	}
	if c.MaxConns == 0 {
		c.MaxConns = 16
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// options returns the driver's options. Answers are not compressed over HTTP:
// what Takt reads is small or states, which are compressed already.
func (c *Config) options() *driver.Options {
	o := &driver.Options{
		Protocol:     driver.HTTP,
		TLS:          c.TLS,
		Addr:         c.Addr,
		Auth:         driver.Auth{Username: c.User, Password: c.Password},
		DialTimeout:  c.DialTimeout,
		MaxOpenConns: c.MaxConns,
		MaxIdleConns: c.MaxConns,
		ClientInfo:   driver.ClientInfo{Products: []struct{ Name, Version string }{{Name: "takt", Version: "1"}}},
	}
	if c.Protocol == Native {
		o.Protocol = driver.Native
		method := map[string]driver.CompressionMethod{
			"lz4": driver.CompressionLZ4, "zstd": driver.CompressionZSTD, "none": driver.CompressionNone,
		}[c.Compression]
		o.Compression = &driver.Compression{Method: method}
	} else {
		o.TransportFunc = func(t *http.Transport) (http.RoundTripper, error) {
			return &insertTransport{t, c.Compression != "none"}, nil
		}
	}
	return o
}

// insertTransport adds to inserts the parameters of the HTTP interface that the
// driver, given them as settings, would send with its own first question too:
// whether the body is compressed, and that the answer waits for the insert's end.
type insertTransport struct {
	*http.Transport
	compressed bool
}

func (t *insertTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.RawQuery, "&query=INSERT+INTO+takt_store.") {
		clone, u := *r, *r.URL
		u.RawQuery += "&wait_end_of_query=1"
		if t.compressed {
			u.RawQuery += "&decompress=1"
		}
		clone.URL = &u
		r = &clone
	}
	return t.Transport.RoundTrip(r)
}

type nobody struct{}

func (nobody) Inserted(string, int, time.Duration) {}
func (nobody) Retried(string)                      {}
