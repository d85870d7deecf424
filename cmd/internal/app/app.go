// Package app wires Takt together: configuration, store, sources, pipelines,
// metrics and their HTTP server. New checks and connects, Run works until its
// context ends or something fails that no retry mends. It can be embedded, so
// that tests run the real program in their own process.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/alerts/exception/feed"
	"github.com/takt-orders/takt/alerts/exception/rest"
	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/view"
)

// Options are what the command line adds to the configuration.
type Options struct {
	Listen        []string // of the metrics server; nil: its default; empty: no server
	WebConfig     string   // exporter-toolkit's configuration file
	Public        bool     // the console is open to whoever reaches it: nothing in it is real
	UntilCaughtUp bool     // Run returns once everything in the topics is stored
	Version       string
	Commit        string
	Logger        *slog.Logger
	Now           func() time.Time
	// Listening is told the addresses of the metrics server.
	Listening func([]net.Addr)
	// Failpoint is called at named points of a flush, for tests that kill the
	// process there.
	Failpoint func(point string)
}

// App is one running Takt.
type App struct {
	cfg      *config.Config
	opt      Options
	writer   string
	registry *prometheus.Registry
	metrics  *metrics.Metrics
	db       *clickhouse.DB
	lanes    []*lane
	relays   []*relay
	notify   *notifier     // nil: nothing is configured
	changes  *kafka.Source // of the ledger's topic; nil: none
	feed     *feed.Feed    // reads it; nil: none
	console  http.Handler  // nil: no process to show
	unready  atomic.Int32  // lanes not ready
}

// New connects to the store, brings its schema up to date and prepares a lane per
// source. Close frees what it took.
func New(ctx context.Context, cfg *config.Config, opt Options) (_ *App, err error) {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	a := &App{cfg: cfg, opt: opt, writer: startID(), registry: newRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.metrics, err = metrics.New(a.metricsConfig(), a.registry); err != nil {
		return nil, err
	}
	if a.db, err = OpenStore(ctx, cfg, func(c *clickhouse.Config) {
		c.Writer, c.Logger, c.Observer, c.Failpoint = a.writer, opt.Logger, storeObserver{a.metrics}, opt.Failpoint
	}); err != nil {
		return nil, err
	}
	if err := a.db.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := a.db.VerifyDeduplication(ctx); err != nil {
		return nil, err
	}
	if err := a.db.SyncProcesses(ctx, order.At(opt.Now()), cfg.Processes); err != nil {
		return nil, err
	}
	for _, c := range cfg.Calendars {
		if year := opt.Now().In(c.Zone).Year(); !c.Announced(year) {
			opt.Logger.Warn("calendar has no holidays of this year: regular weeks count", "calendar", c.Name, "year", year)
		}
	}
	if err := a.db.SyncCalendars(ctx, order.At(opt.Now()), cfg.Calendars); err != nil {
		return nil, err
	}
	if err := view.Apply(ctx, a.db, opt.Now()); err != nil {
		return nil, err
	}
	for i := range cfg.Sources {
		if err := a.checkEpoch(ctx, &cfg.Sources[i]); err != nil {
			return nil, err
		}
	}
	sink := clickhouse.NewWriter(a.db, cfg.Processes...)
	for i := range cfg.Sources {
		if err := a.addSource(ctx, &cfg.Sources[i], sink); err != nil {
			return nil, err
		}
	}
	if cfg.Notify != nil {
		if a.notify, err = a.newNotifier(); err != nil {
			return nil, err
		}
	}
	if err := a.openFeed(); err != nil {
		return nil, err
	}
	if err := a.openConsole(); err != nil {
		return nil, err
	}
	a.unready.Store(int32(len(a.lanes) + len(a.relays)))
	if !cfg.API.Token.Known() {
		opt.Logger.Info("the HTTP API of exceptions is off: name api.token_file to use it")
	}
	opt.Logger.Info("started", "writer", a.writer, "sources", len(cfg.Sources))
	return a, nil
}

// addSource makes the way of a source: into the store, or into another's topic.
func (a *App) addSource(ctx context.Context, s *config.Source, sink ingest.Sink) error {
	if s.Through != "" {
		r, err := a.newRelay(s, sink)
		if err == nil {
			a.relays = append(a.relays, r)
		}
		return err
	}
	l, err := a.newLane(ctx, s, sink)
	if err == nil {
		a.lanes = append(a.lanes, l)
	}
	return err
}

// checkEpoch refuses an epoch below one that was written: its rows would lose
// against every stored one.
func (a *App) checkEpoch(ctx context.Context, s *config.Source) error {
	last, ok, err := a.db.LastEpoch(ctx, s.Topic)
	if err != nil {
		return err
	}
	if ok && s.Epoch < last {
		return &ingest.Halt{
			Message: fmt.Sprintf("source %q has epoch %d, but topic %q was stored with epoch %d", s.Name, s.Epoch, s.Topic, last),
			Hint:    fmt.Sprintf("set `epoch: %d` in takt.yaml, or a greater one to read the topic anew", last),
		}
	}
	return nil
}

// startID identifies one start of a process.
func startID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(b[:])
}

// Registry is where the metrics are registered.
func (a *App) Registry() *prometheus.Registry { return a.registry }

// Store is the connection to ClickHouse.
func (a *App) Store() *clickhouse.DB { return a.db }

// Close frees the connections. Run has to have returned.
func (a *App) Close() error {
	var errs []error
	for _, l := range a.lanes {
		errs = append(errs, l.close())
	}
	for _, r := range a.relays {
		errs = append(errs, r.close())
	}
	if a.changes != nil {
		errs = append(errs, a.changes.Close())
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	return errors.Join(errs...)
}

func (a *App) metricsConfig() metrics.Config {
	c := metrics.Config{
		Processes: a.cfg.Processes, Channels: a.cfg.Channels, Currencies: a.cfg.Currencies, ExtraLabels: a.cfg.Metrics.ExtraLabels,
		NativeHistograms: a.cfg.Metrics.NativeHistograms, Version: a.opt.Version, Commit: a.opt.Commit, Now: a.opt.Now,
		RetryReasons: clickhouse.RetryReasons(),
	}
	for i := range a.cfg.Sources {
		s := &a.cfg.Sources[i]
		c.Sources = append(c.Sources, metrics.Source{
			Name: s.Name, Process: s.Process.Name, Topic: s.Topic, Fields: s.Mapping.Counted(), Reconciles: s.Reconcile != nil,
		})
	}
	return c
}

func (a *App) serverConfig() metrics.ServerConfig {
	c := metrics.ServerConfig{
		Addresses: a.opt.Listen, ConfigFile: a.opt.WebConfig, Gatherer: a.registry, Ready: a.metrics.Ready,
		Version: a.opt.Version, Listening: a.opt.Listening,
		Handlers: map[string]http.Handler{rest.Prefix: a.api()},
	}
	if a.console != nil {
		c.Handlers["/"] = a.console
	}
	if a.notify != nil {
		c.Handlers[notify.PagePath] = a.notify.hub.Handler()
	}
	return c
}

// ready is told by a lane that it has recovered, or lost that.
func (a *App) ready(ready bool) {
	n := a.unready.Add(map[bool]int32{true: -1, false: 1}[ready])
	a.metrics.SetReady(n == 0)
}

// KafkaCluster translates the configuration of the cluster.
func KafkaCluster(cfg *config.Config) (kafka.Cluster, error) {
	c := kafka.Cluster{Brokers: cfg.Kafka.Brokers}
	if cfg.Kafka.TLS != nil {
		var err error
		if c.TLS, err = cfg.Kafka.TLS.Client(); err != nil {
			return c, fmt.Errorf("configure kafka: %w", err)
		}
	}
	if s := cfg.Kafka.SASL; s != nil {
		c.SASL = &kafka.SASL{Mechanism: s.Mechanism, User: s.User, Password: s.Password.Reveal()}
	}
	return c, nil
}

// OpenStore connects to the configured ClickHouse; change, if not nil, completes
// its configuration.
func OpenStore(ctx context.Context, cfg *config.Config, change func(*clickhouse.Config)) (*clickhouse.DB, error) {
	c := clickhouse.Config{
		Addr: cfg.ClickHouse.Addr, Protocol: cfg.ClickHouse.Protocol, User: cfg.ClickHouse.User,
		Password: cfg.ClickHouse.Password.Reveal(), Compression: cfg.ClickHouse.Compression,
		Cluster: cfg.ClickHouse.Cluster, Writer: startID(),
	}
	if cfg.ClickHouse.TLS != nil {
		var err error
		if c.TLS, err = cfg.ClickHouse.TLS.Client(); err != nil {
			return nil, fmt.Errorf("configure clickhouse: %w", err)
		}
	}
	if change != nil {
		change(&c)
	}
	return clickhouse.Open(ctx, c)
}
