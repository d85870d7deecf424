package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"
)

// DefaultAddress is where the server listens unless told otherwise.
const DefaultAddress = ":8380"

// ServerConfig is what the HTTP server needs.
type ServerConfig struct {
	Addresses  []string                   // --web.listen-address; default DefaultAddress
	ConfigFile string                     // --web.config.file of exporter-toolkit: TLS, basic auth; empty: neither
	Gatherer   prometheus.Gatherer        // required; what /metrics shows
	Ready      func() bool                // required; what /readyz tells
	Version    string                     // shown on the landing page
	Listening  func(addresses []net.Addr) // told the bound addresses once; may be nil
	Handlers   map[string]http.Handler    // further pages, by pattern of http.ServeMux; one of "/" takes the landing page's place
	Grace      time.Duration              // for requests under way when ctx ends; default 5 s
}

// Serve serves /metrics, /healthz, /readyz, /-/healthy, /-/ready, the further pages
// and, where none of them is the first, a landing page, until ctx ends, then stops gracefully and returns nil. TLS and basic auth
// of the configuration file hold for every path, the probes included. A nil logger
// discards.
func Serve(ctx context.Context, config ServerConfig, logger *slog.Logger) error {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	if len(config.Addresses) == 0 {
		config.Addresses = []string{DefaultAddress}
	}
	if config.Grace == 0 {
		config.Grace = 5 * time.Second
	}
	if err := web.Validate(config.ConfigFile); err != nil {
		return fmt.Errorf("read web configuration %q: %w", config.ConfigFile, err)
	}
	handler, err := NewHandler(config, logger)
	if err != nil {
		return err
	}
	listeners, err := listen(ctx, config.Addresses)
	if err != nil {
		return err
	}
	if config.Listening != nil {
		bound := make([]net.Addr, len(listeners))
		for i, l := range listeners {
			bound[i] = l.Addr()
		}
		config.Listening(bound)
	}
	return serve(ctx, config, handler, listeners, logger)
}

// serve runs one server per listener, since exporter-toolkit changes the server
// that it is given.
func serve(ctx context.Context, config ServerConfig, handler http.Handler, listeners []net.Listener, logger *slog.Logger) error {
	servers := make([]*http.Server, len(listeners))
	ended := make(chan error, len(listeners))
	for i, l := range listeners {
		s := &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		}
		servers[i] = s
		go func() {
			defer l.Close() //nolint:errcheck // closed by the server unless it did not begin
			flags := &web.FlagConfig{WebListenAddresses: &config.Addresses, WebConfigFile: &config.ConfigFile}
			ended <- web.Serve(l, s, flags, logger)
		}()
	}
	var errs []error
	running := len(servers)
	select {
	case <-ctx.Done():
	case err := <-ended:
		running--
		errs = append(errs, fmt.Errorf("serve metrics: %w", err))
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), config.Grace)
	defer cancel()
	for _, s := range servers {
		if err := s.Shutdown(stop); err != nil {
			errs = append(errs, fmt.Errorf("stop metrics server: %w", errors.Join(err, s.Close())))
		}
	}
	for ; running > 0; running-- {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, fmt.Errorf("serve metrics: %w", err))
		}
	}
	return errors.Join(errs...)
}

func listen(ctx context.Context, addresses []string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, a := range addresses {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a)
		if err != nil {
			for _, l := range listeners {
				l.Close() //nolint:errcheck // nothing was accepted
			}
			return nil, fmt.Errorf("listen on %q: %w", a, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// NewHandler returns the pages that Serve serves, without TLS and basic auth. A
// scrape that fails in part shows the rest and logs.
func NewHandler(config ServerConfig, logger *slog.Logger) (http.Handler, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	landing, err := web.NewLandingPage(web.LandingConfig{
		Name:        "Takt",
		Description: "Where orders are late, why, and who can act",
		Version:     config.Version,
		Profiling:   "false",
		Links: []web.LandingLinks{
			{Address: "/metrics", Text: "Metrics", Description: "what Prometheus scrapes"},
			{Address: "/healthz", Text: "Health", Description: "whether the process lives"},
			{Address: "/readyz", Text: "Readiness", Description: "whether recovery has ended and records are read"},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make landing page: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(config.Gatherer, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(logger.Handler(), slog.LevelError),
		ErrorHandling: promhttp.ContinueOnError,
	}))
	for _, path := range []string{"/healthz", "/-/healthy"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok\n") })
	}
	for _, path := range []string{"/readyz", "/-/ready"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			if config.Ready() {
				answer(w, http.StatusOK, "ready\n")
			} else {
				answer(w, http.StatusServiceUnavailable, "not ready: recovery has not ended\n")
			}
		})
	}
	if config.Handlers["/"] == nil {
		mux.Handle("GET /{$}", landing)
	}
	for pattern, h := range config.Handlers {
		mux.Handle(pattern, h)
	}
	return mux, nil
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client may be gone
}
