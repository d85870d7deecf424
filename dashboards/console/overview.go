package console

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

// overview is the first page.
type overview struct {
	Verdict    panel[verdict]
	Indicators []indicator
	Map        panel[processMap]
	Stages     panel[[]stageRow]
	Ranking    panel[[]view.Standing]
	Delays     panel[delays]
	Late       panel[lateness]
	Groups     panel[[]group]
	Worst      panel[[]view.LateOrder]
}

// verdict is the answer to: is it worse than normal, where, and whose is it?
type verdict struct {
	Finding *view.Finding
	Lasts   time.Duration
	Saved   string // what meeting the limit would have changed; empty: there is no limit
	Busiest string // which stage is furthest above normal, where there is no bottleneck
}

const (
	lateDays  = 14
	worstMost = 6
)

func (h *console) overview(w http.ResponseWriter, r *http.Request) {
	p := h.begin(r, "overview")
	p.Title = p.Lang.say("overview")
	p.Body = h.look(r.Context(), p)
	h.show(w, http.StatusOK, "overview.html", p)
}

// look asks for everything on the page at once.
func (h *console) look(ctx context.Context, p *page) *overview {
	d := h.readings[p.Process.Name]
	conn, process := h.Store.Conn(), p.Process
	var (
		ranking                                                                  []view.Standing
		summary                                                                  view.Overview
		load                                                                     view.Load
		late                                                                     []view.LateDay
		steps                                                                    view.Steps
		week                                                                     view.Delays
		groups                                                                   []view.ExceptionGroup
		worst                                                                    []view.LateOrder
		rankErr, sumErr, loadErr, lateErr, stepErr, delayErr, groupErr, worstErr error
	)
	var wg sync.WaitGroup
	wg.Go(func() {
		ranking, rankErr = read(ctx, d, &d.ranking, Fresh, "ranking", func(ctx context.Context, now time.Time) ([]view.Standing, error) {
			return view.Ranking(ctx, conn, process, now)
		})
	})
	wg.Go(func() {
		summary, sumErr = read(ctx, d, &d.summary, Fresh, "stages", func(ctx context.Context, now time.Time) (view.Overview, error) {
			return view.Summary(ctx, conn, process, now)
		})
	})
	wg.Go(func() {
		load, loadErr = read(ctx, d, &d.load, Fresh, "load", func(ctx context.Context, _ time.Time) (view.Load, error) {
			return view.Loaded(ctx, conn, process)
		})
		groups, groupErr = h.groups(ctx, d)
	})
	wg.Go(func() {
		late, lateErr = read(ctx, d, &d.late, Fresh, "lateness", func(ctx context.Context, now time.Time) ([]view.LateDay, error) {
			return view.LateDays(ctx, conn, process, lateDays, now)
		})
		worst, worstErr = read(ctx, d, &d.worst, Fresh, "late orders", func(ctx context.Context, _ time.Time) ([]view.LateOrder, error) {
			return view.LateOrders(ctx, conn, process, worstMost)
		})
		p.Sources = d.freshness(ctx)
	})
	wg.Go(func() {
		steps, stepErr = read(ctx, d, &d.steps, stepsFresh, "steps", func(ctx context.Context, now time.Time) (view.Steps, error) {
			return view.WeekSteps(ctx, conn, process, now)
		})
		week, delayErr = read(ctx, d, &d.delays, Fresh, "delays", func(ctx context.Context, _ time.Time) (view.Delays, error) {
			return view.WeekDelays(ctx, conn, process)
		})
	})
	wg.Wait()

	seen := seenAny(summary)
	o := &overview{
		Verdict:    judge(p, ranking, rankErr),
		Indicators: indicators(p, summary, sumErr, load, loadErr, late, lateErr),
		Stages:     filled(stageRows(process, summary, ranking), sumErr, seen, unmeasured, "unmeasured"),
		Ranking:    filled(ranking, rankErr, measured(ranking), unmeasured, "unmeasured_normal"),
		Delays:     filled(drawDelays(p, week, ranking), delayErr, week.Hours != nil && seen, unmeasured, "unmeasured"),
		Late:       filled(drawLate(late), lateErr, len(late) > 0, unfed, "no_promises"),
		Groups:     filled(kinds(groups), groupErr, len(groups) > 0, zero, "no_exceptions"),
		Worst:      filled(worst, worstErr, len(worst) > 0, zero, "none_late"),
		Map:        filled(drawMap(p, summary, steps, ranking), first(sumErr, stepErr), seen, unmeasured, "unmeasured"),
	}
	if !seen && sumErr == nil { // none of what follows is an answer yet
		o.Late, o.Groups, o.Worst = unless(o.Late), unless(o.Groups), unless(o.Worst)
	}
	return o
}

// judge finds the bottleneck of a ranking.
func judge(p *page, ranking []view.Standing, err error) panel[verdict] {
	v := verdict{}
	if f, ok := view.FindingIn(ranking, p.Process, p.Now); ok {
		v.Finding, v.Lasts, v.Saved = &f, p.Now.Sub(f.Since), p.Lang.saved(&f)
	} else if len(ranking) > 0 {
		v.Busiest = p.Lang.busiest(p.Process, &ranking[0])
	}
	return filled(v, err, measured(ranking), unmeasured, "unmeasured_normal")
}

// measured reports whether the past tells what is normal.
func measured(ranking []view.Standing) bool {
	for i := range ranking {
		if ranking[i].Measured {
			return true
		}
	}
	return false
}

// seenAny reports whether an order has been seen at all, so that there is something
// to measure.
func seenAny(o view.Overview) bool {
	for i := range o.Stages {
		if o.Stages[i].Open > 0 || o.Stages[i].Left > 0 {
			return true
		}
	}
	return o.Late.Delivered > 0 || o.Late.OpenLate > 0
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
