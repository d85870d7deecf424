package app

import (
	"context"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

const (
	// rollEvery is how often steps are rolled up.
	rollEvery = time.Minute
	// rollShare is how much longer than it took to roll up it is waited, so that it takes
	// no more of one core than a tenth: while history is read, orders change faster than
	// it pays to roll them up.
	rollShare = 10
	// rollLatest is how long it is waited at most, however long the first time took.
	rollLatest = 10 * time.Minute
)

// watchSteps keeps the steps of orders rolled up.
func (a *App) watchSteps(ctx context.Context) {
	wait := time.NewTimer(rollEvery)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		began := time.Now()
		a.rollSteps(ctx)
		wait.Reset(max(rollEvery, min(rollLatest, rollShare*time.Since(began))))
	}
}

// rollSteps rolls steps up once. Views tell the same without, if slower; so in a cluster,
// where a roll-up by one server would miss the others.
func (a *App) rollSteps(ctx context.Context) {
	if a.cfg.ClickHouse.Cluster != "" {
		return
	}
	if _, err := view.Roll(ctx, a.db.Conn()); err != nil && ctx.Err() == nil {
		a.opt.Logger.Warn("roll-up failed, views of steps are slow", "err", err)
	}
}
