package app

import (
	"context"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

// normalsEvery is how often it is seen whether the hour has changed, which is as long
// as a normal holds.
const normalsEvery = time.Minute

// watchNormals keeps the metrics of what is usual up to date.
func (a *App) watchNormals(ctx context.Context) {
	tick := time.NewTicker(normalsEvery)
	defer tick.Stop()
	var hour time.Time // of the normals that are told
	for {
		if now := a.opt.Now(); !now.Truncate(time.Hour).Equal(hour) && a.metrics.Ready() && a.tellNormals(ctx, now) {
			hour = now.Truncate(time.Hour)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tellNormals reports whether the normals of every process could be told.
func (a *App) tellNormals(ctx context.Context, now time.Time) bool {
	for _, p := range a.cfg.Processes {
		upper, err := view.Normals(ctx, a.db.Conn(), p, now, nil)
		if err != nil {
			if ctx.Err() == nil {
				a.opt.Logger.Warn("normals failed", "process", p.Name, "err", err)
			}
			return false
		}
		a.metrics.SetNormals(p.Name, upper)
	}
	return true
}
