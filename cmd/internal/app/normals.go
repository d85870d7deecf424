package app

import (
	"context"
	"slices"
	"time"

	"github.com/takt-orders/takt/metrics/process"
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
		upper, err := view.Normals(ctx, a.db.Conn(), p, now, unusual(p, now))
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

// unusual returns which days are no measure for others: holidays, and days worked for
// them, of the process's calendar.
func unusual(p *process.Process, now time.Time) func(time.Time) bool {
	if p.Calendar == nil {
		return nil
	}
	s := p.Calendar.Schedule(now.Year()-1, now.Year())
	return func(t time.Time) bool {
		d := process.DateOf(t.In(s.Zone))
		return slices.Contains(s.Holidays, d) || slices.Contains(s.MakeUpDays, d)
	}
}
