package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/reconcile"
)

const (
	// lateAfter is from when on a placement was recorded late, as by takt reconcile where
	// no other time is named.
	lateAfter = 24 * time.Hour
	// reconcileAgain is how long after a comparison that failed the next is tried.
	reconcileAgain = 5 * time.Minute
	// reconcileLook is how often an instance looks whether comparing has become its work.
	reconcileLook = 5 * time.Second
	// reconcileWait is how often it looks whether what it waits for is stored.
	reconcileWait = time.Second
)

// reconciling compares the newest of a source's own lists with Takt when it is due,
// until ctx ends. Of several instances the one that has the source's first partition
// does it; taken over, it is done at once, since what is due may have been left. Done
// twice, it reports nothing twice.
func (a *App) reconciling(ctx context.Context, s *config.Source) {
	var due time.Time
	for {
		wait := due.Sub(a.opt.Now())
		if wait <= 0 && !a.ownsFirst(s) {
			wait = reconcileLook
		}
		if wait > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(wait, reconcileLook)): // the clock may be set
			}
			continue
		}
		done, err := a.reconcileNewest(ctx, s)
		if ctx.Err() != nil {
			return
		}
		now := a.opt.Now()
		if due = now.Add(s.Reconcile.Every); s.Reconcile.At != "" {
			due = nextClock(s.Reconcile.At, now, s.Process.Zone)
		}
		a.metrics.Reconciliation(s.Name, err != nil)
		if err != nil {
			a.opt.Logger.Error("reconciliation failed, and is tried again; takt reconcile does it by hand", "source", s.Name, "err", err)
			if again := now.Add(reconcileAgain); again.Before(due) {
				due = again
			}
			continue
		}
		if done.Raised+done.Repaired > 0 {
			a.opt.Logger.Info("reconciled", "source", s.Name, "exceptions_opened", done.Raised, "exceptions_resolved", done.Repaired)
		}
	}
}

// Finish sets the end of what is compared, as the source's reconcile says of a list that
// was written at an instant. Orders of that day are left to the next list, some were
// placed after it; where the comparison comes more than once a day, those only that were
// placed too shortly before it.
func (c *Reconciliation) Finish(written time.Time) {
	c.To = reconcile.DayOf(order.At(written), c.Source.Process.Zone) - 1
	if r := c.Source.Reconcile; r.Every > 0 {
		c.To, c.Until = c.List.Until(order.At(written), r.Settle)
	}
}

// reconcileNewest compares the newest list, or what the source's events have counted.
func (a *App) reconcileNewest(ctx context.Context, s *config.Source) (*Reconciled, error) {
	if s.Reconcile.Counts {
		return a.reconcileCounts(ctx, s)
	}
	list, from, written, err := a.newestList(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := a.untilTaken(ctx, s); err != nil {
		return nil, err
	}
	c := Reconciliation{
		Source: s, System: s.Reconcile.System, Channel: s.Reconcile.Channel, List: list,
		From: from, Late: lateAfter, Now: a.opt.Now(),
	}
	c.Finish(written)
	if first, _ := list.Days(); c.Until.Known() && max(first, from) > c.To {
		return &Reconciled{Result: &reconcile.Result{}}, nil // the day has only begun
	}
	return Reconcile(ctx, a.cfg, a.db, c)
}

// countedDays is how long after a day what is counted of it is compared.
const countedDays = 7

// reconcileCounts compares what the source's own events count of days that are over.
// A day of which none is told is not compared.
func (a *App) reconcileCounts(ctx context.Context, s *config.Source) (*Reconciled, error) {
	if err := a.untilTaken(ctx, s); err != nil { // the counts as well
		return nil, err
	}
	now, p, r := a.opt.Now(), s.Process, s.Reconcile
	today := reconcile.DayOf(order.At(now), p.Zone)
	scope := reconcile.Scope{Process: p.Name, Source: cmp.Or(r.System, s.Name), From: today - countedDays, To: today - 1, Zone: p.Zone}
	counts, err := a.db.Counts(ctx, &scope)
	if err == nil && len(counts) == 0 {
		err = fmt.Errorf("no event %s tells of a day from %v to %v: let the source send them, or correct reconcile", order.Counted, scope.From, scope.To)
	}
	if err != nil {
		return nil, err
	}
	done := &Reconciled{}
	for day := scope.From; day <= scope.To; day++ {
		if counts[day] == nil {
			continue
		}
		done, err = Reconcile(ctx, a.cfg, a.db, Reconciliation{
			Source: s, System: r.System, Channel: r.Channel, List: counts[day], From: day, To: day, Late: lateAfter, Now: now,
		})
		if err != nil {
			return nil, err
		}
	}
	return done, nil
}

// untilTaken waits until what the log holds now for the source is in the store: an order
// that waits there is not missing.
func (a *App) untilTaken(ctx context.Context, s *config.Source) error {
	for from := s; from != nil; from = a.cfg.Source(from.Through) {
		if err := a.untilStored(ctx, from); err != nil {
			return err
		}
	}
	return nil
}

// reader returns what reads a source's topic here, and what is told of it.
func (a *App) reader(s *config.Source) (*kafka.Source, *observer) {
	for _, l := range a.lanes {
		if l.source == s {
			return l.topic, &l.observer
		}
	}
	for _, r := range a.relays {
		if r.source == s {
			return r.topic, &r.observer
		}
	}
	return nil, nil
}

// ownsFirst reports whether the first partition of the source's topic is read here.
func (a *App) ownsFirst(s *config.Source) bool {
	_, o := a.reader(s)
	return o != nil && o.partition(0) != nil
}

// untilStored waits until what the source's topic holds now is in the store.
func (a *App) untilStored(ctx context.Context, s *config.Source) error {
	topic, _ := a.reader(s)
	if topic == nil {
		return errors.New("the source is not read here")
	}
	ranges, err := topic.Ranges(ctx)
	if err != nil {
		return fmt.Errorf("read offsets: %w", err)
	}
	all := make([]int, len(ranges))
	for i := range ranges {
		all[i] = ranges[i].Partition
	}
	key := ingest.Key{Source: s.Name, Process: s.Process.Name, Topic: s.Topic, Epoch: s.Epoch}
	for {
		progress, err := a.db.Progress(ctx, key, all)
		if err != nil {
			return fmt.Errorf("read progress: %w", err)
		}
		behind := false
		for i := range ranges {
			behind = behind || progress[ranges[i].Partition].Next < ranges[i].End
		}
		if !behind {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(reconcileWait):
		}
	}
}
