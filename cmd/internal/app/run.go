package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/metrics"
)

// Run works until ctx ends, everything is stored (if that was all to do), or
// something fails.
func (a *App) Run(ctx context.Context) error {
	work, stop := context.WithCancel(ctx)
	defer stop()
	g, gctx := errgroup.WithContext(work)
	served := make(chan error, 1)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	if a.opt.Listen == nil || len(a.opt.Listen) > 0 {
		go func() { served <- metrics.Serve(serving, a.serverConfig(), a.opt.Logger) }()
	} else {
		served <- nil
	}
	g.Go(func() error { return a.work(gctx) })
	watching, stopWatching := context.WithCancel(gctx)
	var watched sync.WaitGroup
	watched.Go(func() { a.watchAudit(watching) })
	watched.Go(func() { a.watchParity(watching) })
	watched.Go(func() { a.watchReconciliation(watching) })
	if !a.opt.UntilCaughtUp {
		for i := range a.cfg.Sources {
			if s := &a.cfg.Sources[i]; s.Reconcile != nil {
				watched.Go(func() { a.reconciling(watching, s) })
			}
		}
		watched.Go(func() { a.watchSteps(watching) })
	}
	watched.Go(func() { a.watchRests(watching) })
	watched.Go(func() { a.watchNormals(watching) })
	notified := a.notify.start(watching)
	if a.feed != nil {
		watched.Go(func() { a.feed.Run(watching) })
	}
	done := make(chan error, 1)
	go func() { done <- g.Wait() }()
	var err error
	select {
	case err = <-done:
	case err = <-served: // only an error ends the server before it is told to stop
		stop()
		err = errors.Join(err, <-done)
		served <- nil
	}
	if err == nil && a.opt.UntilCaughtUp {
		a.rollSteps(ctx)
	}
	stopWatching()
	watched.Wait()
	<-notified
	stopServing()
	return errors.Join(err, <-served)
}

// work runs the ways of all sources. If everything is to be stored and that is all, what
// goes through another source's topic has to be there before that one is read to its end.
func (a *App) work(ctx context.Context) error {
	g, within := errgroup.WithContext(ctx)
	run := func(s *config.Source, way interface{ Run(context.Context) error }) {
		g.Go(func() error {
			if err := way.Run(within); err != nil {
				return fmt.Errorf("source %q: %w", s.Name, err)
			}
			return nil
		})
	}
	for _, r := range a.relays {
		run(r.source, r.work)
	}
	if a.opt.UntilCaughtUp {
		if err := g.Wait(); err != nil {
			return err
		}
		g, within = errgroup.WithContext(ctx)
	}
	for _, l := range a.lanes {
		run(l.source, l)
	}
	return g.Wait()
}

// auditEvery is how often the metrics of the audit and the ledger are refreshed.
const auditEvery = time.Minute

// watchAudit keeps the metrics of the audit and of the ledger up to date.
func (a *App) watchAudit(ctx context.Context) {
	tick := time.NewTicker(auditEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for i := range a.cfg.Sources {
			topic := a.cfg.Sources[i].Topic
			report, err := a.db.Audit(ctx, topic, "")
			if err != nil {
				if ctx.Err() == nil {
					a.opt.Logger.Warn("audit failed", "topic", topic, "err", err)
				}
				continue
			}
			a.metrics.SetAudit(topic, report.Missing, report.Overlapping)
		}
		for _, l := range a.lanes {
			if err := l.tellHandled(ctx); err != nil && ctx.Err() == nil {
				a.opt.Logger.Warn("ledger of exceptions cannot be read", "topic", l.source.Topic, "err", err)
			}
		}
	}
}
