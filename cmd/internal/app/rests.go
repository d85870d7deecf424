package app

import (
	"context"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// restsEvery is how often the medians of what orders have still to go are looked for:
// they change by the day, and a day ahead of their use.
const restsEvery = time.Hour

// loadRests reads the medians of the lane's process.
func (l *lane) loadRests(ctx context.Context) error {
	rests, err := l.app.db.Rests(ctx, l.source.Process)
	if err != nil {
		return err
	}
	l.rests.Store(&rests)
	return nil
}

// latestRests is what the pipeline judges by.
func (l *lane) latestRests() tracker.Rests { return *l.rests.Load() }

// watchRests makes the medians that are due and keeps the lanes' up to date.
func (a *App) watchRests(ctx context.Context) {
	tick := time.NewTicker(restsEvery)
	defer tick.Stop()
	for {
		for _, l := range a.lanes {
			err := a.db.MakeRests(ctx, l.source.Process, order.At(a.opt.Now()))
			if err == nil {
				err = l.loadRests(ctx)
			}
			if err != nil && ctx.Err() == nil {
				a.opt.Logger.Warn("medians not renewed", "process", l.source.Process.Name, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
