package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/net/netutil"
)

const (
	readTimeout = 30 * time.Second // of a whole request: a sender that dawdles holds memory
	idleTimeout = 2 * time.Minute  // of a connection between two requests
	maxHeader   = 16 << 10
	slack       = 5 * time.Second // beyond what an answer waits for
)

// Serve answers on the listener until ctx ends, lets the deliveries under way end
// and closes the listener.
func (g *Gateway) Serve(ctx context.Context, l net.Listener) error {
	l = netutil.LimitListener(&fair{Listener: l, most: shareOf(g.cfg.Connections), open: map[netip.Prefix]int{}, closed: func() {
		g.complain(ctx, "an address has a quarter of all connections: more are closed")
	}}, g.cfg.Connections)
	if g.cfg.Certificate != nil {
		l = tls.NewListener(l, &tls.Config{
			MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: g.cfg.Certificate,
		})
	}
	s := &http.Server{
		Handler: g, ReadTimeout: readTimeout, ReadHeaderTimeout: readTimeout / 3, WriteTimeout: readTimeout + g.cfg.Patience + slack,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(g.cfg.Logger.Handler(), slog.LevelDebug), // what strangers send is no news
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	var err error
	select {
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.cfg.Patience+slack)
		defer cancel()
		if err = s.Shutdown(stop); err != nil {
			err = errors.Join(err, s.Close())
		}
		<-ended // only that it was shut down
	case err = <-ended:
	}
	g.Wait()
	if err != nil {
		return fmt.Errorf("serve gateway: %w", err)
	}
	return nil
}
