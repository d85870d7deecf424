package app

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/takt-orders/takt/metrics"
)

// newRegistry returns a registry with what every process tells of itself.
func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// serveMetrics serves the metrics of a process that is ready as soon as it runs, until
// ctx ends; without addresses it returns at once.
func serveMetrics(ctx context.Context, c metrics.ServerConfig, log *slog.Logger) error {
	if len(c.Addresses) == 0 {
		return nil
	}
	c.Ready = func() bool { return true }
	return metrics.Serve(ctx, c, log)
}
