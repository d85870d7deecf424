// Package gateway takes what systems push over HTTP into the log: a Gateway has an
// Endpoint per source and answers POST /in/SOURCE.
//
// The contract:
//
//   - 2xx is answered only after the log has acknowledged the body. Whatever else is
//     answered, the body may or may not stand in the log: a sender that tries again
//     loses nothing.
//   - The body goes to the log as it came, under the number of its order. What it
//     means is decided by who reads the log; only what is no JSON object is refused.
//   - A delivery told again is answered as taken and not written again, for as long
//     as it is remembered: at least the window, unless more than Remembered
//     deliveries of the source came in it. Nothing is remembered across a restart and
//     two attempts at one time are both written: the identity of the events, which
//     depends on the body alone, makes that one.
//   - A request whose time lies outside the window is refused, and so is a proof of
//     authenticity that was used for another delivery.
//   - Memory is bounded: bodies by Config.Memory, as they come, connections by
//     Config.Connections, headers by 16 KiB each. Past a bound senders are told when to
//     come again. One address has at most a quarter of the connections, and of the
//     memory as long as its bodies are not known to be genuine: senders that are slow
//     or strange do not keep others out.
//
// Neither answers nor logs hold anything of a body.
package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Delivery is what goes to the log.
type Delivery struct {
	Key      []byte // number of the order; nil: the body names none
	Body     []byte
	ID       string    // of the delivery, as the sender numbers it; empty: it does not
	Received time.Time // when its headers were read
}

// Log takes deliveries.
type Log interface {
	// Append returns when the delivery stands in the log for good. Its error is a
	// *Refused if no repetition will help.
	Append(ctx context.Context, d Delivery) error
}

// Endpoint is where one source pushes to.
type Endpoint struct {
	Source   string   // name; POST /in/SOURCE
	Verifier Verifier // required
	Log      Log      // required
	// Key returns the number of the order that a body is about, nil if it names
	// none; ok is false if the body is no JSON object. It is called by many
	// goroutines; required.
	Key     func(body []byte) (key []byte, ok bool)
	MaxBody int     // bytes; default 1 MiB
	Rate    float64 // deliveries a second, with bursts of as many; 0: any
}

// Observer counts.
type Observer interface {
	// Delivered counts a request of the source by its result; took is from its
	// headers to its answer. Requests to no source have an empty one.
	Delivered(source string, result Result, took time.Duration)
	// Held tells how many bytes of bodies are in memory.
	Held(bytes int)
}

// Config describes a Gateway. Endpoints are required.
type Config struct {
	Endpoints []Endpoint
	Memory    int           // bytes of bodies at one time; default 64 MiB
	Patience  time.Duration // for the log's acknowledgement; default 15 s
	Observer  Observer      // default: none
	Logger    *slog.Logger  // default: discard
	Now       func() time.Time

	Connections int // open at one time; default 4096
	// Certificate returns the certificate to show; nil: no TLS.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
}

// Validate sets the defaults and returns every error of the configuration.
func (c *Config) Validate() error {
	var errs []error
	if len(c.Endpoints) == 0 {
		errs = append(errs, errors.New("endpoints: none given"))
	}
	setDefault(&c.Memory, 64<<20)
	setDefault(&c.Patience, 15*time.Second)
	setDefault(&c.Connections, 4096)
	if c.Observer == nil {
		c.Observer = silent{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	names := map[string]bool{}
	for i := range c.Endpoints {
		e := &c.Endpoints[i]
		setDefault(&e.MaxBody, 1<<20)
		switch {
		case e.Source == "" || names[e.Source]:
			errs = append(errs, fmt.Errorf("endpoint %d: source %q is empty or stands twice", i, e.Source))
		case e.Verifier == nil || e.Log == nil || e.Key == nil:
			errs = append(errs, fmt.Errorf("endpoint %q: verifier, log and key are required", e.Source))
		case e.MaxBody < 1 || e.MaxBody > c.Memory:
			errs = append(errs, fmt.Errorf("endpoint %q: a body of %d bytes does not fit into the memory of %d", e.Source, e.MaxBody, c.Memory))
		case e.Rate < 0:
			errs = append(errs, fmt.Errorf("endpoint %q: rate %v is negative", e.Source, e.Rate))
		}
		names[e.Source] = true
	}
	return errors.Join(errs...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

type silent struct{}

func (silent) Delivered(string, Result, time.Duration) {}
func (silent) Held(int)                                {}

// Gateway takes deliveries. It is an http.Handler.
type Gateway struct {
	cfg       Config
	endpoints map[string]*endpoint
	memory    *memory
	appends   sync.WaitGroup // of the log that are under way, answered or not
	complaint complaint
}

type endpoint struct {
	Endpoint
	seen *seen
	rate *rate
}

var _ http.Handler = (*Gateway)(nil)

// New returns a Gateway.
func New(cfg Config) (*Gateway, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure gateway: %w", err)
	}
	g := &Gateway{cfg: cfg, endpoints: map[string]*endpoint{}, memory: newMemory(cfg.Memory, cfg.Observer.Held), complaint: complaint{last: map[string]time.Time{}}}
	for _, e := range cfg.Endpoints {
		g.endpoints[e.Source] = &endpoint{Endpoint: e, seen: newSeen(e.Verifier.Window()), rate: newRate(e.Rate)}
	}
	return g, nil
}

// Path is where the source pushes to.
func Path(source string) string { return prefix + url.PathEscape(source) }

const prefix = "/in/"

// Wait returns when no append is under way any more. No request may come while it
// waits.
func (g *Gateway) Wait() { g.appends.Wait() }
