package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/gateway"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/metrics"
)

// GatewayOptions are what the command line adds to the configuration.
type GatewayOptions struct {
	Listen    []string // of the metrics server; nil: none
	WebConfig string   // exporter-toolkit's configuration file
	Version   string
	Logger    *slog.Logger
	Now       func() time.Time
	// Patience is how long the log's acknowledgement is waited for; 0: the gateway's
	// default.
	Patience time.Duration
	// Listening is told the address that is pushed to, then those of the metrics
	// server.
	Listening func([]net.Addr)
}

// Gateway is one running gateway.
type Gateway struct {
	cfg      *config.Config
	opt      GatewayOptions
	registry *prometheus.Registry
	gateway  *gateway.Gateway
	topics   []*kafka.Producer
}

// NewGateway prepares what the configuration says; its topics have to exist. Close
// frees what it took.
func NewGateway(ctx context.Context, cfg *config.Config, opt GatewayOptions) (_ *Gateway, err error) {
	g := &Gateway{cfg: cfg, opt: opt, registry: newRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	cluster, err := KafkaCluster(cfg)
	if err != nil {
		return nil, err
	}
	c := gateway.Config{Memory: cfg.Gateway.Memory, Patience: opt.Patience, Logger: opt.Logger, Now: opt.Now}
	if cfg.Gateway.TLS != nil {
		c.Certificate = cfg.Gateway.TLS.Server
	}
	var names, results []string
	for i := range cfg.Gateway.Endpoints {
		e := &cfg.Gateway.Endpoints[i]
		names = append(names, e.Source)
		verifier, err := verifierOf(e)
		if err != nil {
			return nil, fmt.Errorf("endpoint of source %q: %w", e.Source, err)
		}
		s := cfg.Source(e.Source)
		topic, err := openProducer(ctx, cluster, s, pushBatch, opt.Logger)
		if err != nil {
			return nil, err
		}
		g.topics = append(g.topics, topic)
		key, err := keyOf(s, cfg)
		if err != nil {
			return nil, err
		}
		c.Endpoints = append(c.Endpoints, gateway.Endpoint{
			Source: e.Source, Verifier: verifier, Log: deliveries{topic, s}, Key: key, MaxBody: s.MaxRecordBytes, Rate: float64(e.Rate),
		})
	}
	for _, r := range gateway.Results() {
		results = append(results, r.String())
	}
	counted, err := metrics.NewGateway(names, results, g.registry)
	if err != nil {
		return nil, err
	}
	c.Observer = requests{counted}
	g.gateway, err = gateway.New(c)
	return g, err
}

// pushBatch is how many deliveries fill a batch for Kafka: a few, since they come
// one by one and what a batch takes is part of what a delivery is accounted for.
const pushBatch = 64

// Run serves until ctx ends; what is under way then is answered first.
func (g *Gateway) Run(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", g.cfg.Gateway.Listen)
	if err != nil {
		return fmt.Errorf("listen for deliveries: %w", err)
	}
	if g.opt.Listening != nil {
		g.opt.Listening([]net.Addr{l.Addr()})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.gateway.Serve(ctx, l) })
	group.Go(func() error {
		return serveMetrics(ctx, metrics.ServerConfig{
			Addresses: g.opt.Listen, ConfigFile: g.opt.WebConfig, Gatherer: g.registry, Version: g.opt.Version, Listening: g.opt.Listening,
		}, g.opt.Logger)
	})
	return group.Wait()
}

// Registry is where the metrics are registered.
func (g *Gateway) Registry() *prometheus.Registry { return g.registry }

// Close ends the connections. Run has to have returned.
func (g *Gateway) Close() error { return closeTopics(nil, g.topics...) }

func verifierOf(e *config.Endpoint) (gateway.Verifier, error) {
	secret := []byte(e.Secret.Reveal())
	switch e.Auth {
	case config.AuthJiandaoyun:
		return &gateway.Jiandaoyun{Secret: secret, Within: e.Window}, nil
	case config.AuthBearer:
		return &gateway.Bearer{Token: secret, DeliveryHeader: e.DeliveryHeader, Within: e.Window}, nil
	default:
		key, err := gateway.WebhookSecret(e.Secret.Reveal())
		return &gateway.Webhook{Secret: key, Within: e.Window}, err
	}
}

// keyOf returns a function that finds the number of the order in a record of the
// source, as its mapping says.
func keyOf(s *config.Source, cfg *config.Config) (func(body []byte) ([]byte, bool), error) {
	if _, err := NewDecoder(s, cfg); err != nil {
		return nil, err
	}
	decoders := sync.Pool{New: func() any { return newDecoder(s, cfg) }}
	return func(body []byte) ([]byte, bool) {
		d := decoders.Get().(*decoder)
		defer decoders.Put(d)
		d.arena.Reset()
		number, invalid := d.Order(body, &d.arena)
		if invalid != nil {
			return nil, false
		}
		if number == "" {
			return nil, true
		}
		return []byte(number), true
	}, nil
}

// DeliveryHeader is the key of the record header that holds the id of the delivery.
const DeliveryHeader = "takt-delivery"

// deliveries is the log of a gateway.
type deliveries struct {
	topic  *kafka.Producer
	source *config.Source
}

var _ gateway.Log = deliveries{}

// Append writes the delivery, acknowledged by all replicas.
func (d deliveries) Append(ctx context.Context, delivery gateway.Delivery) error {
	m := kafka.Message{Key: delivery.Key, Value: delivery.Body, Time: delivery.Received}
	if delivery.ID != "" {
		m.Headers = []kafka.Header{{Key: DeliveryHeader, Value: []byte(delivery.ID)}}
	}
	err := d.topic.Write(ctx, m)
	if !errors.Is(err, kafka.ErrTooLarge) {
		return err
	}
	limit, unknown := d.topic.MaxMessageBytes(ctx) // as it is now: it may have been raised since the start
	return &gateway.Refused{Limit: limit, Err: errors.Join(fmt.Errorf("%w: %s", err, raise(d.source, d.source.MaxRecordBytes+recordSlack)), unknown)}
}

// requests counts what a gateway answers.
type requests struct{ metrics *metrics.Gateway }

// Delivered counts a request.
func (r requests) Delivered(source string, result gateway.Result, took time.Duration) {
	if result != gateway.Taken {
		took = 0
	}
	r.metrics.Delivered(source, result.String(), took)
}

// Held tells the memory that is held.
func (r requests) Held(bytes int) { r.metrics.Held(bytes) }
