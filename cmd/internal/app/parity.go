package app

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/view"
)

const (
	// parityEvery is how often figures are compared with their views.
	parityEvery = 5 * time.Minute
	// paritySoon is when that is done first: a restart makes the figures anew.
	paritySoon = 10 * time.Second
	// parityTries bounds how often a difference is looked at again: what is stored is
	// told a moment later.
	parityTries = 3
	parityPause = 2 * time.Second
)

// watchParity compares what is exported with a fresh read of the views.
func (a *App) watchParity(ctx context.Context) {
	wait := time.NewTimer(paritySoon)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
			wait.Reset(parityEvery)
		}
		for _, l := range a.lanes {
			differences, err := l.parity(ctx)
			if err != nil {
				if ctx.Err() == nil {
					a.opt.Logger.Warn("figures cannot be compared with their views", "topic", l.source.Topic, "err", err)
				}
				continue
			}
			for figure, difference := range differences {
				a.metrics.SetParity(l.source.Process.Name, figure, difference)
			}
		}
	}
}

// parity returns how far each figure is from its view, summed over stages: the least
// of a few tries. Nothing is returned before the lane has recovered.
func (l *lane) parity(ctx context.Context) (map[string]float64, error) {
	least := map[string]float64{}
	for try := range parityTries {
		owned := view.Partitions{Topic: l.source.Topic, Numbers: l.owned()}
		if len(owned.Numbers) == 0 {
			return nil, nil
		}
		before := l.app.metrics.Figures()
		fresh, err := view.Figures(ctx, l.app.db.Conn(), l.source.Process.Name, l.app.opt.Now(), owned)
		if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(parityPause):
		}
		now := distances(before, l.app.metrics.Figures(), fresh)
		if !slices.Equal(owned.Numbers, l.owned()) {
			return nil, nil // partitions came or went meanwhile
		}
		all := 0.0
		for figure, d := range now {
			if have, ok := least[figure]; try == 0 || !ok || d < have {
				least[figure] = d
			}
			all += least[figure]
		}
		if all == 0 {
			break
		}
	}
	return least, nil
}

// distances returns, by figure and summed over stages, how far what was read lies from
// what was exported before and after: in between it is right.
func distances(before, after, fresh map[metrics.Figure]float64) map[string]float64 {
	out := map[string]float64{}
	for k, v := range fresh {
		lo, hi := min(before[k], after[k]), max(before[k], after[k])
		out[k.Name] += math.Max(0, math.Max(lo-v, v-hi))
	}
	return out
}

// owned returns the numbers of the lane's partitions, none before it has recovered.
func (l *lane) owned() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.recovered {
		return nil
	}
	return slices.Sorted(maps.Keys(l.partitions))
}
